#include "value/increasing.hpp"

#include <algorithm>

namespace stet::detail {

std::vector<Match> longest_increasing(const std::vector<Match>& matches) {
  constexpr std::size_t kNone = ~std::size_t{0};
  std::vector<std::size_t> tops;  // of the piles: indices into matches
  std::vector<std::size_t> earlier(matches.size(), kNone);
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const auto pile = std::lower_bound(
        tops.begin(), tops.end(), matches[i].before,
        [&](std::size_t top, std::size_t before) { return matches[top].before < before; });
    if (pile != tops.begin()) earlier[i] = *(pile - 1);
    if (pile == tops.end()) {
      tops.push_back(i);
    } else {
      *pile = i;
    }
  }
  std::vector<Match> longest;
  for (std::size_t at = tops.empty() ? kNone : tops.back(); at != kNone; at = earlier[at]) {
    longest.push_back(matches[at]);
  }
  std::reverse(longest.begin(), longest.end());
  return longest;
}

}  // namespace stet::detail
