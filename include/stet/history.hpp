// The history room's door: versions and how they descend from each other. A pure graph over chunks.
//
// A version's skip pointer makes ~N, as-of and ancestry O(log history). It is an ancestor chosen by
// Myers' rule for the jump pointers of an applicative random-access stack (E. Myers, "An
// applicative random-access stack", 1983), and never passes a version with several parents, so that
// jumping over it loses no ancestor and the difference of generations is the number of steps.
//
// Thread rule: functions share no state; a History belongs to one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "stet/tree.hpp"

namespace stet {

using Nonce = std::array<std::uint8_t, 8>;

// A kept original beside the tree, exact to the byte.
struct Source {
  tree::Root root;     // of a bytes value
  std::string format;  // codec name
  bool operator==(const Source&) const = default;
};

// A record, stored as one plain DAG-CBOR chunk whose id is the version's id. docs/format.md,
// "Versions and refs".
struct Version {
  tree::Root root;
  std::vector<Id> parents;       // none for the first; the first parent is the main line
  std::uint64_t generation = 0;  // longest way from a first version
  std::optional<Id> skip;        // an ancestor; absent without exactly one parent
  std::int64_t time_ms = 0;      // Unix epoch, UTC
  std::string author;
  std::string message;
  Nonce nonce{};            // drawn once a logical save and kept over its retries
  std::uint64_t bytes = 0;  // of the value as plain DAG-CBOR
  std::optional<Source> source;
  std::optional<std::string> schema;
  std::map<std::string, std::string> labels;
  bool operator==(const Version&) const = default;
};

inline constexpr std::size_t kVersionBytesMax = 256u << 10;  // of a record
inline constexpr std::size_t kMessageBytesMax = 64u << 10;
inline constexpr std::size_t kAuthorBytesMax = 1u << 10;

Bytes encode_version(const Version& version);
// Accepts exactly what encode_version gives. Errors: corrupt; newer_format for a field unknown
// here.
Result<Version> decode_version(BytesView bytes);

// Where a pruned history ends, as a shallow clone's does; versions and their ids never change.
struct Boundary {
  std::uint64_t generation = 0;  // of the oldest version that is kept: older ones are gone
  std::vector<Id> shallow{};     // kept versions with a parent that is gone; ascending
  std::vector<Id> thin{};  // versions whose record is kept and whose content is gone; ascending

  bool is_shallow(const Id& id) const;
  bool is_thin(const Id& id) const;
  bool operator==(const Boundary&) const = default;
};
Bytes encode_boundary(const Boundary& boundary);
Result<Boundary> decode_boundary(BytesView bytes);  // errors: corrupt, newer_format

// Gives the version of an id. Errors: not_found where there is none.
using VersionSource = std::function<Result<Version>(const Id&)>;

// The versions that lead to a head, as far back as they are kept. Errors of every function: as the
// source's.
class History {
 public:
  explicit History(VersionSource source, Boundary boundary = {})
      : source_(std::move(source)), boundary_(std::move(boundary)) {}

  // The version, without the parents and the skip that lie behind the boundary.
  Result<Version> at(const Id& id) const;
  // Whether the content of a version is gone; whether a parent is.
  bool is_thin(const Id& id) const { return boundary_.is_thin(id); }
  bool is_shallow(const Id& id) const { return boundary_.is_shallow(id); }

  // What the skip of a version on the single parent `id` has to be. At most two reads.
  Result<Id> skip_after(const Id& id, const Version& version) const;

  // Also true of a version and itself. O(log n) where nothing was merged.
  Result<bool> is_ancestor(const Id& ancestor, const Id& of) const;
  // `steps` first parents back; nothing behind the end of the history.
  Result<std::optional<Id>> back(const Id& from, std::uint64_t steps) const;
  // How many versions lead to it and have their content, itself included. O(log n) where nothing
  // was merged. Precondition: it is the head of the history.
  Result<std::uint64_t> count(const Id& head) const;
  // The newest version along the first parents that was made at that time or before; nothing where
  // all are later. Where clocks went back: one that is followed by a later one.
  Result<std::optional<Id>> as_of(const Id& from, std::int64_t time_ms) const;
  // The common ancestors of which none is an ancestor of another, newest first; empty for histories
  // that share nothing.
  Result<std::vector<Id>> merge_bases(const Id& left, const Id& right) const;
  // Every version once, higher generations first; stops when `each` returns false.
  Result<void> walk(const Id& from,
                    const std::function<bool(const Id&, const Version&)>& each) const;

 private:
  VersionSource source_;
  Boundary boundary_;
};

}  // namespace stet
