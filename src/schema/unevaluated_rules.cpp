// unevaluatedItems and unevaluatedProperties: what no other rule of this place has looked at.
#include <fmt/format.h>

#include "schema/rules.hpp"

namespace stet::schema {

namespace {

class UnevaluatedItemsRule final : public Rule {
 public:
  explicit UnevaluatedItemsRule(const Node* node) : node_(node) {}
  void check(Run& run, ValueRef instance, Evaluated& evaluated) const override {
    if (!instance.is_list()) return;
    std::size_t index = 0;
    for (const ValueRef item : instance.items()) {
      if (!evaluated.has(index)) run.apply_item(*node_, item, index);
      ++index;
    }
    evaluated.mark_all(instance.size());
  }

 private:
  const Node* node_;
};

class UnevaluatedPropertiesRule final : public Rule {
 public:
  explicit UnevaluatedPropertiesRule(const Node* node) : node_(node) {}
  void check(Run& run, ValueRef instance, Evaluated& evaluated) const override {
    if (!instance.is_map()) return;
    std::size_t index = 0;
    for (const auto& [key, value] : instance.members()) {
      if (!evaluated.has(index++)) run.apply_member(*node_, value, key);
    }
    evaluated.mark_all(instance.size());
  }

 private:
  const Node* node_;
};

}  // namespace

Result<void> add_unevaluated_rules(Compiler& compiler, const Place& place, Rules& rules) {
  if (place.resource->draft == Draft::draft7) return {};
  STET_TRY(const Node* items, node_member(compiler, place, "unevaluatedItems"));
  if (items != nullptr) rules.push_back(std::make_unique<UnevaluatedItemsRule>(items));
  STET_TRY(const Node* members, node_member(compiler, place, "unevaluatedProperties"));
  if (members != nullptr) rules.push_back(std::make_unique<UnevaluatedPropertiesRule>(members));
  return {};
}

}  // namespace stet::schema
