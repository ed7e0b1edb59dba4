#include <fmt/format.h>

#include "stet/value/path.hpp"
#include "tree/container.hpp"
#include "tree/resolve.hpp"

namespace stet::tree {

namespace {

bool is_container(Kind kind) noexcept { return kind == Kind::list || kind == Kind::map; }

Error not_a_container(const Path& path, Kind kind) {
  return Error(ErrorCode::invalid, fmt::format("{} has no items or members", kind_name(kind)))
      .at_path(path.to_string());
}

// The container at the path.
Result<Container> open_at(ChunkReader& reader, const Root& root, const Path& path) {
  STET_TRY(const auto slot, resolve(reader, root, path));
  STET_TRY(const auto kind, kind_of(reader, slot));
  if (!is_container(kind)) return not_a_container(path, kind);
  return Container::open(reader, slot);
}

}  // namespace

Result<Value> View::at(const Path& path) const {
  ChunkReader reader(*source_);
  STET_TRY(const auto slot, resolve(reader, root_, path));
  return load_slot(slot, *source_);
}

Result<Kind> View::kind_at(const Path& path) const {
  ChunkReader reader(*source_);
  STET_TRY(const auto slot, resolve(reader, root_, path));
  return kind_of(reader, slot);
}

Result<std::uint64_t> View::size_at(const Path& path) const {
  ChunkReader reader(*source_);
  STET_TRY(const auto slot, resolve(reader, root_, path));
  return size_of(reader, slot);
}

Result<std::vector<Value>> View::items_at(const Path& path, std::uint64_t begin,
                                          std::uint64_t end) const {
  ChunkReader reader(*source_);
  STET_TRY(const auto container, open_at(reader, root_, path));
  std::vector<Value> items;
  STET_CHECK(container.for_items(begin, end, [&](const ItemView& item) -> Result<void> {
    STET_TRY(auto value, load_slot(item.slot, *source_));
    items.push_back(std::move(value));
    return {};
  }));
  return items;
}

Result<std::vector<std::string>> View::keys_at(const Path& path, std::uint64_t begin,
                                               std::uint64_t end) const {
  ChunkReader reader(*source_);
  STET_TRY(const auto container, open_at(reader, root_, path));
  std::vector<std::string> keys;
  STET_CHECK(container.for_items(begin, end, [&](const ItemView& item) -> Result<void> {
    keys.emplace_back(item.key);
    return {};
  }));
  return keys;
}

}  // namespace stet::tree
