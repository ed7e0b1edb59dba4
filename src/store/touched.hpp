// What damaged chunks touch: from each upwards to the versions that reach it, and down again to the
// parts of those that it hides.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "store/chunk_walk.hpp"
#include "store/core.hpp"

namespace stet {

struct VersionContent {
  std::string spec;  // NAME@ID
  Id id;
  tree::Root root;
  std::optional<tree::Root> source;
};

class Touched {
 public:
  explicit Touched(tree::ChunkSource& chunks) : chunks_(chunks) {}

  // Learns which chunks the version reaches, as far as that can be read.
  Result<void> add(const VersionContent& version);
  // Adds to the entry those of one document's versions (the newest first) that its chunk touches.
  Result<void> name(std::span<const VersionContent> versions, VerifyReport::Entry& entry) const;

 private:
  std::unordered_set<Id> upwards(const Id& from) const;
  Result<void> find_parts(const VersionContent& version, const tree::Root& root, bool of_source,
                          const std::unordered_set<Id>& touched, VerifyReport::Entry& entry) const;

  tree::ChunkSource& chunks_;
  std::unordered_multimap<Id, Id> parents_;
  ChunkWalk walk_{chunks_, [this](const ReachedChunk& chunk) { return learn(chunk); },
                  [](const Id&, const Error&) { return Result<void>(); }};

  Result<void> learn(const ReachedChunk& chunk) {
    for (const tree::Root& child : chunk.children) parents_.emplace(child.id, chunk.id);
    return {};
  }
};

}  // namespace stet
