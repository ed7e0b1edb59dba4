#include "engine/file/merge.hpp"

#include <algorithm>

namespace stet::file {

namespace {

constexpr std::size_t kPlaceBytes = 20;
// Runs beyond this are left as they are until compaction: merging one must not take long.
constexpr std::uint64_t kMergedBytesMax = 32u << 20;

// The tail's entries in the order of keys.
std::vector<std::pair<Bytes, Bytes>> sorted_entries(const Tail& tail) {
  std::vector<std::pair<Bytes, Bytes>> entries;
  entries.reserve(tail.entries());
  for (const auto& [id, place] : tail.chunks) {
    const auto key = chunk_key(id);
    entries.emplace_back(Bytes(key.begin(), key.end()), encode_place(place));
  }
  for (const auto& [name, value] : tail.refs)
    entries.emplace_back(ref_key(name), encode_ref(value));
  for (const auto& [start, offset] : tail.packed) {
    const auto key = packed_key(start);
    entries.emplace_back(Bytes(key.begin(), key.end()), encode_pack_offset(offset));
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return compare_keys(a.first, b.first) < 0; });
  return entries;
}

// How many of the newest runs the new one takes in, so that each run left is at least twice as
// large as all newer ones.
std::size_t runs_to_merge(const std::vector<Run>& runs, std::uint64_t entries) {
  std::size_t count = 0;
  while (count < runs.size() && runs[count].entries < 2 * entries &&
         runs[count].bytes() <= kMergedBytesMax) {
    entries += runs[count].entries;
    ++count;
  }
  return count;
}

// Adds entries to a run; where nothing older is left, deleted refs are forgotten.
class Collector {
 public:
  Collector(RunBuilder& builder, bool oldest) : builder_(builder), oldest_(oldest) {}
  void add(BytesView key, BytesView value) {
    if (!oldest_ || !is_ref_key(key) || decode_ref(value)) builder_.add(key, value);
  }

 private:
  RunBuilder& builder_;
  bool oldest_;
};

Result<void> merge_into(Collector& out, const Tail& tail, BlockReader* blocks,
                        std::span<const Run> runs) {
  const auto entries = sorted_entries(tail);
  auto entry = entries.begin();
  if (!runs.empty()) {
    MergeCursor cursor(*blocks, runs);
    STET_CHECK(cursor.seek({}));
    while (!cursor.at_end()) {
      const Block::Entry older = cursor.entry();
      int order = 1;
      while (entry != entries.end() && (order = compare_keys(entry->first, older.key)) <= 0) {
        out.add(entry->first, entry->second);
        ++entry;
        if (order == 0) break;
      }
      if (order != 0) out.add(older.key, older.value);
      STET_CHECK(cursor.next());
    }
  }
  for (; entry != entries.end(); ++entry) out.add(entry->first, entry->second);
  return {};
}

}  // namespace

std::array<std::uint8_t, 1 + kIdBytes> chunk_key(const Id& id) {
  std::array<std::uint8_t, 1 + kIdBytes> key;
  key[0] = kChunkKey;
  std::copy(id.bytes.begin(), id.bytes.end(), key.begin() + 1);
  return key;
}

Bytes ref_key(std::string_view name) {
  Bytes key;
  key.reserve(1 + name.size());
  key.push_back(kRefKey);
  append_bytes(key, as_bytes(name));
  return key;
}

std::array<std::uint8_t, 1 + sizeof(IdStart)> packed_key(IdStart start) {
  std::array<std::uint8_t, 1 + sizeof(IdStart)> key;
  key[0] = kPackedKey;
  store_number(&key[1], start);
  return key;
}

Bytes encode_place(const Place& place) {
  Bytes value;
  value.reserve(kPlaceBytes);
  append_number(value, place.offset);
  append_number(value, place.length);
  append_number(value, place.mark);
  return value;
}

std::optional<Place> decode_place(BytesView value) {
  if (value.size() != kPlaceBytes) return std::nullopt;
  return Place{load_number<std::uint64_t>(&value[0]), load_number<std::uint32_t>(&value[8]),
               load_number<Epoch>(&value[12])};
}

Bytes encode_pack_offset(std::uint64_t offset) {
  Bytes value;
  append_offset(value, offset);
  return value;
}

std::optional<std::uint64_t> decode_pack_offset(BytesView value) {
  if (value.size() != kOffsetBytes) return std::nullopt;
  return load_offset(value);
}

Bytes encode_ref(const std::optional<RefValue>& value) {
  Bytes bytes{static_cast<std::uint8_t>(value.has_value())};
  if (value) append_bytes(bytes, *value);
  return bytes;
}

std::optional<RefValue> decode_ref(BytesView value) {
  if (value.empty() || value[0] == 0) return std::nullopt;
  return RefValue(value.begin() + 1, value.end());
}

MergeCursor::MergeCursor(BlockReader& blocks, std::span<const Run> runs) {
  for (const Run& run : runs) cursors_.emplace_back(blocks, run);
  current_ = cursors_.size();
}

Result<void> MergeCursor::seek(BytesView key) {
  for (RunCursor& cursor : cursors_) STET_CHECK(cursor.seek(key));
  choose();
  return {};
}

void MergeCursor::choose() {
  current_ = cursors_.size();
  for (std::size_t i = 0; i < cursors_.size(); ++i) {
    if (cursors_[i].at_end()) continue;
    if (at_end() || compare_keys(cursors_[i].entry().key, entry().key) < 0) current_ = i;
  }
}

Result<void> MergeCursor::next() {
  const BytesView key = entry().key;
  const Bytes passed(key.begin(), key.end());
  for (RunCursor& cursor : cursors_) {
    if (!cursor.at_end() && compare_keys(cursor.entry().key, passed) == 0) {
      STET_CHECK(cursor.next());
    }
  }
  choose();
  return {};
}

Result<IndexFrames> build_index(const Index& before, const Tail& tail, const Salt& salt,
                                std::uint64_t offset) {
  const std::vector<Run>& runs = before.runs();
  const std::size_t merged = runs_to_merge(runs, tail.entries());
  RunBuilder builder;
  Collector collector(builder, merged == runs.size());
  STET_CHECK(merge_into(collector, tail, before.blocks().get(), std::span(runs).first(merged)));
  IndexFrames result;
  if (builder.run().entries > 0) {
    const Bytes blocks = builder.finish(salt, offset + kFrameHeaderBytes);
    append_bytes(result.frames, encode_frame_header(FrameKind::blocks, blocks.size()));
    append_bytes(result.frames, blocks);
    result.runs.push_back(builder.run());
  }
  result.runs.insert(result.runs.end(), runs.begin() + static_cast<std::ptrdiff_t>(merged),
                     runs.end());
  const Bytes manifest = encode_manifest(result.runs, salt);
  append_bytes(result.frames, encode_frame_header(FrameKind::manifest, manifest.size()));
  result.manifest = {offset + result.frames.size(), static_cast<std::uint32_t>(manifest.size())};
  append_bytes(result.frames, manifest);
  return result;
}

}  // namespace stet::file
