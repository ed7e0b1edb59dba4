// The memory of large values: that it comes back, is used again, and holds what was put there
// whoever drops it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <thread>

#include "stet/value.hpp"
#include "stet/value/builder.hpp"

namespace stet {
namespace {

constexpr std::int64_t kMaps = 200'000;

void add_map(ValueBuilder& builder, std::int64_t number) {
  builder.begin_map(2);
  builder.key("number");
  builder.integer(number);
  builder.key("text");
  builder.text("a text that needs a place of its own");
  EXPECT_TRUE(builder.end_map());
}

Value large_value(std::int64_t first) {
  ValueBuilder builder;
  builder.begin_list(kMaps);
  for (std::int64_t i = 0; i < kMaps; ++i) add_map(builder, first + i);
  builder.end_list();
  return builder.finish();
}

void expect_holds(const Value& value, std::int64_t first) {
  ASSERT_EQ(value.size(), static_cast<std::size_t>(kMaps));
  std::int64_t expected = first;
  for (const ValueRef item : value.items()) {
    ASSERT_EQ(item.member("number")->to_int64(), expected++);
    ASSERT_EQ(item.member("text")->to_text(), "a text that needs a place of its own");
  }
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  std::size_t resident_pages = 0;
  file >> pages >> resident_pages;
  return resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

TEST(LargeValue, HoldsWhatWasPutThereWhoeverDropsItsNeighbours) {
  std::vector<std::optional<Value>> values;
  for (std::int64_t i = 0; i < 6; ++i) values.emplace_back(large_value(i));
  for (const std::size_t dropped : {1u, 4u, 0u}) values[dropped].reset();
  for (const std::int64_t made : {4, 0, 1}) {
    values[static_cast<std::size_t>(made)] = large_value(100 + made);
  }
  for (const std::size_t i : {2u, 3u, 5u}) expect_holds(*values[i], static_cast<std::int64_t>(i));
  for (const std::size_t i : {0u, 1u, 4u})
    expect_holds(*values[i], 100 + static_cast<std::int64_t>(i));
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

TEST(LargeValue, IsMadeAndDroppedByManyThreads) {
  std::vector<std::thread> threads;
  for (std::int64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      for (std::int64_t round = 0; round < 3; ++round) {
        const Value value = large_value(thread);
        expect_holds(value, thread);
        std::thread([shared = value, thread] { expect_holds(shared, thread); }).join();
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace stet
