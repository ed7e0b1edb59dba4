#include "engine/file/batch.hpp"

#include <algorithm>
#include <cassert>

namespace stet::file {

namespace {
// A buffer larger than this is given back after a commit.
constexpr std::size_t kKeptBytesMax = 1u << 20;
constexpr std::size_t kMarkOffset = kFrameHeaderBytes + kIdBytes;
}  // namespace

void Batch::add_chunk(const Id& id, BytesView bytes, Epoch mark) {
  assert(buffer_.size() == chunk_bytes_ && "chunks come before refs");
  const auto [place, added] = chunks_.try_emplace(id);
  Chunk& chunk = place->second;
  if (!added) {
    chunk.mark = std::max(chunk.mark, mark);
    store_number(&buffer_[chunk.at + kMarkOffset], chunk.mark);
    return;
  }
  chunk = {buffer_.size(), static_cast<std::uint32_t>(bytes.size()), mark};
  append_frame_header(buffer_, FrameKind::chunk, kChunkFixedBytes + bytes.size());
  append_bytes(buffer_, id.bytes);
  append_number(buffer_, mark);
  append_bytes(buffer_, bytes);
  chunk_bytes_ = buffer_.size();
}

void Batch::add_ref(std::string_view name, const std::optional<RefValue>& value) {
  append_frame_header(buffer_, value ? FrameKind::ref : FrameKind::absent_ref,
                      2 + name.size() + (value ? value->size() : 0));
  append_number(buffer_, static_cast<std::uint16_t>(name.size()));
  append_bytes(buffer_, as_bytes(name));
  if (value) append_bytes(buffer_, *value);
  refs_.push_back({std::string(name), value});
}

void Batch::add_index(const IndexFrames& index) { append_bytes(buffer_, index.frames); }

std::optional<BytesView> Batch::find(const Id& id) const {
  const auto chunk = chunks_.find(id);
  if (chunk == chunks_.end()) return std::nullopt;
  return BytesView(buffer_).subspan(chunk->second.at + kChunkFrameFixedBytes, chunk->second.length);
}

std::optional<Epoch> Batch::mark_of(const Id& id) const {
  const auto chunk = chunks_.find(id);
  if (chunk == chunks_.end()) return std::nullopt;
  return chunk->second.mark;
}

void Batch::finish(const Position& position, std::uint64_t recovery_epoch, const Salt& salt) {
  append_commit_without_hash(buffer_, {.sequence = position.sequence + 1,
                                       .recovery_epoch = recovery_epoch,
                                       .batch_begin = position.end,
                                       .previous = position.chain,
                                       .hash = {}});
  const Hash hash = hash_of(salt, buffer_);
  append_bytes(buffer_, hash);
  after_ = {position.end + buffer_.size(), position.sequence + 1, hash, recovery_epoch};
}

void Batch::apply_to(Tail& tail, std::uint64_t offset) const {
  for (const auto& [id, chunk] : chunks_) {
    tail.chunks[id] = {offset + chunk.at, chunk.length, chunk.mark};
  }
  for (const RefEntry& ref : refs_) tail.refs[ref.name] = ref.value;
  tail.bytes += buffer_.size();
}

void Batch::drop_all_but_chunks() {
  buffer_.resize(chunk_bytes_);
  refs_.clear();
}

void Batch::take_back(Batch& other) {
  other.drop_all_but_chunks();
  for (const auto& [id, chunk] : chunks_) other.add_chunk(id, *find(id), chunk.mark);
  std::swap(*this, other);
  other.clear();
}

void Batch::clear() {
  buffer_.clear();
  if (buffer_.capacity() > kKeptBytesMax) buffer_ = {};
  chunk_bytes_ = 0;
  chunks_.clear();
  refs_.clear();
}

}  // namespace stet::file
