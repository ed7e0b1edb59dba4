// What lies in the file before the chunk that was read last. The children of a node were put before
// it, mostly just before; so who follows a path finds many of its chunks here, without a look at
// the index and a read for each.
//
// What is found is what the log holds: the bytes before a committed chunk are committed, and they
// are forgotten with their log. Bytes within a chunk may look like a frame with any id, so a record
// is taken only where it unpacks to what its id names.
//
// Thread rule: any thread.
#pragma once

#include <memory>
#include <mutex>

#include "engine/file/log.hpp"

namespace stet::file {

class NearChunks {
 public:
  explicit NearChunks(std::shared_ptr<const RecordPacker> packer) : packer_(std::move(packer)) {}

  // Nothing where it isn't here, which says nothing of the log.
  std::optional<Bytes> find(const std::shared_ptr<const Log>& log, const Id& id) const;
  // As Log::read_chunk.
  Result<Bytes> read(const std::shared_ptr<const Log>& log, const Id& id, const Place& place);

 private:
  std::optional<Bytes> find_frame(const std::shared_ptr<const Log>& log, const Id& id) const;

  const std::shared_ptr<const RecordPacker> packer_;  // null: nothing is ever here

  mutable std::mutex mutex_;
  std::weak_ptr<const Log> log_;  // guarded by mutex_
  Bytes before_;                  // guarded by mutex_
};

}  // namespace stet::file
