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

// Runs saves and a sweep against a file system in which the nth call fails; whatever was told
// saved is there, with every fault once and for ever.
std::uint64_t run_with_fault(std::uint64_t nth, int number, bool for_ever) {
  FileRig rig;
  const auto seen = std::make_shared<std::uint64_t>(0);
  const auto files = tampered_files(
      rig.disk, judge_of({nth, {Verdict::Kind::fail, number, 0}, for_ever, nullptr}, seen));
  std::string saved;
  {
    const auto opened = open_file(kStorePath, options_on(files));
    if (opened.ok()) {
      for (int i = 0; i < 6; ++i) {
        const std::string text = "save " + std::to_string(i);
        const auto done = FileRig::save(**opened, "doc/a", chunk_of(text, 400));
        if (done.ok() && done->done) {
          saved = text;
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
    EXPECT_EQ(found, chunk_of(saved, 400)) << "call " << nth << " errno " << number;
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
