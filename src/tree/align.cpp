#include "tree/align.hpp"

#include <algorithm>
#include <unordered_map>

namespace stet::tree {

namespace {

using Marks = std::vector<std::uint64_t>;

struct Match {
  std::size_t a, b;
};

// Takes off the common ends.
Hunk trim(const Marks& a, const Marks& b, Hunk hunk) {
  while (hunk.a_begin < hunk.a_end && hunk.b_begin < hunk.b_end &&
         a[hunk.a_begin] == b[hunk.b_begin]) {
    ++hunk.a_begin;
    ++hunk.b_begin;
  }
  while (hunk.a_begin < hunk.a_end && hunk.b_begin < hunk.b_end &&
         a[hunk.a_end - 1] == b[hunk.b_end - 1]) {
    --hunk.a_end;
    --hunk.b_end;
  }
  return hunk;
}

// Marks that occur once on each side, by their place in `a`.
std::vector<Match> unique_matches(const Marks& a, const Marks& b, const Hunk& hunk) {
  struct Seen {
    std::size_t in_a = 0, in_b = 0;
    std::size_t b = 0;
  };
  std::unordered_map<std::uint64_t, Seen> seen;
  for (std::size_t i = hunk.a_begin; i < hunk.a_end; ++i) ++seen[a[i]].in_a;
  for (std::size_t i = hunk.b_begin; i < hunk.b_end; ++i) {
    auto& mark = seen[b[i]];
    ++mark.in_b;
    mark.b = i;
  }
  std::vector<Match> matches;
  for (std::size_t i = hunk.a_begin; i < hunk.a_end; ++i) {
    const auto& mark = seen[a[i]];
    if (mark.in_a == 1 && mark.in_b == 1) matches.push_back({i, mark.b});
  }
  return matches;
}

// The longest run of matches that ascends in `b` too (by piles).
std::vector<Match> longest_ascending(const std::vector<Match>& matches) {
  constexpr std::size_t kNone = ~std::size_t{0};
  std::vector<std::size_t> piles;  // index of each pile's top match
  std::vector<std::size_t> before(matches.size(), kNone);
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const auto pile = std::ranges::lower_bound(piles, matches[i].b, {},
                                               [&](std::size_t top) { return matches[top].b; });
    if (pile != piles.begin()) before[i] = *(pile - 1);
    if (pile == piles.end()) {
      piles.push_back(i);
    } else {
      *pile = i;
    }
  }
  std::vector<Match> run;
  for (std::size_t i = piles.empty() ? kNone : piles.back(); i != kNone; i = before[i]) {
    run.push_back(matches[i]);
  }
  std::ranges::reverse(run);
  return run;
}

}  // namespace

std::vector<Hunk> align(const Marks& a, const Marks& b) {
  std::vector<Hunk> hunks;
  const Hunk whole = trim(a, b, {0, a.size(), 0, b.size()});
  auto matches = longest_ascending(unique_matches(a, b, whole));
  matches.push_back({whole.a_end, whole.b_end});
  std::size_t a_at = whole.a_begin, b_at = whole.b_begin;
  for (const auto& match : matches) {
    const Hunk hunk = trim(a, b, {a_at, match.a, b_at, match.b});
    if (hunk.a_begin < hunk.a_end || hunk.b_begin < hunk.b_end) hunks.push_back(hunk);
    a_at = match.a + 1;
    b_at = match.b + 1;
  }
  return hunks;
}

}  // namespace stet::tree
