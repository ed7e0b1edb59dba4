// Tables of ids for where there are thousands: flat, so that a look costs one miss of the cache and
// a new entry no allocation (Tessil, robin-map; linear probing with robin hood hashing). Pointers
// into them end with the next change.
#pragma once

#include <tsl/robin_map.h>
#include <tsl/robin_set.h>

#include "stet/base/id.hpp"

namespace stet {

template <class T>
using IdMap = tsl::robin_map<Id, T>;
using IdSet = tsl::robin_set<Id>;

}  // namespace stet
