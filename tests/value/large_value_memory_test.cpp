// The memory of large values: that it comes back, and is used again. By what the system says is
// resident, which sanitizers change.
#include <unistd.h>

#include <fstream>

#include "value/large_value.hpp"

namespace stet::test {
namespace {

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  std::size_t resident_pages = 0;
  file >> pages >> resident_pages;
  return resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Two builders take turns, so that their slabs lie among each other.
TEST(LargeValue, MemoryBetweenOthersIsUsedAgain) {
  ValueBuilder kept_builder;
  ValueBuilder dropped_builder;
  kept_builder.begin_list(kMaps);
  dropped_builder.begin_list(kMaps);
  for (std::int64_t i = 0; i < kMaps; ++i) {
    add_map(kept_builder, i);
    add_map(dropped_builder, i);
  }
  kept_builder.end_list();
  dropped_builder.end_list();
  const Value kept = kept_builder.finish();
  Value dropped = dropped_builder.finish();
  const std::size_t full = resident_bytes();
  for (int round = 0; round < 5; ++round) {
    dropped = Value();
    dropped = large_value(0);
    EXPECT_LT(resident_bytes(), full + kept.memory_bytes() / 2) << round;
  }
  expect_holds(kept, 0);
  expect_holds(dropped, 0);
}

TEST(LargeValue, GivesItsMemoryBack) {
  release_unused_memory();
  const std::size_t before = resident_bytes();
  Value value = large_value(0);
  const std::size_t taken = value.memory_bytes();
  EXPECT_GT(resident_bytes(), before + taken / 2);
  value = Value();
  release_unused_memory();
  EXPECT_LT(resident_bytes(), before + taken / 4);
}

}  // namespace
}  // namespace stet::test
