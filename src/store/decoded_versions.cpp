#include "store/decoded_versions.hpp"

namespace stet {

namespace {
// A version with more text than this is decoded each time, so that what is kept stays small.
constexpr std::size_t kTextBytesMax = 4096;
}  // namespace

void DecodedVersions::insert(const Id& id, const Version& version) {
  if (version.message.size() > kTextBytesMax || !version.labels.empty()) return;
  auto entry = std::make_shared<const Entry>(Entry{id, version});
  const std::lock_guard lock(mutex_);
  entries_[place_of(id)].swap(entry);
}

std::optional<Version> DecodedVersions::find(const Id& id) const {
  std::shared_ptr<const Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    entry = entries_[place_of(id)];
  }
  if (!entry || entry->id != id) return std::nullopt;
  return entry->version;
}

void DecodedVersions::clear() {
  const std::lock_guard lock(mutex_);
  for (auto& entry : entries_) entry.reset();
}

}  // namespace stet
