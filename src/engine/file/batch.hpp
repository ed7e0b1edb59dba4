// A batch that is being collected: chunk frames as they will lie in the file, so that a commit adds
// its refs and writes the buffer as it is.
//
// Thread rule: one thread at a time.
#pragma once

#include <vector>

#include "engine/file/index.hpp"

namespace stet::file {

class Batch {
 public:
  // A chunk that is here already keeps its bytes and takes the higher mark.
  void add_chunk(const Id& id, BytesView bytes, Epoch mark);
  // After the chunks. A batch with an index holds nothing else.
  void add_ref(std::string_view name, const std::optional<RefValue>& value);
  void add_index(const IndexFrames& index);

  bool empty() const noexcept { return buffer_.empty(); }
  std::size_t bytes() const noexcept { return buffer_.size(); }
  std::optional<BytesView> find(const Id& id) const;
  std::optional<Epoch> mark_of(const Id& id) const;

  // Adds the commit that continues `position`.
  void finish(const Position& position, std::uint64_t recovery_epoch, const Salt& salt);
  BytesView view() const noexcept { return buffer_; }
  Position after() const noexcept { return after_; }  // of the finished batch
  // Tells a tail what the finished batch, which lies at `offset`, has brought.
  void apply_to(Tail& tail, std::uint64_t offset) const;
  // Back to the chunks alone.
  void drop_all_but_chunks();
  // The chunks of `other`, which come before ours.
  void take_back(Batch& other);
  void clear();

 private:
  struct Chunk {
    std::size_t at = 0;  // of its frame in buffer_
    std::uint32_t length = 0;
    Epoch mark = 0;
  };

  Bytes buffer_;
  std::size_t chunk_bytes_ = 0;  // of buffer_, from the front
  std::unordered_map<Id, Chunk> chunks_;
  std::vector<RefEntry> refs_;
  Position after_;
};

}  // namespace stet::file
