// What two sequences have in common, by the marks of their elements: equal marks, equal elements.
#pragma once

#include <cstdint>
#include <vector>

namespace stet::tree {

// Elements [a_begin, a_end) became [b_begin, b_end); everything else is equal, in order.
struct Hunk {
  std::size_t a_begin, a_end;
  std::size_t b_begin, b_end;
};

// Takes off what is common at both ends, then matches marks that occur once on each side, in the
// longest order that both have (Bram Cohen's patience diff), and goes on between the matches.
// O(n log n).
std::vector<Hunk> align(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b);

}  // namespace stet::tree
