// A batch that is being collected: frames as they will lie in the file, so that a commit adds its
// refs and writes them as they are. They lie in parts, so that a large batch is never moved; a
// frame lies in one part.
//
// An exception (there is no memory) leaves the chunks as they were; drop_all_but_chunks() then also
// drops what was begun.
//
// Thread rule: one thread at a time.
#pragma once

#include <vector>

#include "engine/file/index.hpp"

namespace stet::file {

class Batch {
 public:
  // False: the chunk was here already; it keeps its bytes and takes the higher mark.
  bool add_chunk(const Id& id, BytesView bytes, Epoch mark);
  // After the chunks. A batch with an index holds nothing else.
  void add_ref(std::string_view name, const std::optional<RefValue>& value);
  void add_index(const IndexFrames& index);

  struct Part {
    std::size_t begin = 0;  // in the batch
    Bytes bytes;
  };

  bool empty() const noexcept { return bytes() == 0; }
  std::size_t bytes() const noexcept {
    return parts_.empty() ? 0 : parts_.back().begin + parts_.back().bytes.size();
  }
  std::optional<BytesView> find(const Id& id) const;
  std::optional<Epoch> mark_of(const Id& id) const;

  // Hashes what no chunk is added to any more, so that finish() has less to do.
  void hash_ahead(const Salt& salt);
  // Adds the commit that continues `position`.
  void finish(const Position& position, std::uint64_t recovery_epoch, const Salt& salt);
  const std::vector<Part>& parts() const noexcept { return parts_; }
  Position after() const noexcept { return after_; }  // of the finished batch
  // What the batch brings; places count from its begin. Once it is taken the batch is to be
  // cleared.
  Tail& news() noexcept { return news_; }
  const Tail& news() const noexcept { return news_; }
  // Back to the chunks alone.
  void drop_all_but_chunks() noexcept;
  // Takes over the chunks of `newer`, which holds nothing else and is empty then. Precondition:
  // this holds nothing else either.
  void add_all(Batch& newer);
  // Gives back a large batch's memory, which takes its time to free.
  std::vector<Part> clear() noexcept;

 private:
  // Of what is hashed ahead.
  struct Ahead {
    explicit Ahead(const Salt& of) : salt(of), hasher(of) {}
    Salt salt;
    Hasher hasher;
    std::size_t parts = 0;  // from the front
  };

  std::vector<Part>::iterator part_at(std::uint64_t offset) noexcept;
  // Where a frame of so many bytes goes; appending them needs no memory.
  Bytes& open_part(std::size_t frame_bytes);

  std::vector<Part> parts_;
  std::size_t chunk_bytes_ = 0;  // of the batch, from the front
  Tail news_;
  std::optional<Ahead> ahead_;
  Position after_;
};

}  // namespace stet::file
