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
  // Some for each of many documents: making a version looks at two or three before it.
  static constexpr std::size_t kPlaces = 512;
  static std::size_t place_of(const Id& id) noexcept {
    return (std::size_t{id.bytes[0]} << 8 | id.bytes[1]) % kPlaces;
  }

  mutable std::mutex mutex_;
  std::array<std::shared_ptr<const Entry>, kPlaces> entries_;  // guarded by mutex_
};

}  // namespace stet
