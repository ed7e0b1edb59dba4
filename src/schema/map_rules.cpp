// properties, patternProperties, additionalProperties, propertyNames, required, dependencies and
// counts.
#include <fmt/format.h>

#include "schema/pattern.hpp"
#include "schema/rules.hpp"

namespace stet::schema {

namespace {

class PropertiesRule final : public Rule {
 public:
  std::map<std::string, const Node*, std::less<>> named;
  std::vector<std::pair<Pattern, const Node*>> patterned;
  const Node* rest = nullptr;

  void check(Run& run, ValueRef instance, Evaluated& evaluated) const override {
    if (!instance.is_map()) return;
    std::size_t index = 0;
    for (const auto& [key, value] : instance.members()) {
      if (run.failure()) return;
      if (check_member(run, key, value)) evaluated.mark(index, instance.size());
      ++index;
    }
  }

 private:
  bool check_member(Run& run, std::string_view key, ValueRef value) const {
    bool looked_at = false;
    if (const auto found = named.find(key); found != named.end()) {
      run.apply_member(*found->second, value, key);
      looked_at = true;
    }
    for (const auto& [pattern, node] : patterned) {
      const auto matches = pattern.matches(key);
      if (!matches.ok()) run.fail(matches.error());
      if (!matches.ok() || !*matches) continue;
      run.apply_member(*node, value, key);
      looked_at = true;
    }
    if (looked_at || rest == nullptr) return looked_at;
    if (rest->never) {
      run.report_member("additionalProperties", fmt::format("\"{}\" is not a known member", key),
                        value, key);
    } else {
      run.apply_member(*rest, value, key);
    }
    return true;
  }
};

class NamesRule final : public Rule {
 public:
  explicit NamesRule(const Node* node) : node_(node) {}
  void check(Run& run, ValueRef instance, Evaluated&) const override {
    if (!instance.is_map()) return;
    for (const auto& [key, value] : instance.members()) {
      const Value name = Value(key);
      Evaluated own;
      if (!run.passes(*node_, name.ref(), own)) {
        run.report("propertyNames", fmt::format("\"{}\" is not allowed as a key", key), instance);
      }
    }
  }

 private:
  const Node* node_;
};

// `when` empty: always. Else when that member is there.
class RequiredRule final : public Rule {
 public:
  RequiredRule(std::string keyword, std::optional<std::string> when, std::vector<std::string> keys)
      : keyword_(std::move(keyword)), when_(std::move(when)), keys_(std::move(keys)) {}

  void check(Run& run, ValueRef instance, Evaluated&) const override {
    if (!instance.is_map() || (when_ && !instance.member(*when_))) return;
    for (const std::string& key : keys_) {
      if (instance.member(key)) continue;
      run.report(keyword_,
                 when_ ? fmt::format("\"{}\" is missing, which \"{}\" needs", key, *when_)
                       : fmt::format("\"{}\" is missing", key),
                 instance);
    }
  }

 private:
  std::string keyword_;
  std::optional<std::string> when_;
  std::vector<std::string> keys_;
};

class DependentSchemaRule final : public Rule {
 public:
  DependentSchemaRule(std::string key, const Node* node) : key_(std::move(key)), node_(node) {}
  void check(Run& run, ValueRef instance, Evaluated& evaluated) const override {
    if (instance.is_map() && instance.member(key_)) run.apply(*node_, instance, evaluated);
  }

 private:
  std::string key_;
  const Node* node_;
};

class MemberCountRule final : public Rule {
 public:
  MemberCountRule(std::optional<std::uint64_t> least, std::optional<std::uint64_t> most)
      : least_(least), most_(most) {}
  void check(Run& run, ValueRef instance, Evaluated&) const override {
    if (!instance.is_map()) return;
    if (least_ && instance.size() < *least_) {
      run.report("minProperties",
                 fmt::format("{} members, at least {} are needed", instance.size(), *least_),
                 instance);
    }
    if (most_ && instance.size() > *most_) {
      run.report("maxProperties",
                 fmt::format("{} members, at most {} are allowed", instance.size(), *most_),
                 instance);
    }
  }

 private:
  std::optional<std::uint64_t> least_, most_;
};

// The keys of a member that must be a map, or nothing where it is absent.
Result<std::vector<std::string>> keys_of(const Place& place, std::string_view keyword) {
  std::vector<std::string> keys;
  const auto map = place.value.member(keyword);
  if (!map) return keys;
  if (!map->is_map()) return Compiler::bad(place, keyword, "an object");
  for (const auto& [key, value] : map->members()) keys.emplace_back(key);
  return keys;
}

Result<std::vector<std::string>> texts_of(const Place& place, const Value& list,
                                          std::string_view keyword) {
  std::vector<std::string> texts;
  if (!list.is_list()) return Compiler::bad(place, keyword, "a list of texts");
  for (const ValueRef item : list.items()) {
    if (!item.is_text()) return Compiler::bad(place, keyword, "a list of texts");
    texts.emplace_back(*item.to_text());
  }
  return texts;
}

Result<void> add_properties(Compiler& compiler, const Place& place, Rules& rules) {
  auto rule = std::make_unique<PropertiesRule>();
  STET_TRY(const auto names, keys_of(place, "properties"));
  for (const std::string& name : names) {
    STET_TRY(rule->named[name], compiler.node_at(place.child("properties", name)));
  }
  STET_TRY(const auto patterns, keys_of(place, "patternProperties"));
  for (const std::string& source : patterns) {
    auto pattern = Pattern::compile(source);
    if (!pattern.ok())
      return pattern.error().at_path(place.path.child("patternProperties").to_string());
    STET_TRY(const Node* node, compiler.node_at(place.child("patternProperties", source)));
    rule->patterned.emplace_back(*std::move(pattern), node);
  }
  STET_TRY(rule->rest, node_member(compiler, place, "additionalProperties"));
  if (!names.empty() || !patterns.empty() || rule->rest != nullptr)
    rules.push_back(std::move(rule));
  return {};
}

// `dependencies` (draft 7) holds both kinds; 2020-12 has a keyword for each.
Result<void> add_dependencies(Compiler& compiler, const Place& place, const char* keyword,
                              Rules& rules) {
  STET_TRY(const auto keys, keys_of(place, keyword));
  const bool wants_lists = std::string_view(keyword) == "dependentRequired";
  for (const std::string& key : keys) {
    const Place dependency = place.child(keyword, key);
    if (wants_lists ||
        (dependency.value.is_list() && std::string_view(keyword) == "dependencies")) {
      STET_TRY(auto needed, texts_of(place, dependency.value, keyword));
      rules.push_back(std::make_unique<RequiredRule>(keyword, key, std::move(needed)));
    } else {
      STET_TRY(const Node* node, compiler.node_at(dependency));
      rules.push_back(std::make_unique<DependentSchemaRule>(key, node));
    }
  }
  return {};
}

Result<void> add_definitions(Compiler& compiler, const Place& place) {
  for (const char* keyword : {"$defs", "definitions"}) {
    STET_TRY(const auto names, keys_of(place, keyword));
    for (const std::string& name : names) {
      STET_TRY([[maybe_unused]] const Node* node, compiler.node_at(place.child(keyword, name)));
    }
  }
  return {};
}

}  // namespace

Result<void> add_map_rules(Compiler& compiler, const Place& place, Rules& rules) {
  STET_CHECK(add_definitions(compiler, place));
  STET_CHECK(add_properties(compiler, place, rules));
  STET_TRY(const Node* names, node_member(compiler, place, "propertyNames"));
  if (names != nullptr) rules.push_back(std::make_unique<NamesRule>(names));
  if (place.resource->draft == Draft::draft7) {
    STET_CHECK(add_dependencies(compiler, place, "dependencies", rules));
  } else {
    STET_CHECK(add_dependencies(compiler, place, "dependentSchemas", rules));
  }
  if (!place.resource->has_validation) return {};
  if (place.resource->draft == Draft::draft2020_12) {
    STET_CHECK(add_dependencies(compiler, place, "dependentRequired", rules));
  }
  if (const auto required = place.value.member("required")) {
    STET_TRY(auto keys, texts_of(place, *required, "required"));
    rules.push_back(std::make_unique<RequiredRule>("required", std::nullopt, std::move(keys)));
  }
  STET_TRY(const auto least, count_member(place, "minProperties"));
  STET_TRY(const auto most, count_member(place, "maxProperties"));
  if (least || most) rules.push_back(std::make_unique<MemberCountRule>(least, most));
  return {};
}

}  // namespace stet::schema
