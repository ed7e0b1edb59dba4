// Merge bases. Two lines without merges are brought together over their skips; from the first merge
// on, versions are coloured by the sides that reach them, higher generations first.
#include <map>

#include "history/node.hpp"

namespace stet {

using history::Node;
using history::node_at;
using history::older;
using history::skipped;

namespace {

Result<void> to_parent(const History& history, Node& node) {
  STET_TRY(Node parent, older(history, node, node.version.parents.front()));
  node = std::move(parent);
  return {};
}

// `high` is of a higher generation than `low`: everything passed is no ancestor of `low`.
Result<void> lower(const History& history, Node& high, const Node& low) {
  STET_TRY(std::optional<Node> skip, skipped(history, high));
  if (!skip || skip->generation() < low.generation()) return to_parent(history, high);
  high = *std::move(skip);
  return {};
}

// Both are of one generation and differ: where their skips differ too, nothing between is common.
Result<void> lower_both(const History& history, Node& left, Node& right) {
  STET_TRY(std::optional<Node> left_skip, skipped(history, left));
  STET_TRY(std::optional<Node> right_skip, skipped(history, right));
  if (left_skip && right_skip && left_skip->id != right_skip->id &&
      left_skip->generation() == right_skip->generation()) {
    left = *std::move(left_skip);
    right = *std::move(right_skip);
    return {};
  }
  STET_CHECK(to_parent(history, left));
  return to_parent(history, right);
}

class Colouring {
 public:
  explicit Colouring(const History& history) : history_(history) {}

  Result<std::vector<Id>> run(Node left, Node right) {
    enter(std::move(left), kLeft);
    enter(std::move(right), kRight);
    std::vector<Id> bases;
    while (open_ > 0) {
      auto first = frontier_.extract(frontier_.begin());
      const Node& node = first.key();
      unsigned colours = first.mapped();
      if (is_open(colours)) --open_;
      if (colours == (kLeft | kRight)) bases.push_back(node.id);
      if ((colours & kLeft) != 0 && (colours & kRight) != 0) colours |= kPassed;
      for (const Id& parent : node.version.parents) {
        STET_TRY(Node next, older(history_, node, parent));
        enter(std::move(next), colours);
      }
    }
    return bases;
  }

 private:
  static constexpr unsigned kLeft = 1, kRight = 2;
  static constexpr unsigned kPassed = 4;  // an ancestor of a base: no base itself
  static bool is_open(unsigned colours) { return (colours & kPassed) == 0; }

  void enter(Node node, unsigned colours) {
    const auto [entry, added] = frontier_.try_emplace(std::move(node), colours);
    if (added) {
      if (is_open(colours)) ++open_;
      return;
    }
    const bool was_open = is_open(entry->second);
    entry->second |= colours;
    if (was_open && !is_open(entry->second)) --open_;
  }

  const History& history_;
  std::map<Node, unsigned, history::NewerFirst> frontier_;
  std::size_t open_ = 0;  // versions of the frontier that may still lead to a base
};

}  // namespace

Result<std::vector<Id>> History::merge_bases(const Id& left_id, const Id& right_id) const {
  STET_TRY(Node left, node_at(*this, left_id));
  STET_TRY(Node right, node_at(*this, right_id));
  while (left.id != right.id) {
    if (left.merged() || right.merged())
      return Colouring(*this).run(std::move(left), std::move(right));
    Node& high = left.generation() >= right.generation() ? left : right;
    if (high.version.parents.empty()) return std::vector<Id>();
    const bool level = left.generation() == right.generation();
    if (level && (left.version.parents.empty() || right.version.parents.empty())) {
      return std::vector<Id>();
    }
    STET_CHECK(level ? lower_both(*this, left, right)
                     : lower(*this, high, &high == &left ? right : left));
  }
  return std::vector<Id>{left.id};
}

}  // namespace stet
