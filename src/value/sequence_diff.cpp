#include "value/sequence_diff.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "value/increasing.hpp"

namespace stet::detail {
namespace {

// The most edits that Myers' search looks for; its memory is the square of it.
constexpr std::ptrdiff_t kEditsMax = 512;
// The most steps along diagonals in one search.
constexpr std::size_t kStepsMax = 20'000'000;

// Furthest points that paths with so many edits reach, for each diagonal x − y.
class Frontier {
 public:
  explicit Frontier(std::ptrdiff_t edits) : edits_(edits), reach_(2 * edits + 3, -1) {}
  std::ptrdiff_t& operator[](std::ptrdiff_t diagonal) { return reach_[diagonal + edits_ + 1]; }

 private:
  std::ptrdiff_t edits_;
  std::vector<std::ptrdiff_t> reach_;
};

class Myers {
 public:
  Myers(Classes before, Classes after) : before_(before), after_(after) {}

  // The equal items of a shortest edit script, or nothing where it has too many edits.
  std::optional<std::vector<Match>> run() {
    const auto n = static_cast<std::ptrdiff_t>(before_.size());
    const auto m = static_cast<std::ptrdiff_t>(after_.size());
    const std::ptrdiff_t most = std::min(n + m, kEditsMax);
    Frontier reach(most);
    reach[1] = 0;
    for (std::ptrdiff_t edits = 0; edits <= most && steps_ < kStepsMax; ++edits) {
      for (std::ptrdiff_t k = -edits; k <= edits; k += 2) {
        const bool down = k == -edits || (k != edits && reach[k - 1] < reach[k + 1]);
        std::ptrdiff_t x = down ? reach[k + 1] : reach[k - 1] + 1;
        if (x > n || x - k > m) {
          reach[k] = x;  // outside; never extended
          continue;
        }
        while (x < n && x - k < m && before_[x] == after_[x - k]) {
          ++x;
          ++steps_;
        }
        reach[k] = x;
        if (x == n && x - k == m) return trace_back(edits, k);
      }
      remember(reach, edits);
      steps_ += static_cast<std::size_t>(edits) + 1;
    }
    return std::nullopt;
  }

 private:
  void remember(Frontier& reach, std::ptrdiff_t edits) {
    std::vector<std::ptrdiff_t> row;
    for (std::ptrdiff_t k = -edits; k <= edits; k += 2) row.push_back(reach[k]);
    rows_.push_back(std::move(row));
  }
  std::ptrdiff_t reached(std::ptrdiff_t edits, std::ptrdiff_t k) const {
    return k < -edits || k > edits ? -1 : rows_[edits][(k + edits) / 2];
  }

  std::vector<Match> trace_back(std::ptrdiff_t edits, std::ptrdiff_t k) const {
    std::vector<Match> matches;
    auto x = static_cast<std::ptrdiff_t>(before_.size());
    for (; edits >= 0; --edits) {
      std::ptrdiff_t start = 0;
      std::ptrdiff_t previous = k;
      if (edits > 0) {
        const std::ptrdiff_t below = reached(edits - 1, k - 1), above = reached(edits - 1, k + 1);
        const bool down = k == -edits || (k != edits && below < above);
        previous = down ? k + 1 : k - 1;
        start = down ? above : below + 1;
      }
      while (x > start) {
        --x;
        matches.push_back({static_cast<std::size_t>(x), static_cast<std::size_t>(x - k)});
      }
      if (edits > 0) x = reached(edits - 1, previous);
      k = previous;
    }
    std::reverse(matches.begin(), matches.end());
    return matches;
  }

  Classes before_, after_;
  std::vector<std::vector<std::ptrdiff_t>> rows_;
  std::size_t steps_ = 0;
};

// Items that are in each sequence once, in one order.
std::vector<Match> match_unique(Classes before, Classes after) {
  struct Seen {
    std::size_t in_before = 0, in_after = 0, place = 0;
  };
  std::unordered_map<std::uint32_t, Seen> seen;
  for (std::size_t i = 0; i < before.size(); ++i) {
    Seen& entry = seen[before[i]];
    ++entry.in_before;
    entry.place = i;
  }
  for (const std::uint32_t item : after) ++seen[item].in_after;
  std::vector<Match> matches;
  for (std::size_t j = 0; j < after.size(); ++j) {
    const Seen& entry = seen[after[j]];
    if (entry.in_before == 1 && entry.in_after == 1) matches.push_back({entry.place, j});
  }
  return longest_increasing(matches);
}

class SequenceDiff {
 public:
  explicit SequenceDiff(std::vector<ListChange>& changes) : changes_(changes) {}

  void run(Classes before, std::size_t before_at, Classes after, std::size_t after_at,
           bool by_unique) {
    std::size_t head = 0;
    while (head < before.size() && head < after.size() && before[head] == after[head]) ++head;
    before = before.subspan(head);
    after = after.subspan(head);
    before_at += head;
    after_at += head;
    while (!before.empty() && !after.empty() && before.back() == after.back()) {
      before = before.first(before.size() - 1);
      after = after.first(after.size() - 1);
    }
    if (before.empty() || after.empty()) {
      add(before_at, before.size(), after_at, after.size());
      return;
    }
    if (const auto matches = Myers(before, after).run()) {
      walk(*matches, before, before_at, after, after_at, false);
    } else if (by_unique) {
      walk(match_unique(before, after), before, before_at, after, after_at, true);
    } else {
      add(before_at, before.size(), after_at, after.size());
    }
  }

 private:
  void walk(const std::vector<Match>& matches, Classes before, std::size_t before_at, Classes after,
            std::size_t after_at, bool look_between) {
    std::size_t i = 0, j = 0;
    const auto between = [&](std::size_t to_i, std::size_t to_j) {
      if (look_between) {
        run(before.subspan(i, to_i - i), before_at + i, after.subspan(j, to_j - j), after_at + j,
            false);
      } else {
        add(before_at + i, to_i - i, after_at + j, to_j - j);
      }
    };
    for (const Match& match : matches) {
      between(match.before, match.after);
      i = match.before + 1;
      j = match.after + 1;
    }
    between(before.size(), after.size());
  }

  void add(std::size_t before_at, std::size_t removed, std::size_t after_at, std::size_t added) {
    if (removed == 0 && added == 0) return;
    changes_.push_back({before_at, before_at + removed, after_at, after_at + added});
  }

  std::vector<ListChange>& changes_;
};

}  // namespace

void sequence_diff(Classes before, std::size_t before_offset, Classes after,
                   std::size_t after_offset, std::vector<ListChange>& changes) {
  SequenceDiff(changes).run(before, before_offset, after, after_offset, true);
}

}  // namespace stet::detail
