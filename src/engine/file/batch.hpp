// A batch that is being collected: frames as they will lie in the file, so that a commit adds its
// refs and writes them as they are. They lie in parts, so that a large batch is never moved; a
// frame lies in one part. All parts but the last are closed: their bytes stay as they are and where
// they are until the batch is cleared, so that they may be hashed and written ahead; but for
// make_good_in(), before which nothing of it is in the file that counts.
//
// An exception (there is no memory) leaves the chunks as they were; drop_all_but_chunks() then also
// drops what was begun.
//
// Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "base/arena.hpp"
#include "engine/file/index.hpp"

namespace stet::file {

inline constexpr std::size_t kPartBytes = kArenaBytes;
using PartBytes = std::vector<std::uint8_t, ArenaAllocator<std::uint8_t>>;

// How much of a batch lies in the file while it is still collected; Log's alone.
struct WrittenAhead {
  std::size_t parts = 0;          // all but the front of the first, see front_bytes()
  std::uint64_t end = 0;          // in the file
  std::uint64_t size_before = 0;  // the file's size before anything was written
  bool is_begun() const noexcept { return end != 0; }
};

// So much of a batch that is written ahead is left to its append: readers see nothing without it,
// and most sectors are written once.
inline std::size_t front_bytes(BytesView first_part) noexcept {
  return std::min<std::size_t>(first_part.size(), kSectorBytes);
}

class Batch {
 public:
  explicit Batch(std::size_t part_bytes = kPartBytes) : part_bytes_(part_bytes) {}

  // False: the chunk was here already, with a mark as high or in a part that is open; it keeps its
  // bytes and takes the higher mark.
  bool add_chunk(const Id& id, BytesView bytes, Epoch mark) {
    return add_chunk(FrameKind::chunk, id, bytes, mark);
  }
  // By this a batch knows the log in which its deltas are good; it is never looked into.
  using LogToken = std::shared_ptr<const void>;
  // The same in a form that is good only in that log, which holds its base; `whole` is kept for
  // every other, and for readers.
  bool add_delta(const ChunkView& whole, BytesView delta, Epoch mark, const LogToken& log);
  // Whether a delta for that log may be added: there are none yet that are for another, and not
  // many.
  bool takes_delta(const LogToken& log) const noexcept;
  // Writes anew, whole, what isn't good in that log; nothing of the batch is closed or written
  // ahead then.
  void make_good_in(const LogToken& log);
  // `starts`: of the ids of what is packed. `bases`: offsets in the file of the frames that it
  // takes to open it. Precondition: nothing is written ahead of this batch.
  void add_pack(BytesView packed, std::span<const IdStart> starts,
                std::span<const std::uint64_t> bases, Epoch mark);
  // After the chunks. A batch with an index holds nothing else.
  void add_ref(std::string_view name, const std::optional<RefValue>& value);
  void add_index(const IndexFrames& index);

  struct Part {
    std::size_t begin = 0;  // in the batch
    PartBytes bytes;
  };
  struct PartView {
    std::size_t begin = 0;
    BytesView bytes;
  };

  bool empty() const noexcept { return bytes() == 0; }
  std::size_t bytes() const noexcept {
    return parts_.empty() ? 0 : parts_.back().begin + parts_.back().bytes.size();
  }
  // In a form that needs no other chunk.
  std::optional<BytesView> find(const Id& id) const;
  std::optional<Epoch> mark_of(const Id& id) const;

  // Hashes what no chunk is added to any more, so that finish() has less to do.
  void hash_ahead(const Salt& salt);
  // Adds the commit that continues `position`.
  void finish(const Position& position, std::uint64_t recovery_epoch, const Salt& salt);
  const std::vector<Part>& parts() const noexcept { return parts_; }
  std::size_t closed_count() const noexcept { return parts_.empty() ? 0 : parts_.size() - 1; }
  std::vector<PartView> closed_parts() const;
  // By this a log knows the batch that it has written ahead.
  const std::shared_ptr<WrittenAhead>& written_ahead() const noexcept { return written_ahead_; }
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
  void clear() noexcept;

 private:
  // Of what is hashed ahead.
  struct Ahead {
    explicit Ahead(const Salt& of) : salt(of), hasher(of) {}
    Salt salt;
    Hasher hasher;
    std::size_t parts = 0;  // from the front
  };

  bool add_chunk(FrameKind kind, const Id& id, BytesView bytes, Epoch mark);
  bool has_deltas_of(const LogToken& log) const noexcept;
  // As they lie in the batch.
  std::vector<Id> chunks_in_order() const;
  // Where a frame of so many bytes goes; appending them needs no memory.
  PartBytes& open_part(std::size_t frame_bytes);

  std::size_t part_bytes_;
  std::vector<Part> parts_;
  std::size_t chunk_bytes_ = 0;  // of the batch, from the front
  Tail news_;
  struct Whole {
    std::size_t begin, bytes;  // in wholes_bytes_
  };
  IdMap<Whole> wholes_;  // of chunks that were added as deltas
  Bytes wholes_bytes_;
  std::weak_ptr<const void> deltas_log_;  // where there are wholes_
  std::optional<Ahead> ahead_;
  std::shared_ptr<WrittenAhead> written_ahead_;
  Position after_;
};

}  // namespace stet::file
