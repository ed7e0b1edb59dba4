// What the refs of a store keep from being swept, as one snapshot.
#pragma once

#include <functional>
#include <optional>
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
};

// Of one moment, names that come and go included. Errors also: cancelled; unavailable where others
// make names without end.
Result<std::vector<KeptHistory>> kept_histories(StoreCore& core,
                                                const ProgressCallback& progress = {});

// Each version that it keeps, newest first; of a pin, only the one pinned. `thin`: without content.
// Stops when `each` fails.
Result<void> walk_kept(
    StoreCore& core, const KeptHistory& kept,
    const std::function<Result<void>(const Id&, const Version&, bool thin)>& each);

}  // namespace stet
