// Ways through the graph of versions.
#include <fmt/format.h>

#include <set>

#include "history/node.hpp"

namespace stet {

using history::Node;
using history::node_at;
using history::older;
using history::skipped;

namespace {

// Holds each version once: a version enters only from its children, which all come out before it.
using Frontier = std::set<Node, history::NewerFirst>;

// One step towards older versions: over the skip where `may_skip` allows it, else to the first
// parent; nothing at the end.
template <class MaySkip>
Result<std::optional<Node>> step(const History& history, const Node& from, MaySkip may_skip) {
  STET_TRY(std::optional<Node> target, skipped(history, from));
  if (target && may_skip(*target)) return target;
  if (from.version.parents.empty()) return std::optional<Node>();
  const Id& parent = from.version.parents.front();
  if (target && target->id == parent) return target;
  STET_TRY(Node node, older(history, from, parent));
  return std::optional<Node>(std::move(node));
}

}  // namespace

Result<Version> History::at(const Id& id) const {
  STET_TRY(Version version, source_(id));
  if (version.generation < boundary_.generation) {
    return Error(ErrorCode::not_found, fmt::format("version {} was pruned", id.short_form()))
        .at_version(id.short_form());
  }
  if (!boundary_.is_shallow(id)) return version;
  version.skip.reset();
  std::vector<Id> kept;
  for (const Id& parent : version.parents) {
    auto record = source_(parent);
    if (record.ok() && record->generation >= boundary_.generation) kept.push_back(parent);
    if (!record.ok() && record.error().code() != ErrorCode::not_found) return record.error();
  }
  version.parents = std::move(kept);
  return version;
}

Result<Id> History::skip_after(const Id& id, const Version& version) const {
  const Node parent{id, version};
  STET_TRY(const std::optional<Node> first, skipped(*this, parent));
  if (!first) return id;
  STET_TRY(const std::optional<Node> second, skipped(*this, *first));
  if (!second) return id;
  const std::uint64_t near = version.generation - first->version.generation;
  const std::uint64_t far = first->version.generation - second->version.generation;
  return near == far ? second->id : id;
}

Result<bool> History::is_ancestor(const Id& ancestor, const Id& of) const {
  if (ancestor == of) return true;
  auto target = at(ancestor);
  if (!target.ok()) {
    if (target.error().code() == ErrorCode::not_found) return false;
    return target.error();
  }
  const std::uint64_t generation = target->generation;
  Frontier frontier;
  STET_TRY(Node start, node_at(*this, of));
  frontier.insert(std::move(start));
  while (!frontier.empty()) {
    const Node node = std::move(frontier.extract(frontier.begin()).value());
    if (node.id == ancestor) return true;
    if (node.generation() <= generation) continue;
    if (node.merged()) {
      for (const Id& parent : node.version.parents) {
        STET_TRY(Node next, older(*this, node, parent));
        frontier.insert(std::move(next));
      }
      continue;
    }
    STET_TRY(std::optional<Node> next,
             step(*this, node, [&](const Node& skip) { return skip.generation() >= generation; }));
    if (next) frontier.insert(*std::move(next));
  }
  return false;
}

Result<std::optional<Id>> History::back(const Id& from, std::uint64_t steps) const {
  STET_TRY(Node node, node_at(*this, from));
  while (steps > 0) {
    const std::uint64_t generation = node.generation();
    STET_TRY(std::optional<Node> next, step(*this, node, [&](const Node& skip) {
               return generation - skip.generation() <= steps;
             }));
    if (!next) return std::optional<Id>();
    const bool over_skip = next->id != node.version.parents.front();
    steps -= over_skip ? generation - next->generation() : 1;
    node = *std::move(next);
  }
  return std::optional<Id>(node.id);
}

// No skip passes a merge, so the difference of generations is the number of steps.
Result<std::uint64_t> History::count(const Id& head) const {
  STET_TRY(const Node newest, node_at(*this, head));
  std::optional<Node> oldest = newest;
  while (!oldest->merged()) {
    STET_TRY(std::optional<Node> next, step(*this, *oldest, [](const Node&) { return true; }));
    if (!next) return newest.generation() - oldest->generation() + 1 - boundary_.thin.size();
    oldest = std::move(next);
  }
  std::uint64_t count = 0;
  STET_CHECK(walk(head, [&](const Id& id, const Version&) {
    count += is_thin(id) ? 0 : 1;
    return true;
  }));
  return count;
}

Result<std::optional<Id>> History::as_of(const Id& from, std::int64_t time_ms) const {
  STET_TRY(Node node, node_at(*this, from));
  while (node.version.time_ms > time_ms) {
    STET_TRY(std::optional<Node> next,
             step(*this, node, [&](const Node& skip) { return skip.version.time_ms > time_ms; }));
    if (!next) return std::optional<Id>();
    node = *std::move(next);
  }
  return std::optional<Id>(node.id);
}

Result<void> History::walk(const Id& from,
                           const std::function<bool(const Id&, const Version&)>& each) const {
  Frontier frontier;
  STET_TRY(Node start, node_at(*this, from));
  frontier.insert(std::move(start));
  while (!frontier.empty()) {
    const Node node = std::move(frontier.extract(frontier.begin()).value());
    if (!each(node.id, node.version)) return {};
    for (const Id& parent : node.version.parents) {
      STET_TRY(Node next, older(*this, node, parent));
      frontier.insert(std::move(next));
    }
  }
  return {};
}

}  // namespace stet
