// What readers ask of a log.
#include <set>

#include "engine/file/log.hpp"

namespace stet::file {

Result<std::optional<Place>> Log::find(const Id& id, Expected expected) const {
  std::shared_ptr<const Index> index;
  {
    const std::shared_lock lock(mutex_);
    if (const auto chunk = tail_.chunks.find(id); chunk != tail_.chunks.end()) {
      return std::optional(chunk->second);
    }
    index = index_;
  }
  auto place = index->find(id, expected);
  if (place.ok() || place.error().code() != ErrorCode::corrupt) return place;
  STET_CHECK(read_around(index, place.error()));
  return find(id, expected);
}

Result<std::optional<std::uint64_t>> Log::find_pack_offset(const Id& id) const {
  std::shared_ptr<const Index> index;
  {
    const std::shared_lock lock(mutex_);
    const auto packed = tail_.packed.find(start_of(id));
    if (packed != tail_.packed.end()) return std::optional(packed->second);
    index = index_;
  }
  auto offset = index->find_pack(id);
  if (offset.ok() || offset.error().code() != ErrorCode::corrupt) return offset;
  STET_CHECK(read_around(index, offset.error()));
  return find_pack_offset(id);
}

Result<std::shared_ptr<const OpenPack>> Log::find_pack(const Id& id) const {
  STET_TRY(const auto offset, find_pack_offset(id));
  if (!offset) return std::shared_ptr<const OpenPack>();
  STET_TRY(auto pack, packs_.open(*offset));
  return pack->contains(id) ? std::move(pack) : nullptr;
}

Result<Bytes> Log::read_chunk(const Id& id, const Place& place) const {
  if (place.length > kChunkBytesMax) {
    return corrupt_at(file_->path(), place.offset, "the index gives a chunk an impossible length");
  }
  Bytes frame(kChunkFrameFixedBytes + place.length);
  STET_CHECK(file_->read_exactly(place.offset, frame));
  const FrameHeader header = load_frame_header(frame.data());
  if (!is_chunk_kind(header.kind) || header.length != kChunkFixedBytes + place.length ||
      !std::equal(id.bytes.begin(), id.bytes.end(), frame.begin() + kFrameHeaderBytes)) {
    return corrupt_at(file_->path(), place.offset,
                      "chunk " + id.short_form() +
                          " is not where the store has put it: restore "
                          "the file from a copy");
  }
  frame.erase(frame.begin(), frame.begin() + kChunkFrameFixedBytes);
  return frame;
}

Result<ScannedBatch> Log::found_between(std::uint64_t begin, std::uint64_t end) const {
  ScannedBatch found;
  std::set<std::uint64_t> packs;
  const auto is_between = [&](std::uint64_t offset) { return offset >= begin && offset < end; };
  const std::shared_lock lock(mutex_);
  for (const auto& [id, place] : tail_.chunks) {
    if (is_between(place.offset)) found.chunks.push_back({id, place});
  }
  for (const auto& [start, offset] : tail_.packed) {
    if (is_between(offset)) packs.insert(offset);
  }
  STET_CHECK(index_->each_place(
      [&](const Id& id, const Place& place) {
        if (is_between(place.offset) && !tail_.chunks.contains(id)) {
          found.chunks.push_back({id, place});
        }
      },
      [&](IdStart, std::uint64_t offset) {
        if (is_between(offset)) packs.insert(offset);
      }));
  for (const std::uint64_t offset : packs) found.packs.push_back({offset, 0});
  return found;
}

Result<std::vector<IdStart>> Log::starts_in_pack(std::uint64_t pack) const {
  std::vector<IdStart> starts;
  const auto add = [&](IdStart start, std::uint64_t offset) {
    if (offset == pack) starts.push_back(start);
  };
  const std::shared_lock lock(mutex_);
  for (const auto& [start, offset] : tail_.packed) add(start, offset);
  STET_CHECK(index_->each_place([](const Id&, const Place&) {}, add));
  return starts;
}

Result<std::vector<std::optional<RefValue>>> Log::read_refs(
    std::span<const std::string> names) const {
  std::vector<std::optional<RefValue>> values(names.size());
  std::vector<std::size_t> older;
  std::shared_ptr<const Index> index;
  {
    const std::shared_lock lock(mutex_);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto ref = tail_.refs.find(names[i]);
      if (ref == tail_.refs.end()) {
        older.push_back(i);
      } else {
        values[i] = ref->second;
      }
    }
    index = index_;
  }
  for (const std::size_t i : older) {
    auto value = index->find_ref(names[i]);
    if (!value.ok() && value.error().code() == ErrorCode::corrupt) {
      STET_CHECK(read_around(index, value.error()));
      return read_refs(names);
    }
    if (!value.ok()) return value.error();
    if (*value) values[i] = **std::move(value);
  }
  return values;
}

Result<RefPage> Log::list_refs(std::string_view prefix, std::string_view cursor,
                               std::size_t limit) const {
  const std::string_view from = std::max(prefix, cursor);
  std::vector<RefEntry> newer;
  std::shared_ptr<const Index> index;
  {
    const std::shared_lock lock(mutex_);
    auto ref = tail_.refs.lower_bound(from);
    for (; ref != tail_.refs.end() && ref->first.starts_with(prefix); ++ref) {
      newer.push_back({ref->first, ref->second});
    }
    index = index_;
  }
  RefPage page;
  bool full = false;
  const auto add = [&](std::string_view name, const std::optional<RefValue>& value) {
    if (!value || (!cursor.empty() && name == cursor)) return;
    full = page.refs.size() == limit;
    if (full) {
      page.next = page.refs.back().name;
    } else {
      page.refs.push_back({std::string(name), *value});
    }
  };
  auto next = newer.begin();
  const auto add_newer_before = [&](std::string_view name) {
    for (; !full && next != newer.end() && next->name < name; ++next) add(next->name, next->value);
  };
  const auto listed = index->each_ref(from, [&](std::string_view name, const auto& value) {
    if (!name.starts_with(prefix)) return false;
    add_newer_before(name);
    if (full) return false;
    if (next != newer.end() && next->name == name) {
      add(name, next->value);
      ++next;
    } else {
      add(name, value);
    }
    return !full;
  });
  if (!listed.ok() && listed.error().code() == ErrorCode::corrupt) {
    STET_CHECK(read_around(index, listed.error()));
    return list_refs(prefix, cursor, limit);
  }
  STET_CHECK(listed);
  for (; !full && next != newer.end(); ++next) add(next->name, next->value);
  return page;
}

}  // namespace stet::file
