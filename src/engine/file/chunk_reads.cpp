#include "engine/file/chunk_reads.hpp"

namespace stet::file {

Result<std::optional<Bytes>> ChunkReads::read(const Id& id) {
  if (auto bytes = read_next(id)) return bytes;
  if (near_ != nullptr) {
    if (auto bytes = near_->find(log_, id)) return bytes;
  }
  STET_TRY(const auto place, log_->find(id, Expected::yes));
  if (!place) return read_packed(id);
  const std::size_t frame_bytes = kChunkFrameFixedBytes + place->length;
  if (place->offset == next_ && frame_bytes <= Window::kBytesMax) {
    STET_CHECK(window_.view(next_, frame_bytes));
    if (auto bytes = read_next(id)) return bytes;
  }
  STET_TRY(auto bytes,
           near_ != nullptr ? near_->read(log_, id, *place) : log_->read_chunk(id, *place));
  next_ = place->offset + frame_bytes;
  return std::optional(std::move(bytes));
}

Result<std::optional<Bytes>> ChunkReads::read_packed(const Id& id) {
  if (!pack_ || !pack_->contains(id)) {
    STET_TRY(pack_, log_->find_pack(id));
  }
  return pack_ ? std::optional(pack_->record(id)) : std::nullopt;
}

// From the window alone, where it holds the whole frame.
std::optional<Bytes> ChunkReads::read_next(const Id& id) {
  const auto record = load_chunk_record(window_.held(next_), id);
  if (!record || next_ + kChunkFrameFixedBytes + record->size() > end_) return std::nullopt;
  next_ += kChunkFrameFixedBytes + record->size();
  return Bytes(record->begin(), record->end());
}

}  // namespace stet::file
