// Compiler: from schema documents to nodes. Finds resources by URI, resolves references, checks
// forms.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "schema/node.hpp"

namespace stet::schema {

// A schema inside a resource.
struct Place {
  Resource* resource = nullptr;
  Path path;    // from the resource's root
  Value value;  // what stands there
  Place child(std::string_view key) const;
  Place child(std::string_view key, std::string_view second) const;
  Place child(std::string_view key, std::size_t index) const;
};

// Everything that a compiled schema consists of.
struct Graph {
  std::map<std::string, std::unique_ptr<Resource>, std::less<>> resources;
  std::map<std::pair<const Resource*, Path>, std::unique_ptr<Node>> nodes;
  const Node* root = nullptr;
  Resource nowhere;
  Node anything;  // in nowhere: what a reference that may dangle leads to
};

enum class References : std::uint8_t { must_lead_somewhere, may_dangle };

class Compiler {
 public:
  Compiler(const Options& options, Graph& graph, References references)
      : options_(options), graph_(graph), references_(references) {
    graph_.anything.resource = &graph_.nowhere;
  }

  Result<const Node*> compile_document(const Value& schema);

  // For rules: the node of a subschema, compiled once, cycles allowed.
  Result<const Node*> node_at(const Place& place);
  // What a $ref or $dynamicRef leads to.
  Result<const Node*> resolve(const Place& from, std::string_view reference);
  const Options& options() const noexcept { return options_; }

  static Error bad(const Place& place, std::string_view keyword, std::string_view expected);

 private:
  Result<Resource*> add_resource(std::string uri, const Value& schema, Draft draft);
  Result<void> index(Resource& resource, const Value& schema, const Path& path, std::size_t depth);
  Result<void> index_children(Resource& resource, const Value& schema, const Path& path,
                              std::size_t depth);
  Result<Resource*> find_resource(const std::string& uri, const Place& from);
  Result<Place> follow_pointer(Resource& resource, const Path& pointer, const Place& from);
  Result<void> fill(Node& node, const Place& place);
  Draft draft_of(const Value& schema, Draft otherwise) const;
  std::string meta_schema_of(const Value& schema) const;
  bool validates(const Value& schema) const;

  const Options& options_;
  Graph& graph_;
  References references_;
  std::map<std::pair<const Resource*, Path>, Resource*>
      inner_;  // places that are resources themselves
};

}  // namespace stet::schema
