// Patch: a change of a document as a list of operations (RFC 6902), and merge patches (RFC 7396).
#pragma once

#include <string>
#include <vector>

#include "stet/value/path.hpp"
#include "stet/value/value.hpp"

namespace stet {

struct Operation {
  enum class Kind : std::uint8_t { add, remove, replace, move, copy, test };
  Kind kind;
  Path path;
  Path from;    // move and copy
  Value value;  // add, replace and test
};

using Patch = std::vector<Operation>;

// The JSON form of RFC 6902. Errors: invalid, with the index of the operation as the path
// ("/3/op").
Result<Patch> patch_from_value(const Value& document);
Value patch_to_value(const Patch& patch);

// All operations or none. Errors name the operation's index and path: not_found (a path that isn't
// there), conflict (a test that fails), invalid (a step that doesn't fit).
Result<Value> apply_patch(const Value& document, const Patch& patch);

// RFC 7396.
Value apply_merge(const Value& document, const Value& merge_patch);
// The merge patch that turns `before` into `after`; invalid where none exists (a null member).
Result<Value> merge_diff(const Value& before, const Value& after);

// A Patch that turns `before` into `after`: short (one operation for each changed place, list
// insertions and removals found), and skips parts that the two share, so it costs what changed.
// apply_patch(before, diff(before, after)) == after, always.
Patch diff(const Value& before, const Value& after);

}  // namespace stet
