// Diff of two stored documents, as a patch.
#include <algorithm>

#include "stet/value/patch.hpp"
#include "stet/value/path.hpp"
#include "tree/compare.hpp"

namespace stet::tree {

namespace {

class Differ {
 public:
  explicit Differ(ChunkSource& source) : source_(source), reader_(source) {}

  Result<Patch> diff(const Root& before, const Root& after) {
    STET_TRY(const auto a, root_slot(reader_, before));
    STET_TRY(const auto b, root_slot(reader_, after));
    STET_CHECK(compare_slots(a, b));
    return std::move(patch_);
  }

 private:
  Result<void> compare_slots(SlotView a, SlotView b);
  Result<void> compare_values(SlotView a, SlotView b);
  Result<void> list_hunk(const ItemHunk& hunk);
  Result<void> map_hunk(const ItemHunk& hunk);
  Result<void> compare_members(const Item* a, const Item* b);
  Result<void> add(SlotView slot) { return set(Operation::Kind::add, slot); }
  Result<void> set(Operation::Kind kind, SlotView slot);
  void remove() { patch_.push_back({Operation::Kind::remove, path_, {}, {}}); }

  ChunkSource& source_;
  ChunkReader reader_;
  Patch patch_;
  Path path_;  // of what is being compared
};

Result<void> Differ::set(Operation::Kind kind, SlotView slot) {
  STET_TRY(auto value, load_slot(slot, source_));
  patch_.push_back({kind, path_, {}, std::move(value)});
  return {};
}

Result<void> Differ::compare_slots(SlotView a, SlotView b) {
  if (same_slot(a, b)) return {};
  if (!a.is_tree && !b.is_tree) return compare_values(a, b);
  STET_TRY(const auto kind, kind_of(reader_, a));
  STET_TRY(const auto b_kind, kind_of(reader_, b));
  if (kind != b_kind || (kind != Kind::list && kind != Kind::map)) {
    return set(Operation::Kind::replace, b);
  }
  STET_TRY(const auto a_items, Container::open(reader_, a));
  STET_TRY(const auto b_items, Container::open(reader_, b));
  STET_TRY(auto hunks, compare(reader_, a_items, b_items));
  std::ranges::reverse(hunks);  // so that no operation moves what a later one names
  for (const auto& hunk : hunks) {
    STET_CHECK(kind == Kind::list ? list_hunk(hunk) : map_hunk(hunk));
  }
  return {};
}

// Both small: the values' own diff, at this place.
Result<void> Differ::compare_values(SlotView a, SlotView b) {
  STET_TRY(const auto a_value, load_slot(a, source_));
  STET_TRY(const auto b_value, load_slot(b, source_));
  const auto below = [this](const Path& path) {
    Path whole = path_;
    for (const auto& step : path) whole.push(step);
    return whole;
  };
  for (auto& operation : stet::diff(a_value, b_value)) {
    operation.path = below(operation.path);
    operation.from = below(operation.from);
    patch_.push_back(std::move(operation));
  }
  return {};
}

// Pairs from the front are edited items; the rest came or went behind them.
Result<void> Differ::list_hunk(const ItemHunk& hunk) {
  const std::size_t pairs = std::min(hunk.a.size(), hunk.b.size());
  path_.push_index(hunk.a_begin + pairs);
  for (std::size_t i = pairs; i < hunk.a.size(); ++i) remove();
  path_.pop();
  for (std::size_t i = pairs; i < hunk.b.size(); ++i) {
    path_.push_index(hunk.a_begin + i);
    STET_CHECK(add(hunk.b[i].slot));
    path_.pop();
  }
  for (std::size_t i = pairs; i-- > 0;) {
    path_.push_index(hunk.a_begin + i);
    STET_CHECK(compare_slots(hunk.a[i].slot, hunk.b[i].slot));
    path_.pop();
  }
  return {};
}

Result<void> Differ::map_hunk(const ItemHunk& hunk) {
  auto a = hunk.a.begin();
  auto b = hunk.b.begin();
  while (a != hunk.a.end() || b != hunk.b.end()) {
    const bool has_a = a != hunk.a.end() && (b == hunk.b.end() || !key_less(b->key, a->key));
    const bool has_b = b != hunk.b.end() && (a == hunk.a.end() || !key_less(a->key, b->key));
    STET_CHECK(compare_members(has_a ? &*a++ : nullptr, has_b ? &*b++ : nullptr));
  }
  return {};
}

// The same key on one side or on both.
Result<void> Differ::compare_members(const Item* a, const Item* b) {
  path_.push(a != nullptr ? a->key : b->key);
  if (a == nullptr) {
    STET_CHECK(add(b->slot));
  } else if (b == nullptr) {
    remove();
  } else {
    STET_CHECK(compare_slots(a->slot, b->slot));
  }
  path_.pop();
  return {};
}

}  // namespace

Result<Patch> diff(const Root& before, const Root& after, ChunkSource& source) {
  if (before == after) return Patch();
  return Differ(source).diff(before, after);
}

}  // namespace stet::tree
