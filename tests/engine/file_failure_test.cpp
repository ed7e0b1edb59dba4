// Calls that fail: what is told, and what is there afterwards.
#include <cerrno>

#include "engine/file_rig.hpp"
#include "support/tampered_files.hpp"

namespace stet::test {
namespace {

constexpr std::array kFailures = {SyncFailure::data_lost, SyncFailure::data_kept,
                                  SyncFailure::data_durable};

TEST(FailedSync, IsAnUnknownOutcomeAndTheHandleFindsOutBeforeItGoesOn) {
  for (const SyncFailure failure : kFailures) {
    FileRig rig;
    const auto backend = rig.open();
    ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("one"))->done);
    rig.disk->fail_sync(1, failure);
    const auto failed = FileRig::save(*backend, "doc/a", chunk_of("two"));
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code(), ErrorCode::outcome_unknown);
    // Whatever it was, it is settled now and outlives a loss of power.
    const auto seen = FileRig::load(*backend, "doc/a");
    FileRig after(durable_now(rig));
    EXPECT_EQ(FileRig::load(*after.open(), "doc/a"), seen);
    ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("three"))->done);
    FileRig later(durable_now(rig));
    EXPECT_EQ(FileRig::load(*later.open(), "doc/a"), chunk_of("three"));
  }
}

TEST(FailedSync, AnotherHandleShowsNothingThatPowerLossCanTake) {
  for (const SyncFailure failure : kFailures) {
    FileRig rig;
    const auto backend = rig.open();
    const auto other = rig.open();
    ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("one"))->done);
    EXPECT_EQ(FileRig::load(*other, "doc/a"), chunk_of("one"));
    ASSERT_TRUE(FileRig::save(*other, "doc/b", chunk_of("two"))->done);
    EXPECT_EQ(FileRig::load(*backend, "doc/b"), chunk_of("two"));
    rig.disk->fail_sync(1, failure);
    EXPECT_FALSE(FileRig::save(*backend, "doc/a", chunk_of("two")).ok());
    ASSERT_TRUE(FileRig::save(*other, "doc/b", chunk_of("three"))->done);
    const auto seen = FileRig::load(*other, "doc/a");
    FileRig after(durable_now(rig));
    const auto reopened = after.open();
    EXPECT_EQ(FileRig::load(*reopened, "doc/a"), seen);
    EXPECT_EQ(FileRig::load(*reopened, "doc/b"), chunk_of("three"));
  }
}

constexpr std::size_t kSeveralWrites = 2'400'000;  // more than goes out in one

// Runs saves against a file system in which the nth call fails; whatever was told
// saved is there, with every fault once and for ever.
std::uint64_t run_with_fault(std::uint64_t nth, int number, bool for_ever) {
  FileRig rig;
  const auto seen = std::make_shared<std::uint64_t>(0);
  const auto files = tampered_files(
      rig.disk, judge_of({nth, {Verdict::Kind::fail, number, 0}, for_ever, nullptr}, seen));
  std::string saved;
  std::size_t saved_bytes = 0;
  const auto size_of_save = [](int i) { return i == 3 ? kSeveralWrites : 400u; };
  {
    const auto opened = open_file(kStorePath, options_on(files));
    if (opened.ok()) {
      for (int i = 0; i < 6; ++i) {
        const std::string text = "save " + std::to_string(i);
        const auto done = FileRig::save(**opened, "doc/a", chunk_of(text, size_of_save(i)));
        if (done.ok() && done->done) {
          saved = text;
          saved_bytes = size_of_save(i);
        } else if (!done.ok() && done.error().code() == ErrorCode::outcome_unknown) {
          saved = "?";
        }
      }
    }
  }
  const auto reopened = rig.try_open();
  EXPECT_TRUE(reopened.ok()) << "call " << nth << ": " << reopened.error().to_string();
  if (reopened.ok() && !saved.empty() && saved != "?") {
    const auto found = FileRig::load(**reopened, "doc/a");
    EXPECT_TRUE(found == chunk_of(saved, saved_bytes)) << "call " << nth << " errno " << number;
  }
  if (reopened.ok()) {
    EXPECT_TRUE(FileRig::save(**reopened, "doc/a", chunk_of("after"))->done);
  }
  return *seen;
}

TEST(FailedCalls, NeverLoseWhatWasSaved) {
  for (const int number : {EIO, ENOSPC}) {
    for (const bool for_ever : {false, true}) {
      const std::uint64_t calls = run_with_fault(~std::uint64_t{0}, number, for_ever);
      for (std::uint64_t nth = 1; nth <= calls; ++nth) {
        run_with_fault(nth, number, for_ever);
        if (::testing::Test::HasFailure()) return;
      }
    }
  }
}

// Larger than the zeros ahead, so that the file is made longer under its lock.
TEST(FailedCalls, ALockThatCannotBeReleasedTakesNoAnswerBack) {
  for (std::uint64_t nth = 1;; ++nth) {
    SCOPED_TRACE("unlock " + std::to_string(nth));
    FileRig rig;
    const auto seen = std::make_shared<std::uint64_t>(0);
    const auto is_unlock = [](const Call& call) { return call.kind == Call::Kind::unlock; };
    const auto files = tampered_files(
        rig.disk, judge_of({nth, {Verdict::Kind::fail, ENOLCK, 0}, false, is_unlock}, seen));
    bool done = false;
    if (const auto backend = open_file(kStorePath, options_on(files)); backend.ok()) {
      const auto saved = FileRig::save(**backend, "doc/a", chunk_of("large", 200'000));
      done = saved.ok() && saved->done;
    }
    EXPECT_EQ(FileRig::load(*rig.open(), "doc/a").has_value(), done);
    if (*seen < nth) break;
  }
}

TEST(FailedCalls, AFullDiskSaysSoAndTheStoreGoesOnWhenThereIsRoom) {
  FileRig rig;
  bool full = false;
  const auto files = tampered_files(rig.disk, [&full](const Call& call) -> Verdict {
    if (full && call.kind == Call::Kind::write) return {Verdict::Kind::fail, ENOSPC, 0};
    return {};
  });
  const auto backend = *open_file(kStorePath, options_on(files));
  ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("one"))->done);
  full = true;
  const auto failed = FileRig::save(*backend, "doc/a", chunk_of("two"));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code(), ErrorCode::no_space);
  EXPECT_EQ(FileRig::load(*backend, "doc/a"), chunk_of("one")) << "reading goes on";
  full = false;
  ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("three"))->done);
  EXPECT_EQ(FileRig::load(*rig.open(), "doc/a"), chunk_of("three"));
}

// A disk with room for `room` more bytes at the end of the file, and for a part of what is too
// much.
class SmallDisk {
 public:
  explicit SmallDisk(FileRig& rig) : rig_(rig) {}
  std::shared_ptr<os::FileSystem> files() {
    return tampered_files(rig_.disk, [this](const Call& call) -> Verdict {
      if (!full_ || call.kind != Call::Kind::write) return {};
      if (when_full) when_full();
      if (room_ == 0) return {Verdict::Kind::fail, ENOSPC, 0};
      const std::size_t bytes = std::min(room_, call.bytes);
      room_ -= bytes;
      return {Verdict::Kind::shorten, 0, bytes};
    });
  }
  void fill(std::size_t room) {
    full_ = true;
    room_ = room;
  }
  void empty() { full_ = false; }

  std::function<void()> when_full;

 private:
  FileRig& rig_;
  bool full_ = false;
  std::size_t room_ = 0;
};

TEST(FailedCalls, AFullDiskHasItsRoomBack) {
  for (const std::size_t room : {0u, 1'000u, 300'000u, 1'300'000u}) {
    SCOPED_TRACE(room);
    FileRig rig;
    SmallDisk disk(rig);
    const auto backend = *open_file(kStorePath, options_on(disk.files()));
    ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("one"))->done);
    const std::uint64_t size = rig.file_size();
    disk.fill(room);
    const auto failed = FileRig::save(*backend, "doc/a", chunk_of("two", 2'000'000));
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code(), ErrorCode::no_space);
    EXPECT_EQ(rig.file_size(), size);
    disk.empty();
    EXPECT_EQ(FileRig::load(*backend, "doc/a"), chunk_of("one"));
    ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("three"))->done);
    const auto reopened = rig.open();
    EXPECT_EQ(FileRig::load(*reopened, "doc/a"), chunk_of("three"));
    EXPECT_TRUE(reopened->check({})->empty());
  }
}

// Who believed the larger size would write behind the end of the file without the lock that keeps
// others' zeros away from there.
TEST(FailedCalls, AHandleThatSawTheFileLongerMakesItLongerUnderItsLock) {
  FileRig rig;
  SmallDisk disk(rig);
  const auto backend = *open_file(kStorePath, options_on(disk.files()));
  ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("one"))->done);
  std::shared_ptr<Backend> other;
  const std::uint64_t size = rig.file_size();
  disk.when_full = [&] {
    if (other || rig.file_size() == size) return;
    auto options = options_on(rig.disk);
    options.lock_wait.limit_ms = 20;
    other = *open_file(kStorePath, std::move(options));
  };
  disk.fill(1'300'000);
  ASSERT_FALSE(FileRig::save(*backend, "doc/a", chunk_of("two", 2'000'000)).ok());
  ASSERT_TRUE(other);
  const auto holder = *rig.disk->open(kStorePath, os::OpenMode::read_write);
  ASSERT_TRUE(*holder->try_lock(os::LockKind::exclusive, (std::uint64_t{1} << 62) + 1, 1));
  const auto saved = FileRig::save(*other, "doc/a", chunk_of("three", 400'000));
  ASSERT_FALSE(saved.ok());
  EXPECT_EQ(saved.error().code(), ErrorCode::locked);
}

TEST(FailedCalls, AShortWriteIsGoneOnWith) {
  FileRig rig;
  const auto files = tampered_files(rig.disk, [](const Call& call) -> Verdict {
    if (call.kind == Call::Kind::write) return {Verdict::Kind::shorten, 0, 7};
    if (call.kind == Call::Kind::read) return {Verdict::Kind::shorten, 0, 11};
    return {};
  });
  const auto backend = *open_file(kStorePath, options_on(files));
  ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("one", 1000))->done);
  EXPECT_EQ(FileRig::load(*backend, "doc/a"), chunk_of("one", 1000));
  EXPECT_EQ(FileRig::load(*rig.open(), "doc/a"), chunk_of("one", 1000));
}

}  // namespace
}  // namespace stet::test
