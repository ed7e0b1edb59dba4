#include "store/chunk_cache.hpp"

namespace stet {

std::optional<Bytes> ChunkCache::find(const Id& id) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->bytes;
}

void ChunkCache::insert(const Id& id, BytesView bytes) {
  if (bytes.size() > bytes_max_) return;
  const std::lock_guard lock(mutex_);
  if (by_id_.contains(id)) return;
  entries_.push_front({id, Bytes(bytes.begin(), bytes.end())});
  by_id_.emplace(id, entries_.begin());
  bytes_ += bytes.size();
  while (bytes_ > bytes_max_) {
    bytes_ -= entries_.back().bytes.size();
    by_id_.erase(entries_.back().id);
    entries_.pop_back();
  }
}

void ChunkCache::clear() {
  const std::lock_guard lock(mutex_);
  by_id_.clear();
  entries_.clear();
  bytes_ = 0;
}

}  // namespace stet
