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
  Bytes& part = parts_.back().bytes;
  const std::size_t wanted = part.size() + frame_bytes;
  if (wanted > part.capacity()) part.reserve(std::max(wanted, 2 * part.capacity()));
  return part;
}

void Batch::add_chunk(const Id& id, BytesView bytes, Epoch mark) {
  assert(this->bytes() == chunk_bytes_ && "chunks come before refs");
  if (const auto known = chunks_.find(id); known != chunks_.end()) {
    Chunk& chunk = known->second;
    chunk.mark = std::max(chunk.mark, mark);
    store_number(&parts_[chunk.part].bytes[chunk.at + kMarkOffset], chunk.mark);
    return;
  }
  Bytes& to = open_part(kChunkFrameFixedBytes + bytes.size());
  chunks_.emplace(id, Chunk{static_cast<std::uint32_t>(parts_.size() - 1),
                            static_cast<std::uint32_t>(to.size()),
                            static_cast<std::uint32_t>(bytes.size()), mark});
  append_frame_header(to, FrameKind::chunk, kChunkFixedBytes + bytes.size());
  append_bytes(to, id.bytes);
  append_number(to, mark);
  append_bytes(to, bytes);
  chunk_bytes_ = this->bytes();
}

void Batch::add_ref(std::string_view name, const std::optional<RefValue>& value) {
  const std::size_t length = 2 + name.size() + (value ? value->size() : 0);
  refs_.push_back({std::string(name), value});
  Bytes& to = open_part(kFrameHeaderBytes + length);
  append_frame_header(to, value ? FrameKind::ref : FrameKind::absent_ref, length);
  append_number(to, static_cast<std::uint16_t>(name.size()));
  append_bytes(to, as_bytes(name));
  if (value) append_bytes(to, *value);
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

void Batch::drop_all_but_chunks() noexcept {
  while (parts_.size() > 1 && parts_.back().begin >= chunk_bytes_) parts_.pop_back();
  if (!parts_.empty()) parts_.back().bytes.resize(chunk_bytes_ - parts_.back().begin);
  refs_.clear();
}

void Batch::add_all(Batch& newer) {
  if (chunks_.empty()) {
    std::swap(*this, newer);
  } else {
    for (const auto& [id, chunk] : newer.chunks_) add_chunk(id, *newer.find(id), chunk.mark);
  }
  newer.clear();
}

// A small batch's memory is kept for the next one.
void Batch::clear() noexcept {
  if (parts_.size() > 1 || (!parts_.empty() && parts_[0].bytes.capacity() > kPartBytes)) {
    parts_.clear();
  }
  if (!parts_.empty()) parts_[0].bytes.clear();
  chunk_bytes_ = 0;
  chunks_.clear();
  refs_.clear();
}

}  // namespace stet::file
