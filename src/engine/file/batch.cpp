#include "engine/file/batch.hpp"

#include <algorithm>
#include <cassert>

namespace stet::file {

namespace {
constexpr std::size_t kKeptBytesMax = 1u << 20;
constexpr std::size_t kMarkOffset = kFrameHeaderBytes + kIdBytes;
// A larger save gains little by deltas, and keeping its chunks twice would cost memory.
constexpr std::size_t kDeltaBatchBytesMax = 1u << 20;
}  // namespace

PartBytes& Batch::open_part(std::size_t frame_bytes) {
  if (parts_.empty()) parts_.emplace_back();
  if (!parts_.back().bytes.empty() && parts_.back().bytes.size() + frame_bytes > part_bytes_) {
    if (!written_ahead_) written_ahead_ = std::make_shared<WrittenAhead>();
    Part next{bytes(), {}};
    next.bytes.reserve(std::max(part_bytes_, frame_bytes));
    parts_.push_back(std::move(next));
  }
  PartBytes& part = parts_.back().bytes;
  const std::size_t wanted = part.size() + frame_bytes;
  if (wanted > part.capacity()) {
    part.reserve(std::max(wanted, std::min(2 * part.capacity(), part_bytes_)));
  }
  return part;
}

bool Batch::has_deltas_of(const LogToken& log) const noexcept {
  return !deltas_log_.owner_before(log) && !log.owner_before(deltas_log_);
}

bool Batch::takes_delta(const LogToken& log) const noexcept {
  return bytes() < kDeltaBatchBytesMax && wholes_bytes_.size() < kDeltaBatchBytesMax &&
         (wholes_.empty() || has_deltas_of(log));
}

bool Batch::add_delta(const ChunkView& whole, BytesView delta, Epoch mark, const LogToken& log) {
  const bool was_there = news_.chunks.contains(whole.id);
  if (!was_there) {
    const std::size_t begin = wholes_bytes_.size();
    append_bytes(wholes_bytes_, whole.bytes);
    wholes_.insert_or_assign(whole.id, Whole{begin, whole.bytes.size()});
    deltas_log_ = log;
  }
  return was_there ? add_chunk(whole.id, whole.bytes, mark)
                   : add_chunk(FrameKind::delta, whole.id, delta, mark);
}

std::vector<Id> Batch::chunks_in_order() const {
  std::vector<std::pair<std::uint64_t, Id>> places;
  places.reserve(news_.chunks.size());
  for (const auto& [id, place] : news_.chunks) places.emplace_back(place.offset, id);
  std::ranges::sort(places);
  std::vector<Id> ids;
  ids.reserve(places.size());
  for (const auto& [offset, id] : places) ids.push_back(id);
  return ids;
}

void Batch::make_good_in(const LogToken& log) {
  if (wholes_.empty() || has_deltas_of(log)) return;
  Batch good(part_bytes_);
  for (const Id& id : chunks_in_order()) good.add_chunk(id, *find(id), *mark_of(id));
  std::swap(*this, good);
}

bool Batch::add_chunk(FrameKind kind, const Id& id, BytesView bytes, Epoch mark) {
  assert(this->bytes() == chunk_bytes_ && "chunks come before refs");
  if (const auto known = news_.chunks.find(id); known != news_.chunks.end()) {
    Place& place = known.value();
    if (place.mark >= mark) return false;
    Part& open = parts_.back();
    if (place.offset >= open.begin) {
      place.mark = mark;
      store_number(&open.bytes[place.offset - open.begin + kMarkOffset], mark);
      return false;
    }
  }
  PartBytes& to = open_part(kChunkFrameFixedBytes + bytes.size());
  news_.chunks.insert_or_assign(
      id, Place{parts_.back().begin + to.size(), static_cast<std::uint32_t>(bytes.size()), mark});
  append_bytes(to, encode_frame_header(kind, kChunkFixedBytes + bytes.size()));
  append_bytes(to, id.bytes);
  append_number(to, mark);
  append_bytes(to, bytes);
  chunk_bytes_ = this->bytes();
  return true;
}

void Batch::add_pack(BytesView packed, std::span<const IdStart> starts,
                     std::span<const std::uint64_t> bases, Epoch mark) {
  assert(this->bytes() == chunk_bytes_ && "packs come before refs");
  const std::size_t length = kPackFixedBytes + bases.size() * kPackBaseBytes + packed.size();
  PartBytes& to = open_part(kFrameHeaderBytes + length);
  const std::uint64_t offset = parts_.back().begin + to.size();
  for (const IdStart start : starts) news_.packed[start] = offset;
  append_bytes(to, encode_frame_header(FrameKind::pack, length));
  append_number(to, mark);
  append_number(to, static_cast<std::uint32_t>(bases.size()));
  for (const std::uint64_t base : bases) append_offset(to, base);
  append_bytes(to, packed);
  chunk_bytes_ = this->bytes();
}

void Batch::add_ref(std::string_view name, const std::optional<RefValue>& value) {
  const std::size_t length = 2 + name.size() + (value ? value->size() : 0);
  news_.refs.insert_or_assign(std::string(name), value);
  PartBytes& to = open_part(kFrameHeaderBytes + length);
  append_bytes(to, encode_frame_header(value ? FrameKind::ref : FrameKind::absent_ref, length));
  append_number(to, static_cast<std::uint16_t>(name.size()));
  append_bytes(to, as_bytes(name));
  if (value) append_bytes(to, *value);
}

void Batch::add_index(const IndexFrames& index) {
  append_bytes(open_part(index.frames.size()), index.frames);
}

std::optional<BytesView> Batch::find(const Id& id) const {
  if (const auto whole = wholes_.find(id); whole != wholes_.end()) {
    return BytesView(wholes_bytes_).subspan(whole->second.begin, whole->second.bytes);
  }
  const auto chunk = news_.chunks.find(id);
  if (chunk == news_.chunks.end()) return std::nullopt;
  const Place& place = chunk->second;
  const auto behind = std::ranges::upper_bound(parts_, place.offset, {}, &Part::begin);
  const Part& part = *(behind - 1);
  return BytesView(part.bytes)
      .subspan(place.offset - part.begin + kChunkFrameFixedBytes, place.length);
}

std::optional<Epoch> Batch::mark_of(const Id& id) const {
  const auto chunk = news_.chunks.find(id);
  if (chunk == news_.chunks.end()) return std::nullopt;
  return chunk->second.mark;
}

std::vector<Batch::PartView> Batch::closed_parts() const {
  std::vector<PartView> closed;
  closed.reserve(closed_count());
  for (std::size_t i = 0; i < closed_count(); ++i) {
    closed.push_back({parts_[i].begin, parts_[i].bytes});
  }
  return closed;
}

void Batch::hash_ahead(const Salt& salt) {
  if (parts_.size() < 2) return;
  if (!ahead_ || ahead_->salt != salt) ahead_.emplace(salt);
  while (ahead_->parts + 1 < parts_.size()) ahead_->hasher.add(parts_[ahead_->parts++].bytes);
}

void Batch::finish(const Position& position, std::uint64_t recovery_epoch, const Salt& salt) {
  PartBytes& to = open_part(kCommitFrameBytes);
  append_bytes(to, encode_commit_start({.sequence = position.sequence + 1,
                                        .recovery_epoch = recovery_epoch,
                                        .batch_begin = position.end,
                                        .previous = position.chain,
                                        .hash = {}}));
  hash_ahead(salt);
  Hasher hasher = ahead_ ? ahead_->hasher : Hasher(salt);
  hasher.add(parts_.back().bytes);
  const Hash hash = hasher.finish();
  append_bytes(to, hash);
  after_ = {position.end + bytes(), position.sequence + 1, hash, recovery_epoch};
}

void Batch::drop_all_but_chunks() noexcept {
  while (parts_.size() > 1 && parts_.back().begin >= chunk_bytes_) parts_.pop_back();
  if (!parts_.empty()) parts_.back().bytes.resize(chunk_bytes_ - parts_.back().begin);
  // The last part is open again.
  if (ahead_ && ahead_->parts >= parts_.size()) ahead_.reset();
  if (written_ahead_ && written_ahead_->parts >= parts_.size()) written_ahead_.reset();
  news_.refs.clear();
}

void Batch::add_all(Batch& newer) {
  if (news_.chunks.empty()) {
    std::swap(*this, newer);
  } else {
    for (const Id& id : newer.chunks_in_order()) {
      add_chunk(id, *newer.find(id), *newer.mark_of(id));
    }
  }
  newer.clear();
}

// A small batch's memory is kept for the next one.
void Batch::clear() noexcept {
  if (parts_.size() > 1 || (!parts_.empty() && parts_[0].bytes.capacity() > kKeptBytesMax)) {
    std::vector<Part>().swap(parts_);
  }
  if (!parts_.empty()) parts_[0].bytes.clear();
  chunk_bytes_ = 0;
  news_.clear();
  wholes_.clear();
  if (wholes_bytes_.capacity() > kKeptBytesMax) Bytes().swap(wholes_bytes_);
  wholes_bytes_.clear();
  ahead_.reset();
  written_ahead_.reset();
}

}  // namespace stet::file
