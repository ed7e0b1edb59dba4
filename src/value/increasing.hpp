// Matches of two sequences, and the most of them that are in one order.
#pragma once

#include <cstddef>
#include <vector>

namespace stet::detail {

struct Match {
  std::size_t before;
  std::size_t after;
};

// The longest run of matches that increase strictly in both; `matches` increase strictly in
// `after`. Patience sorting, O(n log n).
std::vector<Match> longest_increasing(const std::vector<Match>& matches);

}  // namespace stet::detail
