// The history room's door: versions and how they descend from each other. A pure graph over chunks.
//
// Source: spec "Core", Versions. The skip pointer follows Myers' skew-binary idea: an ancestor at
// half the generation, so that as-of and ~N cost O(log history).
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

// A record, stored as one plain DAG-CBOR chunk whose id is the version's id.
struct Version {
  tree::Root root;
  std::vector<Id> parents;       // none for the first
  std::uint64_t generation = 0;  // longest way from a first version
  std::optional<Id> skip;        // an ancestor at half the generation
  std::int64_t time_ms = 0;      // Unix epoch, UTC
  std::string author;
  std::string message;
  Nonce nonce{};            // drawn once a logical save and kept over its retries
  std::uint64_t bytes = 0;  // of the value as plain DAG-CBOR
  std::optional<Source> source;
  std::optional<std::string> schema;
  std::map<std::string, std::string> labels;
};

Bytes encode_version(const Version& version);
Result<Version> decode_version(BytesView bytes);  // errors: corrupt, newer_format

}  // namespace stet
