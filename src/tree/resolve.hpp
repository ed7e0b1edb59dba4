// Paths in stored documents. Rules and errors are those of Value::at, with and without.
#pragma once

#include "stet/value/path.hpp"
#include "tree/container.hpp"

namespace stet::tree {

Error absent(const Path& path, std::size_t steps);
Error unfit(const Path& path, std::size_t steps, std::string message);

// The container that the first `steps` steps lead to, where `slot` is. Errors: invalid.
Result<Container> open_container(ChunkReader& reader, SlotView slot, const Path& path,
                                 std::size_t steps);

struct Child {
  std::uint64_t position;
  Slot slot;
};
// The child that the step after `steps` names. Errors: not_found, invalid.
Result<Child> child_at(const Container& container, const Path& path, std::size_t steps);

Result<Slot> resolve(ChunkReader& reader, Slot root, const Path& path);
Result<Slot> resolve(ChunkReader& reader, const Root& root, const Path& path);

}  // namespace stet::tree
