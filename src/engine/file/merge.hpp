// Entries of the index, and the walk over several runs as if they were one.
//
// Thread rule: one thread at a time.
#pragma once

#include "engine/file/index.hpp"

namespace stet::file {

inline constexpr std::uint8_t kChunkKey = 1;  // stored; never renumber
inline constexpr std::uint8_t kRefKey = 2;
inline constexpr std::uint8_t kPackedKey = 3;

std::array<std::uint8_t, 1 + kIdBytes> chunk_key(const Id& id);
Bytes ref_key(std::string_view name);
std::array<std::uint8_t, 1 + sizeof(IdStart)> packed_key(IdStart start);
inline bool is_ref_key(BytesView key) noexcept { return !key.empty() && key[0] == kRefKey; }

Bytes encode_place(const Place& place);
std::optional<Place> decode_place(BytesView value);
Bytes encode_pack_offset(std::uint64_t offset);
std::optional<std::uint64_t> decode_pack_offset(BytesView value);
Bytes encode_ref(const std::optional<RefValue>& value);
std::optional<RefValue> decode_ref(BytesView value);

// In ascending order of keys, each key once, with the value of the newest run.
class MergeCursor {
 public:
  MergeCursor(BlockReader& blocks, std::span<const Run> runs);  // the newest first

  Result<void> seek(BytesView key);
  bool at_end() const noexcept { return current_ == cursors_.size(); }
  Block::Entry entry() const noexcept { return cursors_[current_].entry(); }
  Result<void> next();

 private:
  void choose();

  std::vector<RunCursor> cursors_;
  std::size_t current_ = 0;  // of cursors_; its size at the end
};

}  // namespace stet::file
