// Random values, and the check that a value's trees keep their invariants.
#pragma once

#include <random>

#include "stet/value.hpp"

namespace stet::test {

// About `size` scalars, nested; few distinct keys and scalars, so that values meet again.
Value random_value(std::mt19937_64& random, std::size_t size);
Value random_scalar(std::mt19937_64& random);
std::string random_key(std::mt19937_64& random);

// Depths, counts, sizes, the order of keys and slabs, down to the scalars.
void check_form(ValueRef value);

}  // namespace stet::test
