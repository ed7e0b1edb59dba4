// Swaps of several threads of one handle in one batch.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/file/swap_queue.hpp"
#include "engine/file_rig.hpp"
#include "support/tampered_files.hpp"

namespace stet::test {
namespace {

using std::chrono::milliseconds;

// A disk whose next sync waits until it is let go, and may fail the one after it.
class SlowDisk {
 public:
  std::shared_ptr<Backend> open(const FileRig& rig, std::int64_t limit_ms = 60'000,
                                ProgressCallback waiting = {}) {
    auto options =
        options_on(tampered_files(rig.disk, [this](const Call& call) { return judge(call); }));
    options.lock_wait.limit_ms = limit_ms;
    options.lock_wait.waiting = std::move(waiting);
    return *open_file(kStorePath, options);
  }
  void hold_next_sync() {
    const std::lock_guard lock(mutex_);
    holding_ = true;
  }
  void wait_until_held() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return held_; });
  }
  void let_go(bool fail_next) {
    const std::lock_guard lock(mutex_);
    holding_ = held_ = false;
    failing_ = fail_next;
    syncs = 0;
    changed_.notify_all();
  }
  std::atomic<int> syncs = 0;  // begun since

 private:
  Verdict judge(const Call& call) {
    if (call.kind != Call::Kind::sync_data) return {};
    std::unique_lock lock(mutex_);
    ++syncs;
    if (holding_) {
      held_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return !holding_; });
      return {};
    }
    if (!std::exchange(failing_, false)) return {};
    return {Verdict::Kind::fail, EIO, 0};
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool holding_ = false, held_ = false, failing_ = false;
};

Result<SwapOutcome> move_ref(Backend& backend, const std::string& name,
                             const std::optional<RefValue>& from, const std::string& to) {
  const RefChange change{name, from, chunk_of(to), false};
  return backend.swap({&change, 1});
}

// Two swaps that wait for the flush of a third; nothing where they came too late to share theirs.
struct Pair {
  Result<SwapOutcome> first = Error(ErrorCode::internal, ""), second = first;
};
std::optional<Pair> swap_together(FileRig& rig, bool fail, const RefChange& one,
                                  const RefChange& two) {
  SlowDisk disk;
  const auto backend = disk.open(rig);
  EXPECT_TRUE(move_ref(*backend, "doc/begin", FileRig::read(*backend, "doc/begin"), "x")->done);
  disk.hold_next_sync();
  std::thread leader(
      [&] { EXPECT_TRUE(move_ref(*backend, "doc/begin", chunk_of("x"), "y")->done); });
  disk.wait_until_held();
  Pair pair;
  std::thread first([&] { pair.first = backend->swap({&one, 1}); });
  std::this_thread::sleep_for(milliseconds(10));
  std::thread second([&] { pair.second = backend->swap({&two, 1}); });
  std::this_thread::sleep_for(milliseconds(10));
  disk.let_go(fail);
  leader.join();
  first.join();
  second.join();
  if (disk.syncs != 1 && !fail) return std::nullopt;
  return pair;
}

// Tries until both swaps were in one batch.
Pair in_one_batch(FileRig& rig, bool fail, const RefChange& one, const RefChange& two,
                  const std::function<bool(const Pair&)>& shared) {
  for (int i = 0; i < 50; ++i) {
    rig.disk = std::make_shared<SimulatedDisk>();
    const auto pair = swap_together(rig, fail, one, two);
    if (pair && shared(*pair)) return *pair;
  }
  ADD_FAILURE() << "they never came to be in one batch";
  return {};
}

TEST(GroupCommit, SwapsThatWaitTogetherShareAFlush) {
  FileRig rig;
  const RefChange one{"doc/a", std::nullopt, chunk_of("a"), false};
  const RefChange two{"doc/b", std::nullopt, chunk_of("b"), false};
  const Pair pair = in_one_batch(rig, false, one, two, [](const Pair&) { return true; });
  EXPECT_TRUE(pair.first.ok() && pair.first->done);
  EXPECT_TRUE(pair.second.ok() && pair.second->done);
  FileRig after(durable_now(rig));
  EXPECT_EQ(FileRig::read(*after.open(), "doc/a"), chunk_of("a"));
  EXPECT_EQ(FileRig::read(*after.open(), "doc/b"), chunk_of("b"));
}

TEST(GroupCommit, OfTwoSwapsThatExpectTheSameOneIsLostAndSeesTheOther) {
  FileRig rig;
  const RefChange one{"doc/a", std::nullopt, chunk_of("one"), false};
  const RefChange two{"doc/a", std::nullopt, chunk_of("two"), false};
  const Pair pair = in_one_batch(rig, false, one, two, [](const Pair&) { return true; });
  ASSERT_TRUE(pair.first.ok() && pair.second.ok());
  EXPECT_NE(pair.first->done, pair.second->done);
  const SwapOutcome& lost = pair.first->done ? *pair.second : *pair.first;
  const Bytes won = chunk_of(pair.first->done ? "one" : "two");
  ASSERT_EQ(lost.actual.size(), 1u);
  EXPECT_EQ(lost.actual[0], won);
  FileRig after(durable_now(rig));
  EXPECT_EQ(FileRig::read(*after.open(), "doc/a"), won);
}

TEST(GroupCommit, ASwapMayContinueTheOneBeforeItInTheBatch) {
  FileRig rig;
  const RefChange one{"doc/a", std::nullopt, chunk_of("one"), false};
  const RefChange two{"doc/a", chunk_of("one"), chunk_of("two"), false};
  const Pair pair = in_one_batch(rig, false, one, two,
                                 [](const Pair& p) { return p.second.ok() && p.second->done; });
  EXPECT_TRUE(pair.first.ok() && pair.first->done);
  FileRig after(durable_now(rig));
  EXPECT_EQ(FileRig::read(*after.open(), "doc/a"), chunk_of("two"));
}

// Lost to a swap that may not be durable: that must not be told as lost.
TEST(GroupCommit, WhatRestsOnABatchThatIsUnknownIsUnknownToo) {
  FileRig rig;
  const RefChange one{"doc/a", std::nullopt, chunk_of("one"), false};
  const RefChange two{"doc/a", std::nullopt, chunk_of("two"), false};
  const auto is_unknown = [](const Result<SwapOutcome>& swapped) {
    return !swapped.ok() && swapped.error().code() == ErrorCode::outcome_unknown;
  };
  (void)in_one_batch(rig, true, one, two, [&](const Pair& pair) {
    return is_unknown(pair.first) && is_unknown(pair.second);
  });
}

TEST(GroupCommit, WhoeverWaitsTooLongGivesUpAndNothingOfItHappens) {
  FileRig rig;
  SlowDisk disk;
  const auto backend = disk.open(rig, 50);
  disk.hold_next_sync();
  std::thread leader([&] { EXPECT_TRUE(move_ref(*backend, "doc/a", std::nullopt, "a")->done); });
  disk.wait_until_held();
  const auto late = move_ref(*backend, "doc/b", std::nullopt, "b");
  disk.let_go(false);
  leader.join();
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code(), ErrorCode::locked);
  EXPECT_EQ(FileRig::read(*backend, "doc/b"), std::nullopt);
  EXPECT_TRUE(move_ref(*backend, "doc/b", std::nullopt, "later")->done);
}

TEST(GroupCommit, WhereTheLeaderMayNotWriteTheOthersTryThemselves) {
  file::SwapQueue queue;
  std::atomic<int> leads = 0;
  const auto lead = [&](const os::LockWait&) -> Result<void> {
    if (++leads == 1) {
      std::this_thread::sleep_for(milliseconds(50));
      return Error(ErrorCode::locked, "busy");
    }
    for (file::PendingSwap* const swap : queue.take()) {
      swap->answer = SwapOutcome{.done = true, .actual = {}};
    }
    return {};
  };
  const RefChange change{"doc/a", std::nullopt, chunk_of("a"), false};
  std::atomic<int> done = 0, locked = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      const auto swapped = queue.run({&change, 1}, {}, "path", lead);
      ++(swapped.ok() ? done : locked);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(locked, 1);
  EXPECT_EQ(done, 3);
}

// Before it is taken a swap can be withdrawn; then nothing of it happens.
TEST(GroupCommit, WhoeverWaitsMayGiveUpOrThrow) {
  for (const bool throws : {false, true}) {
    FileRig rig;
    SlowDisk disk;
    std::atomic<bool> is_leading = true;
    const auto backend = disk.open(rig, 60'000, [&](const Progress&) {
      if (is_leading) return true;
      if (throws) throw std::runtime_error("enough");
      return false;
    });
    disk.hold_next_sync();
    std::thread leader([&] { EXPECT_TRUE(move_ref(*backend, "doc/a", std::nullopt, "a")->done); });
    disk.wait_until_held();
    is_leading = false;
    if (throws) {
      EXPECT_THROW((void)move_ref(*backend, "doc/b", std::nullopt, "b"), std::runtime_error);
    } else {
      const auto given_up = move_ref(*backend, "doc/b", std::nullopt, "b");
      ASSERT_FALSE(given_up.ok());
      EXPECT_EQ(given_up.error().code(), ErrorCode::cancelled);
    }
    disk.let_go(false);
    leader.join();
    EXPECT_EQ(FileRig::read(*backend, "doc/b"), std::nullopt);
    EXPECT_TRUE(move_ref(*backend, "doc/b", std::nullopt, "later")->done);
  }
}

TEST(GroupCommit, ManyThreadsNeedFewerFlushesThanSwaps) {
  FileRig rig;
  const auto files = tampered_files(rig.disk, [&](const Call& call) -> Verdict {
    if (call.kind == Call::Kind::sync_data) std::this_thread::sleep_for(milliseconds(2));
    return {};
  });
  const auto backend = *open_file(kStorePath, options_on(files));
  constexpr int kThreads = 8, kSwaps = 20;
  const auto before = backend->counters().flushes;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const std::string name = "doc/" + std::to_string(t);
      std::optional<RefValue> last;
      for (int s = 0; s < kSwaps; ++s) {
        const std::string next = std::to_string(s);
        const auto swapped = move_ref(*backend, name, last, next);
        EXPECT_TRUE(swapped.ok() && swapped->done);
        last = chunk_of(next);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LT(backend->counters().flushes - before, kThreads * kSwaps * 3 / 4);
  FileRig after(durable_now(rig));
  const auto reopened = after.open();
  for (int t = 0; t < kThreads; ++t) {
    EXPECT_EQ(FileRig::read(*reopened, "doc/" + std::to_string(t)),
              chunk_of(std::to_string(kSwaps - 1)));
  }
}

}  // namespace
}  // namespace stet::test
