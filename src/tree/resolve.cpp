#include "tree/resolve.hpp"

#include <fmt/format.h>

namespace stet::tree {

namespace {

std::string prefix_of(const Path& path, std::size_t steps) {
  Path prefix;
  for (std::size_t i = 0; i < steps; ++i) prefix.push(path[i]);
  return prefix.to_string();
}

}  // namespace

Error absent(const Path& path, std::size_t steps) {
  return Error(ErrorCode::not_found, "there is nothing at this path")
      .at_path(prefix_of(path, steps));
}

Error unfit(const Path& path, std::size_t steps, std::string message) {
  return Error(ErrorCode::invalid, std::move(message)).at_path(prefix_of(path, steps));
}

Result<Container> open_container(ChunkReader& reader, SlotView slot, const Path& path,
                                 std::size_t steps) {
  STET_TRY(const auto kind, kind_of(reader, slot));
  if (kind == Kind::list || kind == Kind::map) return Container::open(reader, slot);
  return unfit(path, steps, fmt::format("a {} has nothing inside", kind_name(kind)));
}

Result<Child> child_at(const Container& container, const Path& path, std::size_t steps) {
  const std::string& step = path[steps];
  if (container.is_map()) {
    STET_TRY(auto place, container.find(step));
    if (!place.slot) return absent(path, steps + 1);
    return Child{place.position, std::move(*place.slot)};
  }
  const auto index = Path::index_of(step);
  if (!index && step != "-") {
    return unfit(path, steps + 1, fmt::format("\"{}\" is not an index of a list", step));
  }
  if (!index || *index >= container.count()) return absent(path, steps + 1);
  STET_TRY(auto slot, container.item(*index));
  return Child{*index, std::move(slot)};
}

Result<Slot> resolve(ChunkReader& reader, Slot root, const Path& path) {
  Slot slot = std::move(root);
  for (std::size_t i = 0; i < path.size(); ++i) {
    STET_TRY(const auto container, open_container(reader, slot, path, i + 1));
    STET_TRY(auto child, child_at(container, path, i));
    slot = std::move(child.slot);
  }
  return slot;
}

Result<Slot> resolve(ChunkReader& reader, const Root& root, const Path& path) {
  STET_TRY(auto slot, root_slot(reader, root));
  return resolve(reader, std::move(slot), path);
}

}  // namespace stet::tree
