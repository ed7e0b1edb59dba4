#include "store/known_documents.hpp"

namespace stet {

namespace {
constexpr std::uint64_t kEntryBytes = 1024;  // about what an entry with a small value takes

std::uint64_t charge(const KnownVersion& known) { return known.version.bytes + kEntryBytes; }
}  // namespace

std::shared_ptr<const KnownVersion> KnownDocuments::find(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->known;
}

void KnownDocuments::insert(const std::string& name, KnownVersion known) {
  Entries dropped;  // values are freed after the lock
  const std::lock_guard lock(mutex_);
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    const auto entry = found->second;
    erase(entry);
    dropped.splice(dropped.begin(), entries_, entry);
  }
  entries_.push_front({name, std::make_shared<const KnownVersion>(std::move(known))});
  by_name_.emplace(entries_.front().name, entries_.begin());
  bytes_ += charge(*entries_.front().known);
  while (bytes_ > bytes_max_) {
    const auto oldest = std::prev(entries_.end());
    erase(oldest);
    dropped.splice(dropped.begin(), entries_, oldest);
  }
}

void KnownDocuments::erase(Entries::iterator entry) {
  bytes_ -= charge(*entry->known);
  by_name_.erase(entry->name);
}

void KnownDocuments::clear() {
  Entries dropped;
  const std::lock_guard lock(mutex_);
  by_name_.clear();
  dropped.swap(entries_);
  bytes_ = 0;
}

}  // namespace stet
