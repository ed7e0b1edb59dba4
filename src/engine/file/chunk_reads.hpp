// Reads many chunks of a log, most of which were written one after the other: where the frame that
// follows is that of the next id, it is taken as it is, without a look at the index, and reads grow
// as long as that holds.
//
// Thread rule: one thread.
#pragma once

#include <memory>

#include "engine/file/near_chunks.hpp"
#include "engine/file/window.hpp"

namespace stet::file {

class ChunkReads {
 public:
  // `near`: of who reads one chunk at a time, as on a path; null: none.
  explicit ChunkReads(std::shared_ptr<const Log> log, NearChunks* near = nullptr)
      : log_(std::move(log)),
        near_(near),
        window_(log_->file(), kAheadMax),
        end_(log_->position().end) {}

  const Log& log() const noexcept { return *log_; }
  // Nothing where it is absent. Errors: corrupt.
  Result<std::optional<Bytes>> read(const Id& id);

 private:
  static constexpr std::size_t kAheadMax = 64u << 10;

  std::optional<Bytes> read_next(const Id& id);
  Result<std::optional<Bytes>> read_packed(const Id& id);

  std::shared_ptr<const Log> log_;
  NearChunks* near_;
  Window window_;
  std::shared_ptr<const OpenPack> pack_;  // that held the last packed chunk
  std::uint64_t end_;                     // of what is committed
  std::uint64_t next_ = 0;                // behind the frame read last
};

}  // namespace stet::file
