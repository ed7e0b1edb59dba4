// A version with its id, and the steps from one to older ones that all walks share.
#pragma once

#include <cstdint>
#include <optional>

#include "stet/history.hpp"

namespace stet::history {

struct Node {
  Id id;
  Version version;

  std::uint64_t generation() const noexcept { return version.generation; }
  bool merged() const noexcept { return version.parents.size() > 1; }
};

// Higher generations first, then later times: no version comes before one that descends from it.
struct NewerFirst {
  bool operator()(const Node& left, const Node& right) const;
};

Result<Node> node_at(const History& history, const Id& id);
// The ancestor `to` of `from`. Errors: corrupt, where its generation is not lower, which bounds
// every walk, also over records that lie.
Result<Node> older(const History& history, const Node& from, const Id& to);
// The version that the skip points at; nothing where there is none, or where it was pruned.
Result<std::optional<Node>> skipped(const History& history, const Node& from);

}  // namespace stet::history
