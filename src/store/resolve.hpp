// From a SPEC to the version that it means.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "stet/store/spec.hpp"
#include "store/core.hpp"

namespace stet {

struct Resolved {
  std::string name;
  Id id;
  Version version;
  Head head;                    // of the history that it is in; only itself where a pin found it
  bool thin = false;            // its content was pruned
  std::optional<Ref> found_by;  // the tombstone or pin that keeps it; nothing: the document itself
};

// Errors: not_found; invalid where an id's prefix is ambiguous, listing what it could be.
Result<Resolved> resolve(StoreCore& core, const Spec& spec, const Head& head);
Result<Resolved> resolve(StoreCore& core, std::string_view text);
// The same, with content. Errors also: not_found, where it was pruned.
Result<Resolved> resolve_content(StoreCore& core, std::string_view text);

// The version of a head, or of another that must be there. Errors: corrupt where it isn't.
Result<Version> kept_version(StoreCore& core, const Id& id);

}  // namespace stet
