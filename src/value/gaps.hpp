// Gaps: the parts of two trees that lie between the nodes which they share.
#pragma once

#include <vector>

#include "stet/value/ranges.hpp"

namespace stet::detail {

// Items or members [before_begin, before_end) of one tree and [after_begin, after_end) of the
// other; at least one of them isn't empty.
struct Gap {
  std::size_t before_begin, before_end;
  std::size_t after_begin, after_end;
};

struct GapCosts {
  std::size_t nodes = 0;  // looked at
};

// Everything outside of the gaps is in nodes that the two share, in the same order. Ascending.
// Two lists or two maps. Goes down both trees at once, a level at a time, and matches the nodes of
// a level by address, so shifts don't matter: O(k log n) where one came from the other by k edits.
std::vector<Gap> unshared_gaps(ValueRef before, ValueRef after, GapCosts* costs = nullptr);

}  // namespace stet::detail
