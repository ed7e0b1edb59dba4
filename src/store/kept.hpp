// What the refs of a store keep from being swept, as one snapshot.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/core.hpp"

namespace stet {

struct KeptHistory {
  enum class By : std::uint8_t { document, tombstone, pin };
  By by;
  std::string name;              // of the document
  std::string label;             // of a pin
  Head head;                     // always with an id
  std::optional<RefValue> hold;  // why a document is held; nothing: it isn't
  // Whether both keep the same versions by the same refs.
  bool keeps_as(const KeptHistory& other) const {
    return by == other.by && name == other.name && label == other.label && head == other.head;
  }
};

// A long read begins again where the store has changed below it, but not without end.
inline constexpr std::uint32_t kLooksMax = 100;
Error too_busy(std::string_view work);  // unavailable

// Of one moment, names that come and go included. Errors also: cancelled; unavailable where others
// make names without end.
Result<std::vector<KeptHistory>> kept_histories(StoreCore& core,
                                                const ProgressCallback& progress = {});

// Each version that it keeps, newest first; of a pin, only the one pinned. `thin`: without content.
// Stops when `each` fails.
Result<void> walk_kept(
    StoreCore& core, const KeptHistory& kept,
    const std::function<Result<void>(const Id&, const Version&, bool thin)>& each);

// The same, read from elsewhere.
Result<void> walk_kept(
    const KeptHistory& kept, const VersionSource& versions, Boundary boundary,
    const std::function<Result<void>(const Id&, const Version&, bool thin)>& each);

// What is known of documents without reading a chunk.
Result<std::vector<std::optional<RefValue>>> refs_of(StoreCore& core,
                                                     std::span<const std::string_view> names);

// The answer of a read, which begins again where it failed and the documents or the epoch have
// moved since; damage stays damage.
template <class Read>
auto read_again_if_swept(StoreCore& core, std::span<const std::string_view> names, const Read& read)
    -> decltype(read()) {
  auto answer = read();
  std::optional<std::vector<std::optional<RefValue>>> before;
  for (std::uint32_t looks = 0; looks < kLooksMax; ++looks) {
    if (answer.ok() || !may_be_swept(answer.error())) return answer;
    auto now = refs_of(core, names);
    if (!now.ok() || before == *now) return answer;
    before = *std::move(now);
    answer = read();
  }
  return answer;
}

template <class Read>
auto read_again_if_swept(StoreCore& core, std::string_view name, const Read& read)
    -> decltype(read()) {
  return read_again_if_swept(core, std::span(&name, 1), read);
}

}  // namespace stet
