// What is written of a large save before its swap: never seen, never in anybody's way for long, and
// gone where no swap comes.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>

#include "engine/file_rig.hpp"
#include "support/tampered_files.hpp"

namespace stet::test {
namespace {

constexpr std::size_t kPartBytes = 5000;  // more than the front
constexpr std::size_t kChunks = 60;       // of 300 bytes: four parts

// Enough to make the file longer.
const std::vector<std::string> kNames = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
                                         "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"};

FileEngineOptions in_parts(std::shared_ptr<os::FileSystem> files, std::int64_t hold_ms = 60'000) {
  FileEngineOptions options = options_on(std::move(files));
  options.write_ahead = {.part_bytes = kPartBytes, .hold_ms = hold_ms};
  return options;
}

Bytes part_of(const std::string& name, std::size_t i) {
  return chunk_of(name + std::to_string(i), 300);
}

Result<void> put_large(Backend& backend, const std::string& name, Epoch epoch = 0) {
  for (std::size_t i = 0; i < kChunks; ++i) {
    const Bytes chunk = part_of(name, i);
    const ChunkView view{id_of(chunk), chunk};
    STET_CHECK(backend.put({&view, 1}, epoch));
  }
  return {};
}

std::size_t count_of(Backend& backend, const std::string& name) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < kChunks; ++i) {
    const Bytes chunk = part_of(name, i);
    const Id id = id_of(chunk);
    const auto found = backend.get({&id, 1});
    EXPECT_TRUE(found.ok());
    count += found.ok() && found->front() == chunk;
  }
  return count;
}

Result<SwapOutcome> move_ref(Backend& backend, const std::string& name, const std::string& text) {
  const RefChange change{name, FileRig::read(backend, name), chunk_of(text), false};
  return backend.swap({&change, 1});
}

void expect_done(const Result<SwapOutcome>& swapped) {
  ASSERT_TRUE(swapped.ok()) << swapped.error().to_string();
  EXPECT_TRUE(swapped->done);
}

// The rig's disk; adds up the bytes of one kind of call.
std::shared_ptr<os::FileSystem> counted(const FileRig& rig, Call::Kind kind, std::size_t& bytes) {
  return tampered_files(rig.disk, [kind, &bytes](const Call& call) -> Verdict {
    if (call.kind == kind) bytes += call.bytes;
    return {};
  });
}

Bytes file_after_large_save(FileEngineOptions options, const std::shared_ptr<SimulatedDisk>& disk) {
  options.random = std::make_shared<SameSalt>();
  const auto backend = *open_file(kStorePath, options);
  EXPECT_TRUE(put_large(*backend, "a").ok());
  expect_done(move_ref(*backend, "doc/a", "a"));
  FileRig rig;
  rig.disk = disk;
  return rig.read_bytes(0, rig.content_end());
}

TEST(WriteAhead, TheFileIsTheSame) {
  const auto plain = std::make_shared<SimulatedDisk>();
  const auto ahead = std::make_shared<SimulatedDisk>();
  EXPECT_TRUE(file_after_large_save(options_on(plain), plain) ==
              file_after_large_save(in_parts(ahead), ahead));
}

TEST(WriteAhead, LittleIsLeftForTheSwapAndItFlushesOnce) {
  FileRig rig;
  std::size_t written = 0;
  const auto files = counted(rig, Call::Kind::write, written);
  const auto backend = *open_file(kStorePath, in_parts(files));
  expect_done(move_ref(*backend, "doc/b", "b"));
  const auto flushes = backend->counters().flushes;
  ASSERT_TRUE(put_large(*backend, "a").ok());
  EXPECT_GE(written, 2 * kPartBytes);
  EXPECT_EQ(backend->counters().flushes, flushes);
  written = 0;
  expect_done(move_ref(*backend, "doc/a", "a"));
  EXPECT_LE(written, 2 * kPartBytes + 300);
  EXPECT_EQ(backend->counters().flushes, flushes + 1);
  FileRig after(durable_now(rig));
  EXPECT_EQ(count_of(*after.open(), "a"), kChunks);
}

TEST(WriteAhead, ReadersFindNothingAtTheLogsEnd) {
  FileRig rig;
  const auto backend = *open_file(kStorePath, in_parts(rig.disk));
  expect_done(move_ref(*backend, "doc/b", "b"));
  std::size_t read = 0;
  const auto files = counted(rig, Call::Kind::read, read);
  const auto reader = *open_file(kStorePath, options_on(files));
  ASSERT_TRUE(put_large(*backend, "a").ok());
  read = 0;
  EXPECT_EQ(FileRig::read(*reader, "doc/b"), chunk_of("b"));
  EXPECT_LE(read, 64u);
  EXPECT_EQ(FileRig::read(*rig.open(), "doc/b"), chunk_of("b"));
}

TEST(WriteAhead, ALossOfPowerBeforeTheSwapLeavesTheStoreAsItWas) {
  FileRig rig;
  const auto backend = *open_file(kStorePath, in_parts(rig.disk));
  expect_done(move_ref(*backend, "doc/b", "b"));
  ASSERT_TRUE(put_large(*backend, "a").ok());
  FileRig after(rig.disk->cached());  // all that was written got through
  const auto reopened = after.open();
  EXPECT_EQ(FileRig::read(*reopened, "doc/b"), chunk_of("b"));
  expect_done(move_ref(*reopened, "doc/b", "c"));
  EXPECT_EQ(count_of(*reopened, "a"), 0u);
  EXPECT_EQ(FileRig::read(*after.open(), "doc/b"), chunk_of("c"));
}

TEST(WriteAhead, ALostSwapKeepsWhatIsWrittenForTheNext) {
  FileRig rig;
  std::size_t written = 0;
  const auto files = counted(rig, Call::Kind::write, written);
  const auto backend = *open_file(kStorePath, in_parts(files));
  for (const std::string& name : kNames) ASSERT_TRUE(put_large(*backend, name).ok());
  const RefChange wrong{"doc/a", chunk_of("nobody has written this"), chunk_of("a"), false};
  const auto lost = backend->swap({&wrong, 1});
  ASSERT_TRUE(lost.ok());
  EXPECT_FALSE(lost->done);
  written = 0;
  expect_done(move_ref(*backend, "doc/a", "a"));
  EXPECT_LE(written, 100'000u) << "of 400 KB, with zeros for later";
  FileRig after(durable_now(rig));
  for (const std::string& name : kNames) EXPECT_EQ(count_of(*after.open(), name), kChunks);
}

TEST(WriteAhead, ClosingTakesItBack) {
  FileRig rig;
  expect_done(move_ref(*rig.open(), "doc/b", "b"));
  const std::uint64_t end = rig.content_end();
  const std::uint64_t size = rig.file_size();
  {
    const auto backend = *open_file(kStorePath, in_parts(rig.disk));
    for (const std::string& name : kNames) ASSERT_TRUE(put_large(*backend, name).ok());
    EXPECT_GT(rig.content_end(), size);
  }
  EXPECT_EQ(rig.content_end(), end);
  EXPECT_EQ(rig.file_size(), size);
  expect_done(move_ref(*rig.open(), "doc/b", "c"));
  EXPECT_EQ(rig.names(), std::vector<std::string>{"store.stet"}) << "nothing was set aside";
}

TEST(WriteAhead, AnotherHandleWaitsForItButNotForLong) {
  FileRig rig;
  const auto backend = *open_file(kStorePath, in_parts(rig.disk, 100));
  expect_done(move_ref(*backend, "doc/b", "b"));
  const std::uint64_t end = rig.content_end();
  ASSERT_TRUE(put_large(*backend, "a").ok());
  EXPECT_GT(rig.content_end(), end);
  const auto other = rig.open();
  const auto before = std::chrono::steady_clock::now();
  expect_done(move_ref(*other, "doc/b", "c"));
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(20));
  ASSERT_TRUE(put_large(*backend, "more").ok());
  expect_done(move_ref(*backend, "doc/a", "a"));
  FileRig after(durable_now(rig));
  const auto reopened = after.open();
  EXPECT_EQ(count_of(*reopened, "a"), kChunks);
  EXPECT_EQ(count_of(*reopened, "more"), kChunks);
  EXPECT_EQ(FileRig::read(*reopened, "doc/b"), chunk_of("c"));
  EXPECT_EQ(rig.names(), std::vector<std::string>{"store.stet"}) << "nothing was set aside";
}

TEST(WriteAhead, AnotherHandleThatWritesIsNotWaitedFor) {
  FileRig rig;
  const auto backend = *open_file(kStorePath, in_parts(rig.disk));
  expect_done(move_ref(*backend, "doc/b", "b"));
  const auto other = *open_file(kStorePath, in_parts(rig.disk));
  ASSERT_TRUE(put_large(*other, "other").ok());
  const auto before = std::chrono::steady_clock::now();
  ASSERT_TRUE(put_large(*backend, "a").ok());
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(30)) << "of a minute";
  expect_done(move_ref(*other, "doc/b", "c"));
  expect_done(move_ref(*backend, "doc/a", "a"));
  FileRig after(durable_now(rig));
  EXPECT_EQ(count_of(*after.open(), "a"), kChunks);
  EXPECT_EQ(count_of(*after.open(), "other"), kChunks);
}

// A part that is closed keeps its bytes, so the chunk comes a second time.
TEST(WriteAhead, AChunkThatIsPutAgainInALaterEpochIsKeptByItsSweep) {
  FileRig rig;
  const auto backend = *open_file(kStorePath, in_parts(rig.disk));
  ASSERT_TRUE(put_large(*backend, "a").ok());
  const RefChange epoch{std::string(kEpochRef), std::nullopt, encode_epoch(1), false};
  const Bytes first = part_of("a", 0);
  const ChunkView again{id_of(first), first};
  ASSERT_TRUE(backend->put({&again, 1}, 1).ok());
  expect_done(backend->swap({&epoch, 1}));
  class Nothing final : public LiveSet {
   public:
    bool contains(const Id&) const override { return false; }
    std::uint64_t size() const override { return 0; }
  };
  const auto swept = backend->sweep(Nothing{}, 1, {});
  ASSERT_TRUE(swept.ok()) << swept.error().to_string();
  EXPECT_EQ(swept->chunks_kept, 1u);
  EXPECT_EQ(backend->get({&again.id, 1})->front(), first);
}

TEST(WriteAhead, ACompactionOnTheWayLosesNothingOfIt) {
  FileRig rig;
  const auto backend = *open_file(kStorePath, in_parts(rig.disk));
  const RefChange epoch{std::string(kEpochRef), std::nullopt, encode_epoch(1), false};
  expect_done(backend->swap({&epoch, 1}));
  ASSERT_TRUE(put_large(*backend, "a", 1).ok());
  class Everything final : public LiveSet {
   public:
    bool contains(const Id&) const override { return true; }
    std::uint64_t size() const override { return 1; }
  };
  const auto swept = backend->sweep(Everything{}, 1, {});
  ASSERT_TRUE(swept.ok()) << swept.error().to_string();
  ASSERT_TRUE(put_large(*backend, "more", 1).ok());
  expect_done(move_ref(*backend, "doc/a", "a"));
  FileRig after(durable_now(rig));
  EXPECT_EQ(count_of(*after.open(), "a"), kChunks);
  EXPECT_EQ(count_of(*after.open(), "more"), kChunks);
}

// Whatever call fails, once or from then on: put says nothing of it, and a save that is done is
// there after a loss of power.
class WriteAheadErrors : public testing::TestWithParam<std::tuple<Verdict::Kind, bool>> {};

TEST_P(WriteAheadErrors, LoseNothing) {
  const auto [kind, for_ever] = GetParam();
  std::size_t failed_puts = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    SCOPED_TRACE("call " + std::to_string(nth));
    FileRig rig;
    expect_done(move_ref(*rig.open(), "doc/b", "b"));
    std::atomic<bool> armed = false;
    const auto seen = std::make_shared<std::uint64_t>(0);
    const auto files =
        tampered_files(rig.disk, judge_of({nth,
                                           {kind, EIO, 0},
                                           for_ever,
                                           [&](const Call& call) {
                                             // A lock that can't be released ends with the file.
                                             return armed && call.kind != Call::Kind::unlock;
                                           }},
                                          seen));
    auto backend = *open_file(kStorePath, in_parts(files, 5));
    armed = true;
    failed_puts += !put_large(*backend, "a").ok();
    armed = false;
    expect_done(move_ref(*rig.open(), "doc/d", "d"));
    expect_done(move_ref(*backend, "doc/a", "a"));
    EXPECT_EQ(FileRig::read(*rig.open(), "doc/a"), chunk_of("a"));
    FileRig after(durable_now(rig));
    backend.reset();  // and its thread
    const bool reached = *seen >= nth;
    const auto reopened = after.open();
    EXPECT_EQ(count_of(*reopened, "a"), kChunks);
    EXPECT_EQ(FileRig::read(*reopened, "doc/b"), chunk_of("b"));
    EXPECT_EQ(FileRig::read(*reopened, "doc/d"), chunk_of("d"));
    expect_done(move_ref(*reopened, "doc/b", "c"));
    if (!reached || HasFailure()) break;
  }
  EXPECT_EQ(failed_puts, 0u);
}

INSTANTIATE_TEST_SUITE_P(Kinds, WriteAheadErrors,
                         testing::Combine(testing::Values(Verdict::Kind::fail,
                                                          Verdict::Kind::fail_late),
                                          testing::Bool()));

// The system tells of a lost write only once.
TEST(WriteAhead, WhatAFailedHintMayHaveLostIsWrittenAgain) {
  FileRig rig;
  const auto backend = *open_file(kStorePath, in_parts(rig.disk));
  expect_done(move_ref(*backend, "doc/b", "b"));
  for (const std::string& name : kNames) {
    if (name == "k") rig.disk->fail_next_hint();  // far from the sectors that the swap writes
    ASSERT_TRUE(put_large(*backend, name).ok());
  }
  expect_done(move_ref(*backend, "doc/a", "a"));
  FileRig after(durable_now(rig));
  const auto reopened = after.open();
  for (const std::string& name : kNames) EXPECT_EQ(count_of(*reopened, name), kChunks);
}

// What a process left that was killed on its way, behind a front that looks like the log's end.
TEST(WriteAhead, WhatAKilledProcessLeftIsSetAsideWhereOthersComeToIt) {
  FileRig rig;
  bool broken = false;
  const auto files = tampered_files(rig.disk, [&](const Call& call) -> Verdict {
    const bool hit =
        broken && (call.kind == Call::Kind::write || call.kind == Call::Kind::truncate);
    return hit ? Verdict{Verdict::Kind::fail, EIO, 0} : Verdict{};
  });
  const auto other = rig.open();
  expect_done(move_ref(*other, "doc/b", "b"));
  auto backend = *open_file(kStorePath, in_parts(files));
  for (const std::string& name : kNames) ASSERT_TRUE(put_large(*backend, name).ok());
  broken = true;
  backend.reset();
  const std::uint64_t size = rig.file_size();
  for (int i = 0; i < 60; ++i) {
    const std::string text = "save " + std::to_string(i);
    expect_done(move_ref(*other, "doc/b", text));
    EXPECT_EQ(FileRig::read(*rig.open(), "doc/b"), chunk_of(text));
    FileRig after(durable_now(rig));
    EXPECT_EQ(FileRig::read(*after.open(), "doc/b"), chunk_of(text));
  }
  EXPECT_EQ(rig.names().size(), 2u) << "the store and what was set aside";
  EXPECT_LT(rig.file_size(), size / 2);
}

TEST(WriteAhead, ThreadsThatPutAndSwapAtOnceLoseNothing) {
  FileRig rig;
  const auto backend = *open_file(kStorePath, in_parts(rig.disk, 5));
  const auto other = *open_file(kStorePath, in_parts(rig.disk, 5));
  constexpr int kThreads = 4, kSaves = 8;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Backend& mine = t % 2 == 0 ? *backend : *other;
      for (int s = 0; s < kSaves; ++s) {
        const std::string name = "doc/" + std::to_string(t);
        EXPECT_TRUE(put_large(mine, name + " " + std::to_string(s) + " ").ok());
        expect_done(move_ref(mine, name, std::to_string(s)));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  FileRig after(durable_now(rig));
  const auto reopened = after.open();
  for (int t = 0; t < kThreads; ++t) {
    const std::string name = "doc/" + std::to_string(t);
    EXPECT_EQ(FileRig::read(*reopened, name), chunk_of(std::to_string(kSaves - 1)));
    for (int s = 0; s < kSaves; ++s) {
      EXPECT_EQ(count_of(*reopened, name + " " + std::to_string(s) + " "), kChunks);
    }
  }
  EXPECT_TRUE(reopened->check({})->empty());
}

}  // namespace
}  // namespace stet::test
