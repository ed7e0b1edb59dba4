#include "engine/file/batch.hpp"

#include <algorithm>
#include <cassert>

namespace stet::file {

namespace {
constexpr std::size_t kPartBytes = 1u << 20;
constexpr std::size_t kMarkOffset = kFrameHeaderBytes + kIdBytes;
}  // namespace

Bytes& Batch::open_part(std::size_t frame_bytes) {
  if (parts_.empty()) parts_.emplace_back();
  if (!parts_.back().bytes.empty() && parts_.back().bytes.size() + frame_bytes > kPartBytes) {
    parts_.push_back({bytes(), {}});
    parts_.back().bytes.reserve(std::max(kPartBytes, frame_bytes));
  }
  return parts_.back().bytes;
}

void Batch::add_chunk(const Id& id, BytesView bytes, Epoch mark) {
  assert(this->bytes() == chunk_bytes_ && "chunks come before refs");
  const auto [place, added] = chunks_.try_emplace(id);
  Chunk& chunk = place->second;
  if (!added) {
    chunk.mark = std::max(chunk.mark, mark);
    store_number(&parts_[chunk.part].bytes[chunk.at + kMarkOffset], chunk.mark);
    return;
  }
  Bytes& to = open_part(kChunkFrameFixedBytes + bytes.size());
  chunk = {static_cast<std::uint32_t>(parts_.size() - 1), static_cast<std::uint32_t>(to.size()),
           static_cast<std::uint32_t>(bytes.size()), mark};
  append_frame_header(to, FrameKind::chunk, kChunkFixedBytes + bytes.size());
  append_bytes(to, id.bytes);
  append_number(to, mark);
  append_bytes(to, bytes);
  chunk_bytes_ = this->bytes();
}

void Batch::add_ref(std::string_view name, const std::optional<RefValue>& value) {
  const std::size_t length = 2 + name.size() + (value ? value->size() : 0);
  Bytes& to = open_part(kFrameHeaderBytes + length);
  append_frame_header(to, value ? FrameKind::ref : FrameKind::absent_ref, length);
  append_number(to, static_cast<std::uint16_t>(name.size()));
  append_bytes(to, as_bytes(name));
  if (value) append_bytes(to, *value);
  refs_.push_back({std::string(name), value});
}

void Batch::add_index(const IndexFrames& index) {
  append_bytes(open_part(index.frames.size()), index.frames);
}

std::optional<BytesView> Batch::find(const Id& id) const {
  const auto chunk = chunks_.find(id);
  if (chunk == chunks_.end()) return std::nullopt;
  return BytesView(parts_[chunk->second.part].bytes)
      .subspan(chunk->second.at + kChunkFrameFixedBytes, chunk->second.length);
}

std::optional<Epoch> Batch::mark_of(const Id& id) const {
  const auto chunk = chunks_.find(id);
  if (chunk == chunks_.end()) return std::nullopt;
  return chunk->second.mark;
}

void Batch::finish(const Position& position, std::uint64_t recovery_epoch, const Salt& salt) {
  Bytes& to = open_part(kCommitFrameBytes);
  append_commit_without_hash(to, {.sequence = position.sequence + 1,
                                  .recovery_epoch = recovery_epoch,
                                  .batch_begin = position.end,
                                  .previous = position.chain,
                                  .hash = {}});
  Hasher hasher(salt);
  for (const Part& part : parts_) hasher.add(part.bytes);
  const Hash hash = hasher.finish();
  append_bytes(to, hash);
  after_ = {position.end + bytes(), position.sequence + 1, hash, recovery_epoch};
}

void Batch::apply_to(Tail& tail, std::uint64_t offset) const {
  tail.chunks.reserve(tail.chunks.size() + chunks_.size());
  for (const auto& [id, chunk] : chunks_) {
    tail.chunks[id] = {offset + parts_[chunk.part].begin + chunk.at, chunk.length, chunk.mark};
  }
  for (const RefEntry& ref : refs_) tail.refs[ref.name] = ref.value;
  tail.bytes += bytes();
}

void Batch::drop_all_but_chunks() {
  while (!parts_.empty() && parts_.back().begin >= chunk_bytes_) parts_.pop_back();
  if (!parts_.empty()) parts_.back().bytes.resize(chunk_bytes_ - parts_.back().begin);
  refs_.clear();
}

void Batch::take_back(Batch& other) {
  other.drop_all_but_chunks();
  for (const auto& [id, chunk] : chunks_) other.add_chunk(id, *find(id), chunk.mark);
  std::swap(*this, other);
  other.clear();
}

// A small batch's memory is kept for the next one.
void Batch::clear() {
  if (parts_.size() > 1 || (!parts_.empty() && parts_[0].bytes.capacity() > kPartBytes)) {
    parts_.clear();
  }
  if (!parts_.empty()) parts_[0].bytes.clear();
  chunk_bytes_ = 0;
  chunks_.clear();
  refs_.clear();
}

}  // namespace stet::file
