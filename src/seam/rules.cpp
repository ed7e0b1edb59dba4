#include <fmt/format.h>

#include <algorithm>

#include "stet/seam.hpp"

namespace stet {

namespace {
constexpr std::size_t kEpochBytes = 8;

Error too_large(std::string_view what, std::size_t bytes, std::size_t limit) {
  return {ErrorCode::too_large,
          fmt::format("{} of {} bytes passes the limit of {}", what, bytes, limit)};
}
}  // namespace

RefValue encode_epoch(Epoch epoch) {
  RefValue value(kEpochBytes);
  for (std::size_t i = 0; i < kEpochBytes; ++i) {
    value[i] = static_cast<std::uint8_t>(epoch >> (8 * i));
  }
  return value;
}

Result<Epoch> decode_epoch(const std::optional<RefValue>& value) {
  if (!value) return Epoch{0};
  if (value->size() != kEpochBytes) {
    return Error(ErrorCode::corrupt, fmt::format("the ref {} holds {} bytes, not {}", kEpochRef,
                                                 value->size(), kEpochBytes));
  }
  Epoch epoch = 0;
  for (std::size_t i = 0; i < kEpochBytes; ++i) epoch |= static_cast<Epoch>((*value)[i]) << (8 * i);
  return epoch;
}

Result<void> check_chunks(std::span<const ChunkView> chunks) {
  for (const ChunkView& chunk : chunks) {
    if (chunk.bytes.size() > kChunkBytesMax) {
      return too_large("a chunk", chunk.bytes.size(), kChunkBytesMax);
    }
  }
  return {};
}

Result<void> check_changes(std::span<const RefChange> changes) {
  std::vector<std::string_view> names;
  names.reserve(changes.size());
  for (const RefChange& change : changes) {
    if (change.name.empty()) return Error(ErrorCode::invalid, "a ref's name is empty");
    if (change.name.size() > kRefNameBytesMax) {
      return too_large("a ref's name", change.name.size(), kRefNameBytesMax);
    }
    if (change.next && change.next->size() > kRefValueBytesMax) {
      return too_large("a ref's value", change.next->size(), kRefValueBytesMax);
    }
    names.push_back(change.name);
  }
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end()) {
    return Error(ErrorCode::invalid,
                 fmt::format("the ref '{}' is changed twice in a swap", *twice));
  }
  return {};
}

Result<Bytes> bytes_to_mend(const Mending& mending, const Id& id) {
  STET_TRY(Bytes bytes, mending.bytes_of(id));
  const ChunkView view{id, bytes};
  STET_CHECK(check_chunks({&view, 1}));
  return bytes;
}

Result<std::optional<Bytes>> Backend::get_on_path(const Id& id) {
  STET_TRY(auto found, get({&id, 1}));
  return std::move(found.front());
}

Error changed_before_mending(std::string_view ref) {
  return {ErrorCode::conflict,
          fmt::format("{} was changed while the store was mended; nothing was mended", ref)};
}

}  // namespace stet
