// Large values: that they hold what was put there, whoever drops it.
#include "value/large_value.hpp"

#include <optional>
#include <thread>

namespace stet::test {
namespace {

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
}  // namespace stet::test
