// A compiled schema: a graph of nodes, each a list of rules. Constant after compilation.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stet/schema.hpp"

namespace stet::schema {

class Run;
class Node;

// Which items and members of one place some rule has looked at (for unevaluatedItems and
// unevaluatedProperties). Sized at the first mark.
struct Evaluated {
  std::vector<bool> parts;
  void mark(std::size_t index, std::size_t size);
  void mark_all(std::size_t size);
  bool has(std::size_t index) const { return index < parts.size() && parts[index]; }
  void merge(const Evaluated& other);
};

// One keyword (or a few that belong together) of one schema.
class Rule {
 public:
  virtual ~Rule() = default;
  // Reports what `instance` breaks to `run`; marks what it looked at.
  virtual void check(Run& run, ValueRef instance, Evaluated& evaluated) const = 0;
};

// A schema with a base URI of its own, and what can be named inside of it.
struct Resource {
  std::string uri;
  Draft draft = Draft::draft2020_12;
  std::string unknown_draft;   // its $schema, where that names none that is known here
  bool has_validation = true;  // false where its meta-schema leaves the validation vocabulary out
  Value root;
  std::map<std::string, Path, std::less<>> anchors;
  std::map<std::string, const Node*, std::less<>> dynamic_anchors;
};

class Node {
 public:
  const Resource* resource = nullptr;
  std::string fragment_anchor;  // its $dynamicAnchor
  bool never = false;           // the schema `false`
  std::vector<std::unique_ptr<const Rule>> rules;
};

// One validation: where it is in the document, what was found, how it came here.
class Run {
 public:
  explicit Run(std::size_t violations_max) : violations_max_(violations_max) {}

  // Applies a node; what it finds is reported.
  void apply(const Node& node, ValueRef instance, Evaluated& evaluated);
  // Applies a node to a part of the instance; the part's own marks are dropped.
  void apply_item(const Node& node, ValueRef item, std::size_t index);
  void apply_member(const Node& node, ValueRef value, std::string_view key);
  // Whether the instance passes; reports nothing. Marks only when it passes.
  bool passes(const Node& node, ValueRef instance, Evaluated& evaluated);

  void report(std::string_view rule, std::string message, ValueRef instance);
  void report_member(std::string_view rule, std::string message, ValueRef value,
                     std::string_view key);
  // The resources entered on the way here, outermost first.
  const std::vector<const Resource*>& scope() const noexcept { return scope_; }

  // The instance can't be judged: the validation ends with this error, at this place.
  void fail(const Error& error);
  const std::optional<Error>& failure() const noexcept { return failure_; }
  std::vector<Violation> take() { return std::move(violations_); }

 private:
  bool full() const noexcept { return violations_.size() >= violations_max_; }

  std::size_t violations_max_;
  std::vector<Violation> violations_;
  Path path_;
  std::vector<const Resource*> scope_;
  std::size_t depth_ = 0;
  std::size_t quiet_ = 0;  // trials that are under way
  bool failed_ = false;    // of the innermost trial
  std::optional<Error> failure_;
};

// The same value with every float that is a whole number made an integer: 1 and 1.0 are one number
// to JSON Schema, and == on these is its equality.
Value normalised(ValueRef value);
// Short, for messages.
std::string shown(ValueRef value);

}  // namespace stet::schema
