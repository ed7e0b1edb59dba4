#include "engine/file/scan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet::file {

namespace {

// False at the end of the file.
Result<bool> hash_range(Window& window, std::uint64_t offset, std::uint64_t length,
                        Hasher& hasher) {
  while (length > 0) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(length, Window::kBytesMax));
    STET_TRY(const BytesView bytes, window.view(offset, step));
    if (bytes.size() < step) return false;
    hasher.add(bytes);
    offset += step;
    length -= step;
  }
  return true;
}

// The walk through one batch.
class BatchScan {
 public:
  BatchScan(Window& window, const Salt& salt, const Position& position, const Recovery& recovery,
            ScannedBatch& batch)
      : window_(window),
        hasher_(salt),
        position_(position),
        recovery_(recovery),
        batch_(batch),
        at_(position.end) {
    batch_ = ScannedBatch{};
    batch_.begin = position.end;
  }

  Result<BatchEnd> run() {
    while (true) {
      STET_TRY(const BytesView bytes, window_.view(at_, kFrameHeaderBytes));
      if (all_zero(bytes)) {
        return at_ == position_.end ? BatchEnd::nothing : BatchEnd::broken;
      }
      if (bytes.size() < kFrameHeaderBytes) return BatchEnd::broken;
      const FrameHeader header = load_frame_header(bytes.data());
      if (!header.plain) return BatchEnd::broken;
      if (header.kind == static_cast<std::uint8_t>(FrameKind::commit)) return finish();
      STET_TRY(const bool taken, take(header));
      if (!taken) return BatchEnd::broken;
      const std::uint64_t length = kFrameHeaderBytes + std::uint64_t{header.length};
      STET_TRY(const bool whole, hash_range(window_, at_, length, hasher_));
      if (!whole) return BatchEnd::broken;
      at_ += length;
    }
  }

 private:
  // False where the frame can't be one of its kind.
  Result<bool> take(const FrameHeader& header) {
    switch (static_cast<FrameKind>(header.kind)) {
      case FrameKind::chunk:
      case FrameKind::delta:
        return take_chunk(header);
      case FrameKind::pack:
        return take_pack(header.length);
      case FrameKind::ref:
      case FrameKind::absent_ref:
        return take_ref(header);
      case FrameKind::blocks:
        has_index_ = true;
        return true;
      case FrameKind::manifest:
        has_index_ = true;
        batch_.manifest = Span{at_ + kFrameHeaderBytes, header.length};
        return true;
      default:
        unknown_ = header.kind;
        return true;
    }
  }

  Result<bool> take_chunk(const FrameHeader& header) {
    const std::uint32_t length = header.length;
    if (length < kChunkFixedBytes || length - kChunkFixedBytes > kChunkBytesMax) return false;
    STET_TRY(const BytesView fixed, window_.view(at_, kChunkFrameFixedBytes));
    if (fixed.size() < kChunkFrameFixedBytes) return false;
    ChunkEntry& entry = batch_.chunks.emplace_back();
    std::copy_n(fixed.data() + kFrameHeaderBytes, kIdBytes, entry.id.bytes.begin());
    entry.place.offset = at_;
    entry.place.length = length - static_cast<std::uint32_t>(kChunkFixedBytes);
    entry.place.mark = load_number<Epoch>(fixed.data() + kFrameHeaderBytes + kIdBytes);
    entry.is_delta = header.kind == static_cast<std::uint8_t>(FrameKind::delta);
    return true;
  }

  Result<bool> take_pack(std::uint32_t length) {
    if (length < kPackFixedBytes || length - kPackFixedBytes > kChunkBytesMax) return false;
    STET_TRY(const BytesView fixed, window_.view(at_, kFrameHeaderBytes + kPackFixedBytes));
    if (fixed.size() < kFrameHeaderBytes + kPackFixedBytes) return false;
    batch_.packs.push_back({at_, load_number<Epoch>(fixed.data() + kFrameHeaderBytes)});
    return true;
  }

  Result<bool> take_ref(const FrameHeader& header) {
    constexpr std::size_t kNameLengthBytes = 2;
    if (header.length < kNameLengthBytes ||
        header.length > kNameLengthBytes + kRefNameBytesMax + kRefValueBytesMax) {
      return false;
    }
    STET_TRY(const BytesView frame, window_.view(at_, kFrameHeaderBytes + header.length));
    if (frame.size() < kFrameHeaderBytes + header.length) return false;
    const BytesView payload = frame.subspan(kFrameHeaderBytes);
    const std::size_t name_length = load_number<std::uint16_t>(payload.data());
    if (payload.size() < kNameLengthBytes + name_length) return false;
    const BytesView value = payload.subspan(kNameLengthBytes + name_length);
    RefEntry& entry = batch_.refs.emplace_back();
    entry.name = as_text(payload.subspan(kNameLengthBytes, name_length));
    if (header.kind == static_cast<std::uint8_t>(FrameKind::ref)) {
      entry.value.emplace(value.begin(), value.end());
    }
    return true;
  }

  Result<BatchEnd> finish() {
    STET_TRY(const BytesView frame, window_.view(at_, kCommitFrameBytes));
    const auto commit = load_commit_frame(frame);
    if (!commit || !continues(*commit, position_, recovery_)) return BatchEnd::broken;
    hasher_.add(frame.first(kCommitFrameBytes - sizeof(Hash)));
    const Position after{at_ + kCommitFrameBytes, commit->sequence, commit->hash,
                         commit->recovery_epoch};
    if (hasher_.finish() != commit->hash) {
      if (!has_index_ || unknown_ || !batch_.chunks.empty() || !batch_.packs.empty() ||
          !batch_.refs.empty()) {
        return BatchEnd::broken;
      }
      batch_.manifest.reset();
      batch_.after = after;
      return BatchEnd::damaged_index;
    }
    if (unknown_) {
      return Error(ErrorCode::newer_format,
                   fmt::format("the store holds frames of kind {}, which this program does not "
                               "know: use a newer Stet",
                               *unknown_))
          .at_path(window_.file().path())
          .at_offset(batch_.begin);
    }
    batch_.after = after;
    return BatchEnd::commit;
  }

  Window& window_;
  Hasher hasher_;
  const Position& position_;
  const Recovery& recovery_;
  ScannedBatch& batch_;
  std::uint64_t at_;
  bool has_index_ = false;
  std::optional<std::uint8_t> unknown_;
};

}  // namespace

Result<BatchEnd> scan_batch(Window& window, const Salt& salt, const Position& position,
                            const Recovery& recovery, ScannedBatch& batch) {
  return BatchScan(window, salt, position, recovery, batch).run();
}

Result<bool> goes_on(os::File& file, const Salt& salt, Position position,
                     const Recovery& recovery) {
  Window window(file);
  ScannedBatch batch;
  while (true) {
    STET_TRY(const BatchEnd end, scan_batch(window, salt, position, recovery, batch));
    if (end != BatchEnd::damaged_index) return end == BatchEnd::commit;
    position = batch.after;
  }
}

}  // namespace stet::file
