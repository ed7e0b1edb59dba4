// Makers of rules: keyword by keyword, from a schema that is a map to the rules it means.
#pragma once

#include <memory>
#include <vector>

#include "schema/compiler.hpp"
#include "schema/node.hpp"

namespace stet::schema {

using Rules = std::vector<std::unique_ptr<const Rule>>;

// A keyword whose value is a count; nothing where it is absent. Errors: invalid.
Result<std::optional<std::uint64_t>> count_member(const Place& place, std::string_view keyword);

// The node of a keyword whose value is a schema, null where it is absent; of one whose value is a
// list of schemas, empty where it is absent. Errors: invalid.
Result<const Node*> node_member(Compiler& compiler, const Place& place, std::string_view keyword);
Result<std::vector<const Node*>> node_list(Compiler& compiler, const Place& place,
                                           std::string_view keyword);

// `place` is a schema that is a map. Each maker looks for its own keywords. Errors: invalid.
Result<void> add_scalar_rules(Compiler& compiler, const Place& place, Rules& rules);
Result<void> add_reference_rules(Compiler& compiler, const Place& place, Rules& rules);
Result<void> add_logic_rules(Compiler& compiler, const Place& place, Rules& rules);
Result<void> add_list_rules(Compiler& compiler, const Place& place, Rules& rules);
Result<void> add_map_rules(Compiler& compiler, const Place& place, Rules& rules);
// unevaluatedItems and unevaluatedProperties: after all others.
Result<void> add_unevaluated_rules(Compiler& compiler, const Place& place, Rules& rules);

}  // namespace stet::schema
