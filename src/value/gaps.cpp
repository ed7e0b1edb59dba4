#include "value/gaps.hpp"

#include <algorithm>
#include <span>
#include <unordered_map>

#include "value/increasing.hpp"

namespace stet::detail {
namespace {

// A subtree and the index of its first item.
struct Part {
  const Node* node;
  std::size_t begin;
  std::size_t end;
};
using Parts = std::span<const Part>;

std::size_t begin_of(Parts parts, std::size_t otherwise) noexcept {
  return parts.empty() ? otherwise : parts.front().begin;
}

std::vector<Part> parts_below(Parts parts) {
  std::vector<Part> below;
  below.reserve(parts.size() * kInnerMax);
  for (const Part& part : parts) {
    std::size_t begin = part.begin;
    for (std::size_t i = 0; i < part.node->count; ++i) {
      const Cell& cell = part.node->cells()[i];
      below.push_back({node_of(cell), begin, begin + cell.size()});
      begin += cell.size();
    }
  }
  return below;
}

// Pairs (index in before, index in after) of equal nodes, increasing in both.
std::vector<Match> match_nodes(Parts before, Parts after) {
  std::unordered_map<const Node*, std::size_t> places;
  places.reserve(before.size());
  // From the end, so that the first of equal nodes stays.
  for (std::size_t i = before.size(); i-- > 0;) places[before[i].node] = i;
  std::vector<Match> matches;
  for (std::size_t j = 0; j < after.size(); ++j) {
    const auto found = places.find(after[j].node);
    if (found != places.end()) matches.push_back({found->second, j});
  }
  return longest_increasing(matches);
}

class GapFinder {
 public:
  explicit GapFinder(GapCosts* costs) noexcept : costs_(costs) {}

  // All parts of a side are of one height and adjoin; an empty side lies at its `_at`.
  void compare(Parts before, std::size_t before_at, Parts after, std::size_t after_at) {
    if (costs_ != nullptr) costs_->nodes += before.size() + after.size();
    if (before.empty() || after.empty()) {
      add(before, before_at, after, after_at);
      return;
    }
    const unsigned before_height = before.front().node->height;
    const unsigned after_height = after.front().node->height;
    if (before_height > after_height) {
      compare(parts_below(before), before_at, after, after_at);
    } else if (after_height > before_height) {
      compare(before, before_at, parts_below(after), after_at);
    } else {
      compare_level(before, before_at, after, after_at);
    }
  }

  std::vector<Gap> take() { return std::move(gaps_); }

 private:
  void compare_level(Parts before, std::size_t before_at, Parts after, std::size_t after_at) {
    while (!before.empty() && !after.empty() && before.front().node == after.front().node) {
      before_at = before.front().end;
      after_at = after.front().end;
      before = before.subspan(1);
      after = after.subspan(1);
    }
    std::size_t tail = 0;
    while (tail < before.size() && tail < after.size() &&
           before[before.size() - 1 - tail].node == after[after.size() - 1 - tail].node) {
      ++tail;
    }
    before = before.first(before.size() - tail);
    after = after.first(after.size() - tail);
    std::size_t i = 0, j = 0;
    for (const Match& match : match_nodes(before, after)) {
      between(before.subspan(i, match.before - i), before_at, after.subspan(j, match.after - j),
              after_at);
      before_at = before[match.before].end;
      after_at = after[match.after].end;
      i = match.before + 1;
      j = match.after + 1;
    }
    between(before.subspan(i), before_at, after.subspan(j), after_at);
  }

  void between(Parts before, std::size_t before_at, Parts after, std::size_t after_at) {
    if (before.empty() || after.empty() || before.front().node->height == 0) {
      add(before, before_at, after, after_at);
    } else {
      compare(parts_below(before), before_at, parts_below(after), after_at);
    }
  }

  void add(Parts before, std::size_t before_at, Parts after, std::size_t after_at) {
    if (before.empty() && after.empty()) return;
    gaps_.push_back({begin_of(before, before_at), before.empty() ? before_at : before.back().end,
                     begin_of(after, after_at), after.empty() ? after_at : after.back().end});
  }

  std::vector<Gap> gaps_;
  GapCosts* costs_;
};

}  // namespace

std::vector<Gap> unshared_gaps(ValueRef before, ValueRef after, GapCosts* costs) {
  const auto is_leaf = [](ValueRef list) {
    return list.size() != 0 && node_of(list.cell())->height == 0;
  };
  if (is_leaf(before) && is_leaf(after)) {
    if (costs != nullptr) costs->nodes += 2;
    if (before.same_node(after)) return {};
    return {{0, before.size(), 0, after.size()}};
  }
  const Part before_root{node_of(before.cell()), 0, before.size()};
  const Part after_root{node_of(after.cell()), 0, after.size()};
  GapFinder finder(costs);
  finder.compare(Parts(&before_root, before.size() == 0 ? 0 : 1), 0,
                 Parts(&after_root, after.size() == 0 ? 0 : 1), 0);
  return finder.take();
}

}  // namespace stet::detail
