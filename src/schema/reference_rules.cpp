// $ref and $dynamicRef.
#include "schema/rules.hpp"
#include "schema/uri.hpp"

namespace stet::schema {

namespace {

class ReferenceRule final : public Rule {
 public:
  explicit ReferenceRule(const Node* target) : target_(target) {}
  void check(Run& run, ValueRef instance, Evaluated& evaluated) const override {
    run.apply(*target_, instance, evaluated);
  }

 private:
  const Node* target_;
};

// Leads to the outermost resource on the way here that has the same $dynamicAnchor, if its first
// target has one at all.
class DynamicReferenceRule final : public Rule {
 public:
  DynamicReferenceRule(const Node* target, std::string anchor)
      : target_(target), anchor_(std::move(anchor)) {}

  void check(Run& run, ValueRef instance, Evaluated& evaluated) const override {
    run.apply(*find(run), instance, evaluated);
  }

 private:
  const Node* find(const Run& run) const {
    if (anchor_.empty() || target_->fragment_anchor != anchor_) return target_;
    for (const Resource* resource : run.scope()) {
      const auto found = resource->dynamic_anchors.find(anchor_);
      if (found != resource->dynamic_anchors.end() && found->second != nullptr)
        return found->second;
    }
    return target_;
  }

  const Node* target_;
  std::string anchor_;
};

}  // namespace

Result<void> add_reference_rules(Compiler& compiler, const Place& place, Rules& rules) {
  if (const auto reference = place.value.member("$ref")) {
    if (!reference->is_text()) return Compiler::bad(place, "$ref", "a text");
    STET_TRY(const Node* target, compiler.resolve(place, *reference->to_text()));
    rules.push_back(std::make_unique<ReferenceRule>(target));
  }
  if (place.resource->draft == Draft::draft7) return {};
  if (const auto reference = place.value.member("$dynamicRef")) {
    if (!reference->is_text()) return Compiler::bad(place, "$dynamicRef", "a text");
    STET_TRY(const Node* target, compiler.resolve(place, *reference->to_text()));
    rules.push_back(std::make_unique<DynamicReferenceRule>(
        target, split_fragment(*reference->to_text()).fragment));
  }
  return {};
}

}  // namespace stet::schema
