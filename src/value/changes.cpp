#include "stet/value/changes.hpp"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <utility>

#include "value/gaps.hpp"
#include "value/increasing.hpp"
#include "value/possible_changes.hpp"
#include "value/sequence_diff.hpp"

namespace stet {
namespace {

using detail::Gap;
using detail::kLeafMax;
using detail::Match;

// Whether one container in the place of another is compared with it, or just taken as a change.
enum class Look : std::uint8_t { exact, possible };

bool differ(ValueRef before, ValueRef after, Look look) {
  return look == Look::possible ? detail::may_differ(before, after) : before != after;
}

// Numbers for items, such that equal items have equal numbers.
class Classifier {
 public:
  std::uint32_t class_of(ValueRef item) {
    const Entry entry{item, item.hash()};
    const auto next = static_cast<std::uint32_t>(classes_.size());
    return classes_.try_emplace(entry, next).first->second;
  }

 private:
  struct Entry {
    ValueRef item;
    std::size_t hash;
    bool operator==(const Entry& other) const { return item == other.item; }
  };
  struct HashOf {
    std::size_t operator()(const Entry& entry) const noexcept { return entry.hash; }
  };
  std::unordered_map<Entry, std::uint32_t, HashOf> classes_;
};

std::vector<ValueRef> refs_of(ItemRange items) {
  std::vector<ValueRef> refs;
  refs.reserve(items.size());
  for (const ValueRef item : items) refs.push_back(item);
  return refs;
}

// Items of both sides, with where they begin in their lists.
struct Run {
  std::span<const ValueRef> before, after;
  std::size_t before_at, after_at;

  Run part(std::size_t before_begin, std::size_t before_end, std::size_t after_begin,
           std::size_t after_end) const {
    return {before.subspan(before_begin, before_end - before_begin),
            after.subspan(after_begin, after_end - after_begin), before_at + before_begin,
            after_at + after_begin};
  }
  ListChange whole() const {
    return {before_at, before_at + before.size(), after_at, after_at + after.size()};
  }
};

template <class Same>
Run trimmed(const Run& run, Same same) {
  std::size_t head = 0, before_end = run.before.size(), after_end = run.after.size();
  while (head < before_end && head < after_end && same(run.before[head], run.after[head])) ++head;
  while (before_end > head && after_end > head &&
         same(run.before[before_end - 1], run.after[after_end - 1])) {
    --before_end;
    --after_end;
  }
  return run.part(head, before_end, head, after_end);
}

Run without_equal_ends(const Run& run) {
  return trimmed(run, [](ValueRef a, ValueRef b) { return a == b; });
}
Run without_same_ends(const Run& run) {
  return trimmed(run, [](ValueRef a, ValueRef b) { return a.same_node(b); });
}

// Equal numbers for equal items. A hash reads all of an item, so a few, which may be large, are
// told apart by comparing: that skips the nodes that they share, and ends where they differ.
void add_changes_by_class(const Run& run, std::vector<ListChange>& changes) {
  constexpr std::size_t kComparedMax = 2 * kLeafMax;
  std::vector<std::uint32_t> before, after;
  if (run.before.size() + run.after.size() <= kComparedMax) {
    std::vector<ValueRef> kinds;
    const auto class_of = [&kinds](ValueRef item) {
      const auto found = std::find(kinds.begin(), kinds.end(), item);
      const auto number = static_cast<std::uint32_t>(found - kinds.begin());
      if (found == kinds.end()) kinds.push_back(item);
      return number;
    };
    for (const ValueRef item : run.before) before.push_back(class_of(item));
    for (const ValueRef item : run.after) after.push_back(class_of(item));
  } else {
    Classifier classifier;
    for (const ValueRef item : run.before) before.push_back(classifier.class_of(item));
    for (const ValueRef item : run.after) after.push_back(classifier.class_of(item));
  }
  detail::sequence_diff(before, run.before_at, after, run.after_at, changes);
}

void add_run_changes(const Run& run, Look look, std::vector<ListChange>& changes) {
  if (run.before.size() == 1 && run.after.size() == 1) {
    if (differ(run.before[0], run.after[0], look)) changes.push_back(run.whole());
    return;
  }
  const Run rest = without_equal_ends(run);
  if (rest.before.empty() && rest.after.empty()) return;
  const bool is_pair = rest.before.size() == 1 && rest.after.size() == 1;
  if (is_pair || rest.before.empty() || rest.after.empty()) {
    changes.push_back(rest.whole());
  } else {
    add_changes_by_class(rest, changes);
  }
}

// Containers that both sides hold as one node, increasing in both: what lies between edits, which
// needn't be looked into.
std::vector<Match> shared_items(const Run& run) {
  const auto node_of = [](ValueRef item) -> std::uintptr_t {
    return item.is_list() || item.is_map() ? item.cell().body : 0;
  };
  std::vector<std::pair<std::uintptr_t, std::size_t>> places;
  for (std::size_t i = 0; i < run.before.size(); ++i) {
    if (const auto node = node_of(run.before[i])) places.emplace_back(node, i);
  }
  std::sort(places.begin(), places.end());
  std::vector<Match> matches;
  for (std::size_t j = 0; j < run.after.size() && !places.empty(); ++j) {
    const auto node = node_of(run.after[j]);
    if (node == 0) continue;
    const auto place =
        std::lower_bound(places.begin(), places.end(), std::pair(node, std::size_t{0}));
    if (place != places.end() && place->first == node) matches.push_back({place->second, j});
  }
  return detail::longest_increasing(matches);
}

void add_item_changes(ValueRef before, ValueRef after, Gap gap, Look look,
                      std::vector<ListChange>& changes) {
  const auto old_items = refs_of(before.items().slice(gap.before_begin, gap.before_end));
  const auto new_items = refs_of(after.items().slice(gap.after_begin, gap.after_end));
  const Run run = without_same_ends({old_items, new_items, gap.before_begin, gap.after_begin});
  if (run.before.size() <= 1 || run.after.size() <= 1) {
    add_run_changes(run, look, changes);
    return;
  }
  std::size_t i = 0, j = 0;
  for (const Match& match : shared_items(run)) {
    add_run_changes(run.part(i, match.before, j, match.after), look, changes);
    i = match.before + 1;
    j = match.after + 1;
  }
  add_run_changes(run.part(i, run.before.size(), j, run.after.size()), look, changes);
}

void add_member_changes(MemberRange before, MemberRange after, Look look,
                        std::vector<MemberChange>& changes) {
  auto a = before.begin();
  auto b = after.begin();
  while (a != before.end() || b != after.end()) {
    const int order = a == before.end()  ? 1
                      : b == after.end() ? -1
                                         : detail::compare_keys((*a).key, (*b).key);
    if (order < 0) {
      changes.push_back({(*a).key, true, false});
    } else if (order > 0) {
      changes.push_back({(*b).key, false, true});
    } else if (differ((*a).value, (*b).value, look)) {
      changes.push_back({(*b).key, true, true});
    }
    if (order <= 0) ++a;
    if (order >= 0) ++b;
  }
}

std::vector<ListChange> list_changes_by(ValueRef before, ValueRef after, Look look) {
  std::vector<ListChange> changes;
  for (const Gap& gap : detail::unshared_gaps(before, after)) {
    add_item_changes(before, after, gap, look, changes);
  }
  return changes;
}

std::vector<MemberChange> map_changes_by(ValueRef before, ValueRef after, Look look) {
  std::vector<MemberChange> changes;
  for (const Gap& gap : detail::unshared_gaps(before, after)) {
    add_member_changes(before.members().slice(gap.before_begin, gap.before_end),
                       after.members().slice(gap.after_begin, gap.after_end), look, changes);
  }
  return changes;
}

}  // namespace

std::vector<ListChange> list_changes(ValueRef before, ValueRef after) {
  return list_changes_by(before, after, Look::exact);
}
std::vector<MemberChange> map_changes(ValueRef before, ValueRef after) {
  return map_changes_by(before, after, Look::exact);
}
std::vector<ListChange> detail::possible_list_changes(ValueRef before, ValueRef after) {
  return list_changes_by(before, after, Look::possible);
}
std::vector<MemberChange> detail::possible_map_changes(ValueRef before, ValueRef after) {
  return map_changes_by(before, after, Look::possible);
}

}  // namespace stet
