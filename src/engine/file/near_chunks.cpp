#include "engine/file/near_chunks.hpp"

#include <algorithm>
#include <string_view>

namespace stet::file {

namespace {

// A path's chunks take some hundred bytes each.
constexpr std::uint64_t kBeforeBytes = 4096;

// Larger ones are few, and read as they are.
constexpr std::size_t kFrameBytesMax = 64u << 10;

}  // namespace

std::optional<Bytes> NearChunks::find(const std::shared_ptr<const Log>& log, const Id& id) const {
  if (!packer_) return std::nullopt;
  auto record = find_frame(log, id);
  if (!record || !packer_->size_in_pack({id, *record})) return std::nullopt;
  return record;
}

std::optional<Bytes> NearChunks::find_frame(const std::shared_ptr<const Log>& log,
                                            const Id& id) const {
  const std::lock_guard lock(mutex_);
  if (log_.lock() != log) return std::nullopt;
  const std::string_view bytes = as_text(before_);
  const std::string_view wanted = as_text(id.bytes);
  for (std::size_t at = bytes.find(wanted); at != bytes.npos; at = bytes.find(wanted, at + 1)) {
    if (at < kFrameHeaderBytes) continue;
    const auto record = load_chunk_record(BytesView(before_).subspan(at - kFrameHeaderBytes), id);
    if (record) return Bytes(record->begin(), record->end());
  }
  return std::nullopt;
}

Result<Bytes> NearChunks::read(const std::shared_ptr<const Log>& log, const Id& id,
                               const Place& place) {
  const std::size_t frame_bytes = kChunkFrameFixedBytes + place.length;
  if (!packer_ || frame_bytes > kFrameBytesMax) return log->read_chunk(id, place);
  const std::uint64_t begin = std::max(place.offset, kHeaderBytes + kBeforeBytes) - kBeforeBytes;
  const auto before = static_cast<std::size_t>(place.offset - std::min(begin, place.offset));
  Bytes bytes(before + frame_bytes);
  const auto read = log->file().read_exactly(place.offset - before, bytes);
  const auto found = load_chunk_record(BytesView(bytes).subspan(before), id);
  if (!read.ok() || !found || found->size() != place.length) {
    return log->read_chunk(id, place);  // which needs less, and says what is wrong
  }
  Bytes record(found->begin(), found->end());
  bytes.resize(before);
  const std::lock_guard lock(mutex_);
  log_ = log;
  before_.swap(bytes);
  return record;
}

}  // namespace stet::file
