// Changes that may be none: what list_changes and map_changes give, but where one container stands
// for another of its kind they aren't compared, so that a descent into nested changes stays linear.
#pragma once

#include <vector>

#include "stet/value/changes.hpp"

namespace stet::detail {

std::vector<ListChange> possible_list_changes(ValueRef before, ValueRef after);
std::vector<MemberChange> possible_map_changes(ValueRef before, ValueRef after);

// False where the two are equal for sure; containers of one kind are not looked into.
inline bool may_differ(ValueRef before, ValueRef after) {
  if (before.same_node(after)) return false;
  const bool are_containers = before.size() != 0 && after.size() != 0;
  return are_containers && before.kind() == after.kind() ? true : !(before == after);
}

}  // namespace stet::detail
