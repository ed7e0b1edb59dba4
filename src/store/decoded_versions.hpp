// Versions that were lately read or made, as they are after decoding: making the next one looks at
// some of those before it, and mostly at the same.
//
// Thread rule: any thread.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>

#include "stet/history.hpp"

namespace stet {

class DecodedVersions {
 public:
  // Precondition of insert: the version is what the record of that id, checked, says.
  void insert(const Id& id, const Version& version);
  std::optional<Version> find(const Id& id) const;
  void clear();

 private:
  struct Entry {
    Id id;
    Version version;
  };
  static constexpr std::size_t kPlaces = 64;
  static std::size_t place_of(const Id& id) noexcept { return id.bytes[0] % kPlaces; }

  mutable std::mutex mutex_;
  std::array<std::shared_ptr<const Entry>, kPlaces> entries_;  // guarded by mutex_
};

}  // namespace stet
