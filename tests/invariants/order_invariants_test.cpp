// The invariants of several who write at once, and of compactions beside them.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "stet/engine.hpp"
#include "store/stores.hpp"
#include "support/backend_work.hpp"
#include "support/temporary_folder.hpp"

namespace stet::test {
namespace {

constexpr int kThreads = 4;
const std::string kRef = "doc/one";

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

// Runs `work(number, handle)` in threads that each have the store open, as processes would.
template <class Work>
void with_handles(const std::string& path, const Work& work) {
  std::vector<std::thread> threads;
  for (int number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number] {
      const auto opened = open_file(path);
      ASSERT_TRUE(opened.ok()) << opened.error().to_string();
      work(number, **opened);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// One compare-and-swap that succeeded.
struct Won {
  std::uint64_t begun = 0;  // by a clock that all share
  std::uint64_t ended = 0;
  std::optional<RefValue> expected;
  RefValue next;
};

// Those of one ref, in the order that their values say.
std::vector<Won> in_order(const std::vector<Won>& all) {
  std::map<std::optional<RefValue>, Won> by_expected;
  for (const Won& won : all) {
    EXPECT_TRUE(by_expected.emplace(won.expected, won).second) << "two replaced the same value";
  }
  std::vector<Won> order;
  std::optional<RefValue> value;
  for (auto next = by_expected.find(value); next != by_expected.end();) {
    order.push_back(next->second);
    value = next->second.next;
    next = by_expected.find(value);
  }
  return order;
}

TEST(Invariant10, TheSwapsOfOneRefFormOneOrderThatAgreesWithRealTime) {
  const TemporaryFolder folder;
  std::atomic<std::uint64_t> clock = 0;
  std::mutex mutex;
  std::vector<Won> all;
  with_handles(folder / "store.stet", [&](int number, Backend& backend) {
    for (int i = 0; i < 40 && !testing::Test::HasFailure(); ++i) {
      Won won;
      won.begun = ++clock;
      const auto now = backend.read({&kRef, 1});
      ASSERT_TRUE(now.ok()) << now.error().to_string();
      won.expected = now->front();
      won.next = bytes_of(std::to_string(number) + "/" + std::to_string(i));
      const RefChange change = {kRef, won.expected, won.next};
      const auto swapped = backend.swap({&change, 1});
      ASSERT_TRUE(swapped.ok()) << swapped.error().to_string();
      won.ended = ++clock;
      const std::lock_guard guard(mutex);
      if (swapped->done) all.push_back(won);
    }
  });
  const std::vector<Won> order = in_order(all);
  EXPECT_EQ(order.size(), all.size()) << "a swap that won is not in the order";
  EXPECT_GE(order.size(), 40u);
  std::uint64_t latest_begin = 0;
  for (const Won& won : order) {
    EXPECT_GT(won.ended, latest_begin) << "one that had ended comes after one that began later";
    latest_begin = std::max(latest_begin, won.begun);
  }
  const auto backend = open_file(folder / "store.stet");
  ASSERT_TRUE(backend.ok()) << backend.error().to_string();
  EXPECT_EQ((*backend)->read({&kRef, 1})->front(), order.back().next);
}

TEST(Invariant11, ConcurrentIncrementsWithRetryEndAtExactlyTheirNumber) {
  constexpr int kEach = 40;
  const TemporaryFolder folder;
  with_handles(folder / "store.stet", [&](int, Backend& backend) {
    for (int done = 0; done < kEach && !testing::Test::HasFailure();) {
      const auto now = backend.read({&kRef, 1});
      ASSERT_TRUE(now.ok()) << now.error().to_string();
      const int count = now->front() ? std::stoi(std::string(as_text(*now->front()))) : 0;
      const RefChange change = {kRef, now->front(), bytes_of(std::to_string(count + 1))};
      const auto swapped = backend.swap({&change, 1});
      ASSERT_TRUE(swapped.ok()) << swapped.error().to_string();
      done += swapped->done;
    }
  });
  const auto backend = open_file(folder / "store.stet");
  ASSERT_TRUE(backend.ok()) << backend.error().to_string();
  EXPECT_EQ((*backend)->read({&kRef, 1})->front(), bytes_of(std::to_string(kThreads * kEach)));
}

// Every kind of answer to a swap, in a seeded order: the store tries again by itself.
TEST(Invariant12, AnOperationThatIsTriedAgainIsAppliedAtMostOnce) {
  const World world;
  const auto backend = std::make_shared<HookedBackend>(memory_backend());
  Store store = Store::over(backend, world.options());
  std::mt19937_64 random(12);
  const auto add_one = [](const Value& before) -> Result<Value> {
    return Value(before.to_int64().value() + 1);
  };
  ASSERT_TRUE(store.save("count", Value(0)).ok());
  int counted = 0;
  for (int i = 0; i < 100; ++i) {
    backend->on_swap([&](std::span<const RefChange> changes, Backend& below) {
      const std::uint64_t draw = random() % 3;
      Result<SwapOutcome> answer = Error(ErrorCode::outcome_unknown, "the line went dead");
      if (draw == 0) answer = below.swap(changes);
      if (draw == 1) {
        EXPECT_TRUE(below.swap(changes)->done);
      }
      return answer;
    });
    const auto saved = store.update("count", add_one);
    ASSERT_TRUE(saved.ok()) << saved.error().to_string();
    ASSERT_EQ(store.load("count")->to_int64(), ++counted) << "after " << i + 1 << " increments";
  }
}

TEST(Invariant13, ASaveBesideACompactionIsKept) {
  const auto disk = std::make_shared<SimulatedDisk>();
  BackendWork work(disk, disk, 3);
  ASSERT_TRUE(work.open().ok() && work.run(Step::save_a).ok());
  const auto other = open_store(disk, false, system_random());
  ASSERT_TRUE(other.ok()) << other.error().to_string();
  const RefChange bump = {std::string(kEpochRef), std::nullopt, encode_epoch(1)};
  ASSERT_TRUE((*other)->swap({&bump, 1})->done);
  class All final : public LiveSet {
   public:
    bool contains(const Id&) const override { return true; }
    std::uint64_t size() const override { return 1; }
  };
  const Bytes content(900, 6);
  const ChunkView chunk = {id_of(content), content};
  const RefValue value(chunk.id.bytes.begin(), chunk.id.bytes.end());
  bool saved = false;
  const auto swept = (*other)->sweep(All(), 1, [&](const Progress&) {
    if (saved) return true;
    const RefChange change = {"doc/beside", std::nullopt, value};
    EXPECT_TRUE(work.backend().put({&chunk, 1}, 1).ok());
    saved = work.backend().swap({&change, 1})->done;
    return true;
  });
  ASSERT_TRUE(swept.ok()) << swept.error().to_string();
  ASSERT_TRUE(saved);
  const auto later = open_store(disk, false, system_random());
  ASSERT_TRUE(later.ok()) << later.error().to_string();
  EXPECT_TRUE((*later)->get({&chunk.id, 1})->front()) << "the chunk is gone";
  const std::string name = "doc/beside";
  EXPECT_EQ((*later)->read({&name, 1})->front(), value);
}

// The save leaves chunks out that are stored, and the compaction drops them before its swap.
TEST(Invariant13, ACompactionBetweenPutAndSwapMakesTheSaveWriteItsChunksAgain) {
  const World world;
  const auto memory = memory_backend();
  const auto backend = std::make_shared<HookedBackend>(memory);
  Store other = Store::over(memory, world.options());
  Store store = Store::over(backend, world.options());
  const Value value = song(600);
  ASSERT_TRUE(other.save("gone", value).ok() && other.remove("gone").ok());
  bool compacted = false;
  backend->before_swap([&] {
    if (!std::exchange(compacted, true)) {
      EXPECT_TRUE(other.compact().ok());
    }
  });
  ASSERT_TRUE(store.save("kept", value).ok());
  ASSERT_TRUE(compacted);
  Store later = Store::over(memory, world.options());
  const auto loaded = later.load("kept");
  ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
  EXPECT_EQ(*loaded, value);
}

}  // namespace
}  // namespace stet::test
