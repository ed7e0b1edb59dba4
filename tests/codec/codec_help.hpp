// What the tests of the codec room share: random values and how many of them.
#pragma once

#include <random>
#include <string>

#include "stet/codec.hpp"

namespace stet::test {

// A value of every kind, nested up to `depth`, deterministic for a state of the generator.
Value random_value(std::mt19937_64& random, int depth);
std::string random_text(std::mt19937_64& random);

// $STET_SEED, else a fixed one; printed, so that a failure can be run again.
std::uint64_t test_seed();

// How many times a property is tried: `usual`, a hundred times that under STET_DEEP=1.
int rounds(int usual);

}  // namespace stet::test
