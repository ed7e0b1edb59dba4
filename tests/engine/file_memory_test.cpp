// No memory: an allocation that fails anywhere in a save leaves a store and a handle that are
// right.
#include <array>
#include <cerrno>

#include "engine/file/log.hpp"
#include "engine/file/swap_queue.hpp"
#include "engine/file_rig.hpp"
#include "support/allocations.hpp"
#include "support/tampered_files.hpp"

namespace stet::test {
namespace {

enum class Answer { done, failed, unknown };

// Swaps doc/a from "one" to "two" while the `nth` allocation (0: the first) fails.
Answer swap_without_memory(Backend& backend, long nth) {
  const RefChange change{"doc/a", chunk_of("one"), chunk_of("two"), false};
  try {
    allocations_left = nth;
    const auto swapped = backend.swap({&change, 1});
    allocations_left = -1;
    if (swapped.ok()) return swapped->done ? Answer::done : Answer::failed;
    return swapped.error().code() == ErrorCode::outcome_unknown ? Answer::unknown : Answer::failed;
  } catch (const std::bad_alloc&) {
    allocations_left = -1;
    return Answer::failed;
  }
}

void move_ref(Backend& backend, const std::string& name, const std::string& text) {
  const auto before = FileRig::read(backend, name);
  const RefChange change{name, before, chunk_of(text), false};
  const auto swapped = backend.swap({&change, 1});
  ASSERT_TRUE(swapped.ok()) << swapped.error().to_string();
  EXPECT_TRUE(swapped->done);
}

// A save of one chunk of `bytes`, beside a second handle. Whether an allocation failed.
bool try_without_memory(std::size_t bytes, long nth) {
  FileRig rig;
  const auto backend = rig.open();
  const auto other = rig.open();
  move_ref(*backend, "doc/a", "one");
  const Bytes chunk = chunk_of("chunk", bytes);
  const ChunkView view{id_of(chunk), chunk};
  EXPECT_TRUE(backend->put({&view, 1}, 0).ok());
  const Answer answer = swap_without_memory(*backend, nth);
  const auto seen = FileRig::read(*other, "doc/a");
  EXPECT_TRUE(seen == chunk_of("one") || seen == chunk_of("two"));
  EXPECT_TRUE(answer != Answer::done || seen == chunk_of("two"));
  EXPECT_TRUE(answer == Answer::done || answer == Answer::unknown || seen == chunk_of("one"));
  EXPECT_EQ(FileRig::read(*backend, "doc/a"), seen);
  move_ref(*other, "doc/a", "three");
  for (const char* name : {"doc/b", "doc/c", "doc/d"}) move_ref(*backend, name, name);
  EXPECT_EQ(FileRig::read(*backend, "doc/a"), chunk_of("three"));
  const auto reopened = rig.open();
  if (!reopened) return true;
  EXPECT_EQ(FileRig::read(*reopened, "doc/a"), chunk_of("three"));
  EXPECT_EQ(FileRig::read(*reopened, "doc/d"), chunk_of("doc/d"));
  EXPECT_TRUE(reopened->get({&view.id, 1})->front() == chunk) << "put before the saves of doc/b …";
  EXPECT_TRUE(reopened->check({})->empty());
  return answer != Answer::done;
}

class SwapWithoutMemory : public testing::TestWithParam<std::size_t> {};

TEST_P(SwapWithoutMemory, NothingIsLostAndTheHandleGoesOn) {
  long failures = 0;
  long in_a_row = 0;  // what fails after the answer is known goes unnoticed
  for (long nth = 0; in_a_row < 20; ++nth) {
    SCOPED_TRACE("allocation " + std::to_string(nth));
    const bool failed = try_without_memory(GetParam(), nth);
    failures += failed;
    in_a_row = failed ? 0 : in_a_row + 1;
    if (HasFailure()) return;
  }
  EXPECT_GE(failures, 10);
}

INSTANTIATE_TEST_SUITE_P(Sizes, SwapWithoutMemory, testing::Values(500u, 200'000u, 2'400'000u),
                         [](const auto& one) { return std::to_string(one.param); });

// Puts many chunks, which are written ahead, while the `nth` allocation fails. Whether there are so
// many.
bool put_without_memory(Backend& backend, const std::vector<Bytes>& chunks, long nth) {
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const ChunkView view{id_of(chunks[i]), chunks[i]};
    try {
      if (i == 0) allocations_left = nth;
      (void)backend.put({&view, 1}, 0);
    } catch (const std::bad_alloc&) {
      EXPECT_EQ(allocations_left, -1);
    }
  }
  return std::exchange(allocations_left, -1) == -1;
}

TEST(WithoutMemory, WhatIsWrittenAheadIsRightOrGone) {
  std::vector<Bytes> chunks;
  for (int i = 0; i < 60; ++i) chunks.push_back(chunk_of(std::to_string(i), 2000));
  long nth = 0;
  for (bool reached = true; reached; ++nth) {
    SCOPED_TRACE("allocation " + std::to_string(nth));
    FileRig rig;
    FileEngineOptions options = options_on(rig.disk);
    options.write_ahead = {.part_bytes = 10'000, .hold_ms = 5};
    const auto backend = *open_file(kStorePath, options);
    move_ref(*backend, "doc/a", "one");
    reached = put_without_memory(*backend, chunks, nth);
    move_ref(*rig.open(), "doc/b", "two");
    (void)put_without_memory(*backend, chunks, -1);
    move_ref(*backend, "doc/a", "three");
    FileRig after(durable_now(rig));
    const auto reopened = after.open();
    for (const Bytes& chunk : chunks) {
      const Id id = id_of(chunk);
      EXPECT_TRUE(reopened->get({&id, 1})->front() == chunk);
    }
    EXPECT_EQ(FileRig::read(*reopened, "doc/b"), chunk_of("two"));
    EXPECT_EQ(FileRig::read(*reopened, "doc/a"), chunk_of("three"));
    EXPECT_TRUE(reopened->check({})->empty());
    EXPECT_EQ(rig.names(), std::vector<std::string>{"store.stet"}) << "nothing was set aside";
    if (HasFailure()) return;
  }
  EXPECT_GE(nth, 100);
}

// The write of the end of a batch says late that it failed, and there is no memory to say so.
TEST(WithoutMemory, ACommitThatOthersHaveSeenIsNotTakenBack) {
  for (int nth_write = 1; nth_write <= 4; ++nth_write) {
    for (long nth = 0; nth < 20; ++nth) {
      SCOPED_TRACE("write " + std::to_string(nth_write) + " allocation " + std::to_string(nth));
      FileRig rig;
      int writes = -1;
      const auto files = tampered_files(rig.disk, [&](const Call& call) -> Verdict {
        if (writes < 0 || call.kind != Call::Kind::write || ++writes != nth_write) return {};
        allocations_left = nth;
        return {Verdict::Kind::fail_late, EIO, 0};
      });
      FileEngineOptions options = options_on(files);
      options.write_ahead = {.part_bytes = 5000, .hold_ms = 60'000};
      auto backend = *open_file(kStorePath, options);
      move_ref(*backend, "doc/a", "one");
      const auto other = rig.open();
      for (int i = 0; i < 8; ++i) {
        const Bytes chunk = chunk_of(std::to_string(i), 2000);
        const ChunkView view{id_of(chunk), chunk};
        ASSERT_TRUE(backend->put({&view, 1}, 0).ok());
      }
      writes = 0;
      (void)swap_without_memory(*backend, -1);
      allocations_left = -1;
      writes = -1;
      const auto seen = FileRig::read(*other, "doc/a");
      backend.reset();
      EXPECT_EQ(FileRig::read(*rig.open(), "doc/a"), seen);
    }
  }
}

// A part that lies in the file is opened again where what followed it is dropped.
TEST(WithoutMemory, APartThatIsOpenAgainIsWrittenAgain) {
  for (long nth = 0;; ++nth) {
    SCOPED_TRACE("allocation " + std::to_string(nth));
    FileRig rig;
    move_ref(*rig.open(), "doc/a", "one");
    std::uint64_t flushes = 0;
    const auto log = *file::Log::open(*rig.disk, kStorePath, false, nullptr, flushes);
    const auto writer = *file::FileLock::take(log->shared_file(), file::kWriterLock, {});
    ASSERT_TRUE(log->prepare(*rig.disk, kStorePath, {}, flushes).ok());
    file::Batch batch(1000);
    const auto add = [&batch](const Bytes& chunk) { batch.add_chunk(id_of(chunk), chunk, 0); };
    for (int i = 0; i < 4; ++i) add(chunk_of(std::to_string(i), 300));
    const Bytes last = chunk_of("closes the part", 600);
    bool failed = false;
    try {
      allocations_left = nth;
      add(last);
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    allocations_left = -1;
    if (!failed) break;
    ASSERT_TRUE(log->write_ahead(batch.closed_parts(), batch.written_ahead(), {}).ok());
    log->finish(batch);
    {
      const auto file = std::shared_ptr(*rig.disk->open(kStorePath, os::OpenMode::read_write, 0));
      const auto grow = *file::FileLock::take(file, file::kGrowLock, {});
      EXPECT_FALSE(log->append(batch, {.limit_ms = 0}, flushes).ok());
    }
    batch.drop_all_but_chunks();
    add(chunk_of("small"));
    batch.add_ref("doc/a", chunk_of("two"));
    log->finish(batch);
    const auto appended = log->append(batch, {}, flushes);
    ASSERT_TRUE(appended.ok()) << appended.error().to_string();
    EXPECT_EQ(FileRig::read(*rig.open(), "doc/a"), chunk_of("two"));
  }
}

// Wherever it fails, with the leader's own failure or without: nobody finds it in the queue.
TEST(WithoutMemory, ASwapThatFailsLeavesTheQueue) {
  const RefChange change{"doc/a", std::nullopt, chunk_of("a"), false};
  const std::array<char, 64> large{};
  const os::LockWait wait{.limit_ms = 100,
                          .waiting = [large](const Progress&) { return large[0] == 0; }};
  const auto fail = [](const os::LockWait&) -> Result<void> {
    return Error(ErrorCode::locked, "busy");
  };
  for (long nth = 0; nth < 20; ++nth) {
    for (const int case_number : {0, 1, 2, 3}) {
      const bool fails = case_number % 2 == 0;
      const bool is_used = case_number >= 2;  // then the queue needs no memory of its own
      file::SwapQueue queue;
      const auto lead = [&queue](const os::LockWait&) -> Result<void> {
        const auto group = queue.take();
        EXPECT_EQ(group.size(), 1u);
        group[0]->answer = SwapOutcome{.done = true, .actual = {}};
        return {};
      };
      for (int i = 0; is_used && i < 2; ++i) {
        EXPECT_TRUE(queue.run({&change, 1}, wait, "path", lead).ok());
      }
      SCOPED_TRACE("allocation " + std::to_string(nth));
      try {
        allocations_left = nth;
        if (fails)
          (void)queue.run({&change, 1}, wait, "path", fail);
        else
          (void)queue.run({&change, 1}, wait, "path", lead);
      } catch (const std::bad_alloc&) {
        EXPECT_EQ(allocations_left, -1);
      }
      allocations_left = -1;
      const auto next = queue.run({&change, 1}, wait, "path", lead);
      ASSERT_TRUE(next.ok()) << next.error().to_string();
      EXPECT_TRUE(next->done);
    }
  }
}

}  // namespace
}  // namespace stet::test
