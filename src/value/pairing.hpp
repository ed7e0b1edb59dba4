// Which items of a changed run of a list became which.
#pragma once

#include <span>
#include <vector>

#include "stet/value/ranges.hpp"
#include "value/increasing.hpp"

namespace stet::detail {

// Pairs of items that are one thing before and after, increasing in both: those most alike where
// the run is short enough to compare each with each, else those in the same place. Maps with an
// "id" are alike when it is equal, and never otherwise.
std::vector<Match> pair_items(std::span<const ValueRef> before, std::span<const ValueRef> after);

// Whether a patch inside of the container says more shortly what changed than a new value does.
bool are_alike(ValueRef before, ValueRef after);

}  // namespace stet::detail
