#include "stet/value/changes.hpp"

#include <span>
#include <unordered_map>

#include "value/gaps.hpp"
#include "value/possible_changes.hpp"
#include "value/sequence_diff.hpp"

namespace stet {
namespace {

using detail::Gap;

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

void add_item_changes(ValueRef before, ValueRef after, Gap gap, Look look,
                      std::vector<ListChange>& changes) {
  auto old_items = refs_of(before.items().slice(gap.before_begin, gap.before_end));
  auto new_items = refs_of(after.items().slice(gap.after_begin, gap.after_end));
  std::span<const ValueRef> a = old_items, b = new_items;
  if (a.size() == 1 && b.size() == 1) {
    if (differ(a[0], b[0], look)) {
      changes.push_back({gap.before_begin, gap.before_end, gap.after_begin, gap.after_end});
    }
    return;
  }
  std::size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  a = a.subspan(head);
  b = b.subspan(head);
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    a = a.first(a.size() - 1);
    b = b.first(b.size() - 1);
  }
  if (a.empty() && b.empty()) return;
  const std::size_t before_at = gap.before_begin + head, after_at = gap.after_begin + head;
  if (a.empty() || b.empty() || (a.size() == 1 && b.size() == 1)) {
    changes.push_back({before_at, before_at + a.size(), after_at, after_at + b.size()});
    return;
  }
  Classifier classifier;
  std::vector<std::uint32_t> a_classes, b_classes;
  for (const ValueRef item : a) a_classes.push_back(classifier.class_of(item));
  for (const ValueRef item : b) b_classes.push_back(classifier.class_of(item));
  detail::sequence_diff(a_classes, before_at, b_classes, after_at, changes);
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
