// allOf, anyOf, oneOf, not, if: schemas applied to the same place.
#include <fmt/format.h>

#include "schema/rules.hpp"

namespace stet::schema {

namespace {

using Nodes = std::vector<const Node*>;

class AllRule final : public Rule {
 public:
  explicit AllRule(Nodes nodes) : nodes_(std::move(nodes)) {}
  void check(Run& run, ValueRef instance, Evaluated& evaluated) const override {
    for (const Node* node : nodes_) run.apply(*node, instance, evaluated);
  }

 private:
  Nodes nodes_;
};

// anyOf and oneOf: between one and `most` of the schemas. Every schema is tried, since each that
// passes marks what it looked at.
class CountRule final : public Rule {
 public:
  CountRule(std::string keyword, Nodes nodes, std::size_t most)
      : keyword_(std::move(keyword)), nodes_(std::move(nodes)), most_(most) {}

  void check(Run& run, ValueRef instance, Evaluated& evaluated) const override {
    std::size_t passed = 0;
    for (const Node* node : nodes_) passed += run.passes(*node, instance, evaluated) ? 1 : 0;
    if (passed == 0) {
      run.report(
          keyword_,
          fmt::format("{} fits none of the {} schemas allowed", shown(instance), nodes_.size()),
          instance);
    } else if (passed > most_) {
      run.report(keyword_,
                 fmt::format("{} fits {} schemas where only one may fit", shown(instance), passed),
                 instance);
    }
  }

 private:
  std::string keyword_;
  Nodes nodes_;
  std::size_t most_;
};

class NotRule final : public Rule {
 public:
  explicit NotRule(const Node* node) : node_(node) {}
  void check(Run& run, ValueRef instance, Evaluated&) const override {
    Evaluated own;
    if (run.passes(*node_, instance, own)) {
      run.report("not", fmt::format("{} is what it must not be", shown(instance)), instance);
    }
  }

 private:
  const Node* node_;
};

class IfRule final : public Rule {
 public:
  IfRule(const Node* condition, const Node* then, const Node* otherwise)
      : condition_(condition), then_(then), otherwise_(otherwise) {}
  void check(Run& run, ValueRef instance, Evaluated& evaluated) const override {
    const Node* next = run.passes(*condition_, instance, evaluated) ? then_ : otherwise_;
    if (next != nullptr) run.apply(*next, instance, evaluated);
  }

 private:
  const Node* condition_;
  const Node* then_;
  const Node* otherwise_;
};

}  // namespace

Result<const Node*> node_member(Compiler& compiler, const Place& place, std::string_view keyword) {
  if (!place.value.member(keyword)) return static_cast<const Node*>(nullptr);
  return compiler.node_at(place.child(keyword));
}

Result<Nodes> node_list(Compiler& compiler, const Place& place, std::string_view keyword) {
  Nodes nodes;
  const auto list = place.value.member(keyword);
  if (!list) return nodes;
  if (!list->is_list() || list->size() == 0) {
    return Compiler::bad(place, keyword, "a list of one schema or more");
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    STET_TRY(const Node* node, compiler.node_at(place.child(keyword, i)));
    nodes.push_back(node);
  }
  return nodes;
}

Result<void> add_logic_rules(Compiler& compiler, const Place& place, Rules& rules) {
  STET_TRY(Nodes all, node_list(compiler, place, "allOf"));
  if (!all.empty()) rules.push_back(std::make_unique<AllRule>(std::move(all)));
  STET_TRY(Nodes any, node_list(compiler, place, "anyOf"));
  const std::size_t any_count = any.size();
  if (!any.empty())
    rules.push_back(std::make_unique<CountRule>("anyOf", std::move(any), any_count));
  STET_TRY(Nodes one, node_list(compiler, place, "oneOf"));
  if (!one.empty()) rules.push_back(std::make_unique<CountRule>("oneOf", std::move(one), 1));
  STET_TRY(const Node* refused, node_member(compiler, place, "not"));
  if (refused != nullptr) rules.push_back(std::make_unique<NotRule>(refused));
  STET_TRY(const Node* condition, node_member(compiler, place, "if"));
  STET_TRY(const Node* then, node_member(compiler, place, "then"));
  STET_TRY(const Node* otherwise, node_member(compiler, place, "else"));
  if (condition != nullptr) rules.push_back(std::make_unique<IfRule>(condition, then, otherwise));
  return {};
}

}  // namespace stet::schema
