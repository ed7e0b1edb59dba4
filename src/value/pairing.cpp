#include "value/pairing.hpp"

#include <algorithm>

#include "value/gaps.hpp"

namespace stet::detail {
namespace {

// How alike two values are, from 0 (not at all) to kEqual.
constexpr unsigned kEqual = 1024;
// Compared item by item up to this; beyond it, by the share of shared nodes.
constexpr std::size_t kMembersMax = 64;
// Pairs compared in one run.
constexpr std::size_t kPairsMax = 4096;

unsigned share(std::size_t common, std::size_t size) noexcept {
  return size == 0 ? kEqual : static_cast<unsigned>(common * kEqual / size);
}

unsigned shared_share(ValueRef before, ValueRef after) {
  std::size_t unshared = 0;
  for (const Gap& gap : unshared_gaps(before, after)) {
    unshared += std::max(gap.before_end - gap.before_begin, gap.after_end - gap.after_begin);
  }
  const std::size_t size = std::max(before.size(), after.size());
  return share(size - std::min(unshared, size), size);
}

// Containers count half where they differ: something inside may have changed.
unsigned likeness_of_parts(ValueRef before, ValueRef after) {
  if (before == after) return 2;
  return (before.is_list() || before.is_map()) && before.kind() == after.kind() ? 1 : 0;
}

bool is_id(const std::optional<ValueRef>& member) noexcept {
  return member && !member->is_list() && !member->is_map();
}

unsigned likeness_of_maps(ValueRef before, ValueRef after) {
  const auto id_before = before.member("id"), id_after = after.member("id");
  if (is_id(id_before) && is_id(id_after)) return *id_before == *id_after ? kEqual : 0;
  std::size_t halves = 0;
  for (const Member member : before.members()) {
    if (const auto other = after.member(member.key)) {
      halves += likeness_of_parts(member.value, *other);
    }
  }
  return share(halves, 2 * std::max(before.size(), after.size()));
}

unsigned likeness_of_lists(ValueRef before, ValueRef after) {
  std::size_t halves = 0;
  auto other = after.items().begin();
  for (const ValueRef item : before.items()) {
    if (other == std::default_sentinel) break;
    halves += likeness_of_parts(item, *other);
    ++other;
  }
  return share(halves, 2 * std::max(before.size(), after.size()));
}

// Without a look into containers.
bool may_be_alike(ValueRef before, ValueRef after) {
  const bool has_content = before.size() != 0 && after.size() != 0;
  return before.kind() == after.kind() && (has_content || before == after);
}

unsigned likeness(ValueRef before, ValueRef after) {
  if (before.same_node(after)) return kEqual;
  if (before.kind() != after.kind()) return 0;
  if (!before.is_list() && !before.is_map()) return before == after ? kEqual : 0;
  if (std::max(before.size(), after.size()) > kMembersMax) return shared_share(before, after);
  return before.is_map() ? likeness_of_maps(before, after) : likeness_of_lists(before, after);
}

// The pairs, increasing in both, whose likeness sums up to the most.
class Alignment {
 public:
  Alignment(std::span<const ValueRef> before, std::span<const ValueRef> after)
      : width_(after.size() + 1),
        likeness_(before.size() * after.size()),
        best_((before.size() + 1) * width_, 0) {
    for (std::size_t i = before.size(); i-- > 0;) {
      for (std::size_t j = after.size(); j-- > 0;) {
        const unsigned alike = likeness(before[i], after[j]);
        likeness_[i * after.size() + j] = alike;
        best(i, j) = std::max({best(i + 1, j), best(i, j + 1), alike + best(i + 1, j + 1)});
      }
    }
    for (std::size_t i = 0, j = 0; i < before.size() && j < after.size();) {
      const unsigned alike = likeness_[i * after.size() + j];
      if (alike != 0 && best(i, j) == alike + best(i + 1, j + 1)) {
        pairs_.push_back({i++, j++});
      } else if (best(i, j) == best(i + 1, j)) {
        ++i;
      } else {
        ++j;
      }
    }
  }
  std::vector<Match> take() { return std::move(pairs_); }

 private:
  unsigned& best(std::size_t i, std::size_t j) { return best_[i * width_ + j]; }

  std::size_t width_;
  std::vector<unsigned> likeness_;
  std::vector<unsigned> best_;
  std::vector<Match> pairs_;
};

}  // namespace

std::vector<Match> pair_items(std::span<const ValueRef> before, std::span<const ValueRef> after) {
  if (before.size() == 1 && after.size() == 1) return {{0, 0}};
  if (before.size() * after.size() <= kPairsMax) return Alignment(before, after).take();
  std::vector<Match> pairs;
  for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i) pairs.push_back({i, i});
  return pairs;
}

bool are_alike(ValueRef before, ValueRef after) {
  if (before.kind() != after.kind() || before.size() == 0 || after.size() == 0) return false;
  if (before.is_list()) {
    const std::size_t size = std::max(before.size(), after.size());
    if (size == 1 || size > kMembersMax) return true;
    auto other = after.items().begin();
    for (const ValueRef item : before.items()) {
      if (other == std::default_sentinel) return false;
      if (may_be_alike(item, *other++)) return true;
    }
    return false;
  }
  const auto id_before = before.member("id"), id_after = after.member("id");
  if (is_id(id_before) && is_id(id_after) && *id_before != *id_after) return false;
  for (const Member member : before.members()) {
    const auto other = after.member(member.key);
    if (other && may_be_alike(member.value, *other)) return true;
  }
  return false;
}

}  // namespace stet::detail
