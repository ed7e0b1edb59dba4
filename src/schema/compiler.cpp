#include "schema/compiler.hpp"

#include <fmt/format.h>

#include <array>

#include "schema/meta.hpp"
#include "schema/rules.hpp"
#include "schema/uri.hpp"

namespace stet::schema {

namespace {

constexpr std::size_t kSchemaDepthMax = 500;
constexpr std::string_view kNoUri = "stet:schema";  // the base of a schema without an $id

// Keywords whose value is a schema, a list of schemas, or a map of schemas. `items` and
// `dependencies` may be more than one of these, and are told apart by what stands there.
constexpr std::array kWithSchema = {"additionalItems",
                                    "additionalProperties",
                                    "contains",
                                    "contentSchema",
                                    "else",
                                    "if",
                                    "items",
                                    "not",
                                    "propertyNames",
                                    "then",
                                    "unevaluatedItems",
                                    "unevaluatedProperties"};
constexpr std::array kWithList = {"allOf", "anyOf", "items", "oneOf", "prefixItems"};
constexpr std::array kWithMap = {
    "$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"};

bool is_schema(const Value& value) { return value.is_map() || value.is_boolean(); }

std::optional<std::string> text_member(const Value& schema, std::string_view key) {
  const auto member = schema.member(key);
  if (!member || !member->is_text()) return std::nullopt;
  return std::string(*member->to_text());
}

// Draft 7: a schema with $ref is nothing but that reference.
bool is_only_reference(const Resource& resource, const Value& schema) {
  return resource.draft == Draft::draft7 && schema.member("$ref").has_value();
}

}  // namespace

Place Place::child(std::string_view key) const {
  return {resource, path.child(key), value.member(key).value_or(Value())};
}

Place Place::child(std::string_view key, std::string_view second) const {
  const Place first = child(key);
  return {resource, first.path.child(second), first.value.member(second).value_or(Value())};
}

Place Place::child(std::string_view key, std::size_t index) const {
  const Place first = child(key);
  return {resource, first.path.child(index), first.value.item(index).value_or(Value())};
}

Error Compiler::bad(const Place& place, std::string_view keyword, std::string_view expected) {
  return Error(ErrorCode::invalid, fmt::format("bad schema: {} must be {}", keyword, expected))
      .at_path(place.path.to_string());
}

// From $schema to $schema through the schemas that the caller gave; empty: the last names none.
std::string Compiler::meta_schema_of(const Value& schema) const {
  constexpr int kStepsMax = 16;  // a schema may name itself
  Value at = schema;
  std::string name;
  for (int step = 0; step < kStepsMax; ++step) {
    const auto next = text_member(at, "$schema");
    if (!next) return {};
    name = *next;
    const auto custom = options_.resources.find(split_fragment(name).resource);
    if (draft_of_meta_schema(name) || custom == options_.resources.end()) break;
    at = custom->second;
  }
  return name;
}

Draft Compiler::draft_of(const Value& schema, Draft otherwise) const {
  return draft_of_meta_schema(meta_schema_of(schema)).value_or(otherwise);
}

// A meta-schema of the user's may leave the validation vocabulary out.
bool Compiler::validates(const Value& schema) const {
  const auto name = text_member(schema, "$schema");
  if (!name) return true;
  const auto custom = options_.resources.find(split_fragment(*name).resource);
  if (custom == options_.resources.end()) return true;
  const auto vocabulary = custom->second.member("$vocabulary");
  return !vocabulary || vocabulary->member(kValidationVocabulary).has_value();
}

Result<const Node*> Compiler::compile_document(const Value& schema) {
  for (const auto& [uri, value] : options_.resources) {
    STET_TRY([[maybe_unused]] Resource * added,
             add_resource(split_fragment(uri).resource, value, draft_of(value, options_.draft)));
  }
  STET_TRY(Resource * resource,
           add_resource(std::string(kNoUri), schema, draft_of(schema, options_.draft)));
  STET_TRY(const Node* root, node_at({resource, {}, schema}));
  graph_.root = root;
  return root;
}

Result<Resource*> Compiler::add_resource(std::string uri, const Value& schema, Draft draft) {
  const auto id = schema.is_map() ? text_member(schema, "$id") : std::nullopt;
  if (id && !id->starts_with('#')) uri = split_fragment(resolve_uri(uri, *id)).resource;
  auto& slot = graph_.resources[uri];
  if (slot) return slot.get();  // a resource that was given under this name comes first
  slot = std::make_unique<Resource>();
  slot->uri = uri;
  slot->draft = draft;
  const std::string meta = meta_schema_of(schema);
  if (!meta.empty() && !draft_of_meta_schema(meta)) slot->unknown_draft = meta;
  slot->has_validation = validates(schema);
  slot->root = schema;
  Resource* resource = slot.get();
  STET_CHECK(index(*resource, schema, {}, 0));
  return resource;
}

// Finds the anchors and inner resources of a schema.
Result<void> Compiler::index(Resource& resource, const Value& schema, const Path& path,
                             std::size_t depth) {
  if (depth > kSchemaDepthMax) {
    return Error(ErrorCode::too_large,
                 fmt::format("bad schema: nested more than {} deep", kSchemaDepthMax))
        .at_path(path.to_string());
  }
  if (!schema.is_map()) return {};
  const auto id = text_member(schema, "$id");
  const bool names_anchor = id && id->starts_with('#');
  if (id && !names_anchor && !path.empty() && !is_only_reference(resource, schema)) {
    STET_TRY(Resource * inner,
             add_resource(resource.uri, schema, draft_of(schema, resource.draft)));
    inner_[{&resource, path}] = inner;
    return {};
  }
  if (names_anchor) resource.anchors.emplace(id->substr(1), path);
  for (const char* keyword : {"$anchor", "$dynamicAnchor"}) {
    if (const auto anchor = text_member(schema, keyword)) resource.anchors.emplace(*anchor, path);
  }
  if (const auto anchor = text_member(schema, "$dynamicAnchor")) {
    resource.dynamic_anchors.emplace(*anchor, nullptr);
  }
  return index_children(resource, schema, path, depth + 1);
}

Result<void> Compiler::index_children(Resource& resource, const Value& schema, const Path& path,
                                      std::size_t depth) {
  for (const char* keyword : kWithSchema) {
    const auto child = schema.member(keyword);
    if (child && child->is_map()) STET_CHECK(index(resource, *child, path.child(keyword), depth));
  }
  for (const char* keyword : kWithList) {
    const auto list = schema.member(keyword);
    for (std::size_t i = 0; list && list->is_list() && i < list->size(); ++i) {
      STET_CHECK(index(resource, *list->item(i), path.child(keyword).child(i), depth));
    }
  }
  for (const char* keyword : kWithMap) {
    const auto map = schema.member(keyword);
    if (!map || !map->is_map()) continue;
    for (const auto& [key, member] : map->members()) {
      STET_CHECK(index(resource, member.to_value(), path.child(keyword).child(key), depth));
    }
  }
  return {};
}

Result<Resource*> Compiler::find_resource(const std::string& uri, const Place& from) {
  const auto found = graph_.resources.find(uri);
  if (found != graph_.resources.end()) return found->second.get();
  if (const auto meta = meta_schema(uri))
    return add_resource(uri, *meta, *draft_of_meta_schema(uri));
  return Error(ErrorCode::invalid,
               fmt::format(
                   "bad schema: the reference to {} leads nowhere; give it as a resource (--ref "
                   "{}=FILE)",
                   uri, uri))
      .at_path(from.path.to_string());
}

// Steps down from a resource's root, into the inner resources on the way.
Result<Place> Compiler::follow_pointer(Resource& resource, const Path& pointer, const Place& from) {
  Place place{&resource, {}, resource.root};
  for (const std::string& step : pointer) {
    std::optional<Value> next;
    if (place.value.is_map()) {
      next = place.value.member(step);
    } else if (const auto at = Path::index_of(step); at && place.value.is_list()) {
      next = place.value.item(*at);
    }
    if (!next) {
      return Error(ErrorCode::invalid,
                   fmt::format("bad schema: the reference to {}#{} leads nowhere", resource.uri,
                               pointer.to_string()))
          .at_path(from.path.to_string());
    }
    place = {place.resource, place.path.child(step), *next};
    const auto inner = inner_.find({place.resource, place.path});
    if (inner != inner_.end()) place = {inner->second, {}, *next};
  }
  return place;
}

Result<const Node*> Compiler::resolve(const Place& from, std::string_view reference) {
  const SplitUri target = split_fragment(resolve_uri(from.resource->uri, reference));
  auto found = find_resource(target.resource, from);
  if (!found.ok()) {
    if (references_ == References::may_dangle) return &graph_.anything;
    return found.error();
  }
  Resource* resource = *found;
  // The whole resource, so that every $dynamicAnchor in it is known when it is entered.
  STET_TRY([[maybe_unused]] const Node* whole, node_at({resource, {}, resource->root}));
  if (target.fragment.empty() || target.fragment.starts_with('/')) {
    const auto pointer = Path::parse(target.fragment);
    if (!pointer.ok()) return bad(from, "$ref", "a reference with a JSON Pointer or an anchor");
    auto place = follow_pointer(*resource, *pointer, from);
    if (!place.ok() && references_ == References::may_dangle) return &graph_.anything;
    if (!place.ok()) return place.error();
    return node_at(*place);
  }
  const auto anchor = resource->anchors.find(target.fragment);
  if (anchor == resource->anchors.end()) {
    if (references_ == References::may_dangle) return &graph_.anything;
    return Error(ErrorCode::invalid,
                 fmt::format("bad schema: {} has no anchor '{}'", resource->uri, target.fragment))
        .at_path(from.path.to_string());
  }
  STET_TRY(const Place place, follow_pointer(*resource, anchor->second, from));
  return node_at(place);
}

Result<const Node*> Compiler::node_at(const Place& given) {
  Place place = given;
  const auto inner = inner_.find({place.resource, place.path});
  if (inner != inner_.end()) place = {inner->second, {}, place.value};
  auto& slot = graph_.nodes[{place.resource, place.path}];
  if (slot) return slot.get();
  if (!is_schema(place.value)) return bad(place, "a schema", "an object or a boolean");
  slot = std::make_unique<Node>();
  Node* node = slot.get();  // before its rules: references may come back to it
  STET_CHECK(fill(*node, place));
  return node;
}

Result<void> Compiler::fill(Node& node, const Place& place) {
  node.resource = place.resource;
  if (!place.resource->unknown_draft.empty() && references_ == References::must_lead_somewhere) {
    return Error(ErrorCode::invalid,
                 fmt::format("bad schema: $schema is '{}', which is neither draft 7 "
                             "(http://json-schema.org/draft-07/schema#) nor 2020-12 "
                             "(https://json-schema.org/draft/2020-12/schema)",
                             place.resource->unknown_draft))
        .at_path("/$schema");
  }
  if (place.value.is_boolean()) {
    node.never = !*place.value.to_bool();
    return {};
  }
  if (const auto anchor = text_member(place.value, "$dynamicAnchor")) {
    node.fragment_anchor = *anchor;
    place.resource->dynamic_anchors[*anchor] = &node;
  }
  STET_CHECK(add_reference_rules(*this, place, node.rules));
  if (is_only_reference(*place.resource, place.value)) return {};
  STET_CHECK(add_meta_rule(*this, place, node.rules));
  STET_CHECK(add_scalar_rules(*this, place, node.rules));
  STET_CHECK(add_logic_rules(*this, place, node.rules));
  STET_CHECK(add_list_rules(*this, place, node.rules));
  STET_CHECK(add_map_rules(*this, place, node.rules));
  return add_unevaluated_rules(*this, place, node.rules);
}

}  // namespace stet::schema
