#include "schema/meta.hpp"

#include "schema/uri.hpp"

namespace stet::schema {

namespace {

constexpr std::string_view kDraft7 = "http://json-schema.org/draft-07/schema";
constexpr std::string_view kDraft2020 = "https://json-schema.org/draft/2020-12/schema";

// Being a schema is what compiling asks, so compiling is the check.
class MetaRule final : public Rule {
 public:
  explicit MetaRule(Draft draft) { options_.draft = draft; }

  void check(Run& run, ValueRef instance, Evaluated& evaluated) const override {
    Graph graph;
    Compiler compiler(options_, graph, References::may_dangle);
    const auto compiled = compiler.compile_document(instance.to_value());
    if (!compiled.ok()) run.report("$schema", compiled.error().to_string(), instance);
    if (instance.is_map()) evaluated.mark_all(instance.size());
  }

 private:
  Options options_;
};

}  // namespace

std::optional<Draft> draft_of_meta_schema(std::string_view uri) {
  const std::string resource = split_fragment(uri).resource;
  if (resource == kDraft7) return Draft::draft7;
  if (resource == kDraft2020) return Draft::draft2020_12;
  return std::nullopt;
}

std::optional<Value> meta_schema(std::string_view uri) {
  if (!draft_of_meta_schema(uri)) return std::nullopt;
  return Value::empty_map();
}

Result<void> add_meta_rule(Compiler&, const Place& place, Rules& rules) {
  const auto draft = draft_of_meta_schema(place.resource->uri);
  if (draft && place.path.empty()) rules.push_back(std::make_unique<MetaRule>(*draft));
  return {};
}

}  // namespace stet::schema
