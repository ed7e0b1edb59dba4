// validate: a file against a JSON Schema, without a store.
#include <fmt/format.h>

#include "cli/documents.hpp"
#include "cli/files.hpp"
#include "cli/limits.hpp"
#include "cli/verbs.hpp"
#include "stet/schema.hpp"

namespace stet::cli {

namespace {

schema::Draft draft_named(const std::string& name) {
  if (name == "7" || name == "draft-07") return schema::Draft::draft7;
  if (name == "2020-12") return schema::Draft::draft2020_12;
  refuse(fmt::format("--draft {}: say 7 or 2020-12", name));
}

schema::Options options_of(const Arguments& arguments) {
  schema::Options options;
  options.assert_formats = arguments.has("--formats");
  if (const auto draft = arguments.find("--draft")) options.draft = draft_named(*draft);
  for (const std::string& reference : arguments.all("--ref")) {
    const std::size_t equals = reference.find('=');
    if (equals == std::string::npos) refuse(fmt::format("--ref {}: say URI=FILE", reference));
    options.resources.insert_or_assign(
        reference.substr(0, equals),
        read_json_input(reference.substr(equals + 1), limits_of(arguments)));
  }
  return options;
}

Value violation_value(const schema::Violation& violation) {
  return Value::map({{"pointer", Value(violation.pointer.to_string())},
                     {"rule", Value(violation.rule)},
                     {"message", Value(violation.message)},
                     {"value", violation.value}});
}

void print(Session& session, const std::vector<schema::Violation>& violations) {
  if (session.json()) {
    ListBuilder errors;
    for (const auto& violation : violations) errors.append(violation_value(violation));
    session.out().json_line(
        Value::map({{"valid", Value(violations.empty())}, {"errors", errors.build()}}));
    return;
  }
  for (const auto& violation : violations) {
    session.out().line(fmt::format("{}: {}: {}",
                                   violation.pointer.empty() ? "/" : violation.pointer.to_string(),
                                   violation.rule, violation.message));
  }
  if (violations.empty()) session.say("valid");
}

Exit run_validate(Session& session, const Arguments& arguments) {
  const std::string& schema_path = arguments.text("--schema");
  if (arguments.text("FILE") == "-" && schema_path == "-") {
    refuse("FILE and --schema can't both be standard input");
  }
  const Value schema_value = read_json_input(schema_path, limits_of(arguments));
  const auto compiled = schema::Schema::compile(schema_value, options_of(arguments));
  if (!compiled.ok()) throw Failure(Exit::input, in_file(compiled.error(), schema_path));
  const Input input =
      read_input(arguments.text("FILE"), arguments.find("--from"), limits_of(arguments));
  const auto violations = value_or_fail(compiled->validate(input.value), Exit::input);
  print(session, violations);
  return violations.empty() ? Exit::done : Exit::no;
}

}  // namespace

Verb validate_verb() {
  return {"validate",
          "check a file against a JSON Schema",
          "Draft 7 or 2020-12: as the schema's $schema says, else as --draft says, else 2020-12. "
          "Prints every "
          "place that breaks a rule, with the rule, and ends with 1 if there is one. References "
          "lead into the "
          "schema or to a --ref; nothing is read from the network.",
          {{"FILE", "the document, or - for standard input", Positional::Count::one, Names::file}},
          {{"--schema", "", "SCHEMA", "the schema's file", Names::file},
           {"--draft", "", "DRAFT", "7 or 2020-12, for a schema that doesn't say", Names::text},
           {"--formats", "", "", "make 'format' a rule", Names::text},
           {"--ref", "", "URI=FILE", "a schema that references may lead to", Names::text},
           limit_option(),
           {"--from", "", "FORMAT", "what the file is: json, dag-json, dag-cbor", Names::format}},
          {{"stet validate shot.json --schema contract.schema.json", ""}},
          run_validate};
}

}  // namespace stet::cli
