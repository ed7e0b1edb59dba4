// The changes between two sequences of small integers that stand for items.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stet/value/changes.hpp"

namespace stet::detail {

using Classes = std::span<const std::uint32_t>;

// Appends the changes, ascending and apart, with the offsets added. Short, and shortest where the
// two differ little: Myers' algorithm up to a bounded cost, then the items that are in each once,
// and Myers between those. Source: Myers, "An O(ND) difference algorithm and its variations"
// (1986); Cohen's patience diff.
void sequence_diff(Classes before, std::size_t before_offset, Classes after,
                   std::size_t after_offset, std::vector<ListChange>& changes);

}  // namespace stet::detail
