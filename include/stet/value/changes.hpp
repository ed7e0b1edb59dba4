// What changed between two lists or two maps, found by skipping the nodes that they share.
// The primitive below diff (in memory) and below saving an edited value (in the tree room).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "stet/value/value.hpp"

namespace stet {

// Items [before_begin, before_end) became [after_begin, after_end). Everything outside of the
// returned changes is equal, in order. Ascending, never empty on both sides.
struct ListChange {
  std::size_t before_begin, before_end;
  std::size_t after_begin, after_end;
};

// Both lists. When `after` came from `before` by k edits this costs O(k log n), also where
// insertions and removals shifted the rest (nodes are matched by pointer); else O(n) comparisons.
std::vector<ListChange> list_changes(ValueRef before, ValueRef after);

struct MemberChange {
  std::string_view key;  // lives as long as the map that holds it
  bool in_before, in_after;
};

// Both maps; the keys whose value differs or is on one side only, in map order. O(k log n) for
// edits.
std::vector<MemberChange> map_changes(ValueRef before, ValueRef after);

}  // namespace stet
