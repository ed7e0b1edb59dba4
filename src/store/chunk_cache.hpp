// A bounded cache of chunks that were lately read or written, so that an edit does not read its
// path again from the backend.
//
// Thread rule: any thread.
#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "stet/base.hpp"

namespace stet {

class ChunkCache {
 public:
  explicit ChunkCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  std::optional<Bytes> find(const Id& id);
  void insert(const Id& id, BytesView bytes);  // drops what was not used for longest
  void clear();

 private:
  struct Entry {
    Id id;
    Bytes bytes;
  };
  using Entries = std::list<Entry>;

  const std::size_t bytes_max_;
  std::mutex mutex_;
  Entries entries_;                                  // guarded by mutex_; lately used first
  std::unordered_map<Id, Entries::iterator> by_id_;  // guarded by mutex_
  std::size_t bytes_ = 0;                            // guarded by mutex_
};

}  // namespace stet
