// The meta-schemas of the drafts, built in: their URIs, and the rule that checks a schema's form.
#pragma once

#include <optional>
#include <string_view>

#include "schema/compiler.hpp"
#include "schema/rules.hpp"

namespace stet::schema {

inline constexpr std::string_view kValidationVocabulary =
    "https://json-schema.org/draft/2020-12/vocab/validation";

// The draft that a $schema URI means; nothing for other URIs.
std::optional<Draft> draft_of_meta_schema(std::string_view uri);
// What stands for the meta-schema at `uri`: an empty schema, whose rule add_meta_rule adds.
std::optional<Value> meta_schema(std::string_view uri);
Result<void> add_meta_rule(Compiler& compiler, const Place& place, Rules& rules);

}  // namespace stet::schema
