// The schema room's door: JSON Schema, draft 7 and 2020-12, over values.
//
// Never reads the network: references resolve within the schema, to the resources that the caller
// gives, or to the drafts' own meta-schemas, which are built in.
//
// Thread rule: a Schema is immutable; `validate` may run on many threads at once.
// Source: JSON Schema Core and Validation, draft-07 and 2020-12. Patterns are ECMA-262's, run by
// PCRE2 with a bound on their steps.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stet/value.hpp"

namespace stet::schema {

enum class Draft : std::uint8_t { draft7, draft2020_12 };

struct Options {
  Draft draft = Draft::draft2020_12;       // for a schema that names none with $schema
  bool assert_formats = false;             // else `format` only informs
  std::map<std::string, Value> resources;  // other schemas, by absolute URI
  std::size_t violations_max = 1000;       // validation stops there
};

// One rule that a document breaks.
struct Violation {
  Path pointer;         // in the document
  std::string rule;     // the keyword: "type", "required" …
  std::string message;  // what was expected and what is there
  Value value;          // what is there
};

class Schema {
 public:
  // Checks the whole schema first. Errors: invalid, with the path in the schema (a keyword of the
  // wrong type, a bad pattern, a reference that leads nowhere), too_large (nested too deep).
  static Result<Schema> compile(const Value& schema, const Options& options = {});

  // What the document breaks, in the order found; empty means valid. Errors: too_large when
  // references or the document nest deeper than the validator follows, or when a pattern takes more
  // steps than it may, with the path in the document.
  Result<std::vector<Violation>> validate(const Value& document) const;

  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) noexcept;
  ~Schema();

 private:
  struct Compiled;
  explicit Schema(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace stet::schema
