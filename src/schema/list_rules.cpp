// items, prefixItems, additionalItems, contains, uniqueItems and counts.
#include <fmt/format.h>

#include <algorithm>

#include "schema/rules.hpp"

namespace stet::schema {

namespace {

// The first items by position, the rest by one schema; either may be missing.
class ItemsRule final : public Rule {
 public:
  ItemsRule(std::vector<const Node*> first, const Node* rest)
      : first_(std::move(first)), rest_(rest) {}

  void check(Run& run, ValueRef instance, Evaluated& evaluated) const override {
    if (!instance.is_list()) return;
    std::size_t index = 0;
    for (const ValueRef item : instance.items()) {
      const Node* node = index < first_.size() ? first_[index] : rest_;
      if (node == nullptr) break;
      run.apply_item(*node, item, index);
      evaluated.mark(index++, instance.size());
    }
  }

 private:
  std::vector<const Node*> first_;
  const Node* rest_;
};

class ContainsRule final : public Rule {
 public:
  ContainsRule(const Node* node, std::uint64_t least, std::optional<std::uint64_t> most, bool marks)
      : node_(node), least_(least), most_(most), marks_(marks) {}

  void check(Run& run, ValueRef instance, Evaluated& evaluated) const override {
    if (!instance.is_list()) return;
    std::uint64_t found = 0;
    std::size_t index = 0;
    for (const ValueRef item : instance.items()) {
      Evaluated own;
      if (run.passes(*node_, item, own)) {
        ++found;
        if (marks_) evaluated.mark(index, instance.size());
      }
      ++index;
    }
    if (found < least_) {
      run.report(least_ == 1 ? "contains" : "minContains",
                 fmt::format("{} items fit, at least {} must", found, least_), instance);
    }
    if (most_ && found > *most_) {
      run.report("maxContains", fmt::format("{} items fit, at most {} may", found, *most_),
                 instance);
    }
  }

 private:
  const Node* node_;
  std::uint64_t least_;
  std::optional<std::uint64_t> most_;
  bool marks_;
};

class ItemCountRule final : public Rule {
 public:
  ItemCountRule(std::optional<std::uint64_t> least, std::optional<std::uint64_t> most)
      : least_(least), most_(most) {}

  void check(Run& run, ValueRef instance, Evaluated&) const override {
    if (!instance.is_list()) return;
    if (least_ && instance.size() < *least_) {
      run.report("minItems",
                 fmt::format("{} items, at least {} are needed", instance.size(), *least_),
                 instance);
    }
    if (most_ && instance.size() > *most_) {
      run.report("maxItems",
                 fmt::format("{} items, at most {} are allowed", instance.size(), *most_),
                 instance);
    }
  }

 private:
  std::optional<std::uint64_t> least_, most_;
};

class UniqueRule final : public Rule {
 public:
  void check(Run& run, ValueRef instance, Evaluated&) const override {
    if (!instance.is_list()) return;
    std::vector<Value> items;
    for (const ValueRef item : instance.items()) items.push_back(normalised(item));
    std::sort(items.begin(), items.end());
    const auto twice = std::adjacent_find(items.begin(), items.end());
    if (twice == items.end()) return;
    run.report("uniqueItems", fmt::format("{} is there more than once", shown(twice->ref())),
               instance);
  }
};

// Draft 7: `items` is a schema or a list of them, with `additionalItems` for the rest. 2020-12:
// `prefixItems` and `items`.
Result<void> add_items(Compiler& compiler, const Place& place, Rules& rules) {
  std::vector<const Node*> first;
  const Node* rest = nullptr;
  const auto items = place.value.member("items");
  if (place.resource->draft == Draft::draft7 && items && items->is_list()) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      STET_TRY(const Node* node, compiler.node_at(place.child("items", i)));
      first.push_back(node);
    }
    STET_TRY(rest, node_member(compiler, place, "additionalItems"));
  } else {
    if (place.resource->draft == Draft::draft2020_12) {
      STET_TRY(first, node_list(compiler, place, "prefixItems"));
    }
    STET_TRY(rest, node_member(compiler, place, "items"));
  }
  if (!first.empty() || rest != nullptr) {
    rules.push_back(std::make_unique<ItemsRule>(std::move(first), rest));
  }
  return {};
}

Result<void> add_contains(Compiler& compiler, const Place& place, Rules& rules) {
  STET_TRY(const Node* contains, node_member(compiler, place, "contains"));
  const bool counts =
      place.resource->draft == Draft::draft2020_12 && place.resource->has_validation;
  std::optional<std::uint64_t> least, most;
  if (counts) {
    STET_TRY(least, count_member(place, "minContains"));
    STET_TRY(most, count_member(place, "maxContains"));
  }
  if (contains != nullptr) {
    const bool marks = place.resource->draft == Draft::draft2020_12;
    rules.push_back(std::make_unique<ContainsRule>(contains, least.value_or(1), most, marks));
  }
  return {};
}

}  // namespace

Result<void> add_list_rules(Compiler& compiler, const Place& place, Rules& rules) {
  STET_CHECK(add_items(compiler, place, rules));
  STET_CHECK(add_contains(compiler, place, rules));
  if (!place.resource->has_validation) return {};
  STET_TRY(const auto least, count_member(place, "minItems"));
  STET_TRY(const auto most, count_member(place, "maxItems"));
  if (least || most) rules.push_back(std::make_unique<ItemCountRule>(least, most));
  if (const auto unique = place.value.member("uniqueItems")) {
    if (!unique->is_boolean()) return Compiler::bad(place, "uniqueItems", "true or false");
    if (*unique->to_bool()) rules.push_back(std::make_unique<UniqueRule>());
  }
  return {};
}

}  // namespace stet::schema
