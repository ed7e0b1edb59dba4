// The names of refs, and the ids that they hold. docs/format.md, "Versions and refs".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "stet/seam.hpp"

namespace stet {

// The two refs by which a document's history is known. Where both are as they were, everything that
// the document keeps is still there.
struct Head {
  std::optional<Id> id;              // nothing: there is no document
  std::optional<RefValue> boundary;  // of a pruned history: the id of its record
  bool operator==(const Head&) const = default;
};

}  // namespace stet

namespace stet::refs {

inline constexpr std::string_view kDocuments = "doc/";            // NAME: its head
inline constexpr std::string_view kPins = "pin/";                 // LABEL: a version, then the NAME
inline constexpr std::string_view kBoundaries = "sys/boundary/";  // NAME: where its history ends
inline constexpr std::string_view kHolds = "sys/hold/";           // NAME: the reason
inline constexpr std::string_view kTombstones =
    "sys/removed/";  // NAME#ID: the head when removed, its boundary
inline constexpr std::string_view kEndings = "sys/ending/";  // EPOCH/NAME#ID: a tombstone's value

std::string document(std::string_view name);
std::string boundary(std::string_view name);
std::string hold(std::string_view name);
std::string pin(std::string_view label);
std::string tombstone(std::string_view name, const Id& head);
std::string tombstones_of(std::string_view name);  // a prefix
// Of a compaction that began with this epoch.
std::string ending(Epoch epoch, std::string_view tombstone);

RefValue value_of(const Id& id);
// Errors: corrupt, naming the ref.
Result<Id> id_in(std::string_view ref, const RefValue& value);

// A pin's value: the version's id, then the document's name.
struct Pin {
  Id version;
  std::string document;
};
RefValue value_of(const Pin& pin);
Result<Pin> pin_in(std::string_view ref, const RefValue& value);

// A tombstone's value: the head's id, then the boundary's where there was one.
RefValue tombstone_value(const Head& head);
Result<Head> head_in(std::string_view ref, const RefValue& tombstone);

}  // namespace stet::refs
