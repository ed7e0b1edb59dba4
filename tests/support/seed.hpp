// The seed of a random test: $STET_SEED, so that a failure can be run again, else a new one. Tests
// print it where they fail.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>

namespace stet::test {

inline std::uint64_t first_seed() {
  const char* given = std::getenv("STET_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

}  // namespace stet::test
