// The simulated disk is trusted to be as bad as a real one: these are its own laws.
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "support/crash_states.hpp"
#include "support/simulated_disk.hpp"
#include "support/tampered_files.hpp"

namespace stet::test {
namespace {

using os::LockKind;
using os::OpenMode;

class Disk : public testing::Test {
 protected:
  // The contents that `path` may have after a crash at the end of the log; "none" without the file.
  std::set<std::string> possible(const std::string& path, std::uint64_t first_place) {
    std::set<std::string> contents;
    for_each_crash_state(
        disk.durable_at_start(), disk.log(), {.first_place = first_place},
        [&](const CrashState& state) {
          const Node* node = state.image.node_at(path);
          contents.insert(node == nullptr ? "none" : std::string(as_text(node->content.bytes())));
          return true;
        });
    return contents;
  }
  std::set<std::string> possible(const std::string& path) {
    return possible(path, disk.log_size());
  }

  // A durable file.
  std::unique_ptr<os::File> make(const std::string& path, std::string_view text) {
    auto file = disk.open(path, OpenMode::create_new);
    EXPECT_TRUE(file.ok() && (*file)->write_all(0, as_bytes(text)).ok());
    EXPECT_TRUE((*file)->sync_all().ok());
    EXPECT_TRUE(disk.sync_directory("/").ok());
    return *std::move(file);
  }

  SimulatedDisk disk;
};

using Contents = std::set<std::string>;
const std::string kSectorA(512, 'a');
const std::string kSectorB(512, 'b');

TEST_F(Disk, NothingSurvivesWithoutASyncOfTheFileAndItsFolder) {
  auto file = *disk.open("/f", OpenMode::create_new);
  ASSERT_TRUE(file->write_all(0, as_bytes("text")).ok());
  EXPECT_TRUE(possible("/f").contains("none"));
  ASSERT_TRUE(file->sync_data().ok());
  EXPECT_EQ(possible("/f"), (Contents{"none", "text"}));
  ASSERT_TRUE(disk.sync_directory("/").ok());
  EXPECT_EQ(possible("/f"), Contents{"text"});
}

TEST_F(Disk, SectorsThatAreNotSyncedArriveInAnySubset) {
  const auto file = make("/f", kSectorA + kSectorA);
  ASSERT_TRUE(file->write_all(0, as_bytes(kSectorB + kSectorB)).ok());
  EXPECT_EQ(possible("/f"), (Contents{kSectorA + kSectorA, kSectorA + kSectorB, kSectorB + kSectorA,
                                      kSectorB + kSectorB}));
}

TEST_F(Disk, ASectorArrivesAsAWholeInAnyOfItsStates) {
  const auto file = make("/f", "....");
  ASSERT_TRUE(file->write_all(0, as_bytes("x")).ok());
  ASSERT_TRUE(file->write_all(2, as_bytes("y")).ok());
  EXPECT_EQ(possible("/f"), (Contents{"....", "x...", "x.y."}));
}

TEST_F(Disk, ASizeMayArriveBeforeItsDataWithZerosOrGarbage) {
  const auto file = make("/f", "");
  ASSERT_TRUE(file->write_all(0, as_bytes("ab")).ok());
  const Contents contents = possible("/f");
  EXPECT_EQ(contents.size(), 4u);
  EXPECT_TRUE(contents.contains(""));
  EXPECT_TRUE(contents.contains("ab"));
  EXPECT_TRUE(contents.contains(std::string(2, '\0')));
}

TEST_F(Disk, BytesThatWereNeverWrittenAreZerosAndNoGarbage) {
  const auto file = make("/f", "");
  ASSERT_TRUE(file->truncate(2).ok());
  EXPECT_EQ(possible("/f"), (Contents{"", std::string(2, '\0')}));
  ASSERT_TRUE(file->sync_data().ok());
  EXPECT_EQ(possible("/f"), Contents{std::string(2, '\0')});
}

TEST_F(Disk, ARenameIsAtomicButMayComeLate) {
  make("/old", "old");
  make("/new", "new");
  ASSERT_TRUE(disk.rename("/new", "/old").ok());
  EXPECT_EQ(possible("/old"), (Contents{"old", "new"}));
  EXPECT_EQ(possible("/new"), (Contents{"new", "none"}));
  ASSERT_TRUE(disk.sync_directory("/").ok());
  EXPECT_EQ(possible("/old"), Contents{"new"});
}

TEST_F(Disk, AFileWhoseFolderIsGoneIsGone) {
  ASSERT_TRUE(disk.make_directory("/d").ok());
  auto file = *disk.open("/d/f", OpenMode::create_new);
  ASSERT_TRUE(file->sync_all().ok());
  ASSERT_TRUE(disk.sync_directory("/d").ok());
  EXPECT_EQ(possible("/d/f"), (Contents{"none", ""}));
  ASSERT_TRUE(disk.sync_directory("/").ok());
  EXPECT_EQ(possible("/d/f"), Contents{""});
}

TEST_F(Disk, AFailedSyncLosesKeepsOrWritesTheData) {
  struct Case {
    SyncFailure how;
    Contents at_once;
    Contents after_another_sync;
  };
  const std::vector<Case> cases = {
      {SyncFailure::data_lost, {"old"}, {"old"}},
      {SyncFailure::data_kept, {"old", "new"}, {"new"}},
      {SyncFailure::data_durable, {"new"}, {"new"}},
  };
  int number = 0;
  for (const Case& wanted : cases) {
    const std::string path = "/f" + std::to_string(++number);
    const auto file = make(path, "old");
    ASSERT_TRUE(file->write_all(0, as_bytes("new")).ok());
    disk.fail_sync(1, wanted.how);
    EXPECT_EQ(file->sync_data().error().code(), ErrorCode::io);
    EXPECT_EQ(possible(path), wanted.at_once) << number;
    EXPECT_TRUE(file->sync_data().ok());
    EXPECT_EQ(possible(path), wanted.after_another_sync) << number;
    Bytes cached(3);
    ASSERT_TRUE(file->read_exactly(0, cached).ok());
    EXPECT_EQ(as_text(cached), "new");
  }
}

TEST_F(Disk, TheModeNeedsTheSyncThatWritesAll) {
  const auto file = make("/f", "x");
  ASSERT_TRUE(file->set_mode(0640).ok());
  ASSERT_TRUE(file->sync_data().ok());
  EXPECT_EQ(durable_only(disk.durable_at_start(), disk.log()).node_at("/f")->attributes.mode,
            0600u);
  ASSERT_TRUE(file->sync_all().ok());
  EXPECT_EQ(durable_only(disk.durable_at_start(), disk.log()).node_at("/f")->attributes.mode,
            0640u);
}

TEST_F(Disk, AfterTheEndOfAProcessWhatWasCachedIsSeenButStillPending) {
  make("/f", "old");
  const auto file = *disk.open("/f", OpenMode::read_write);
  ASSERT_TRUE(file->write_all(0, as_bytes("new")).ok());
  SimulatedDisk next(disk.durable_at_start(), disk.log());
  const auto again = *next.open("/f", OpenMode::read);
  Bytes seen(3);
  ASSERT_TRUE(again->read_exactly(0, seen).ok());
  EXPECT_EQ(as_text(seen), "new");
  const DiskImage durable = durable_only(next.durable_at_start(), next.log());
  EXPECT_EQ(as_text(durable.node_at("/f")->content.bytes()), "old");
}

TEST_F(Disk, LocksBelongToTheOpenFile) {
  make("/f", "x");
  const auto first = *disk.open("/f", OpenMode::read_write);
  auto second = *disk.open("/f", OpenMode::read_write);
  ASSERT_TRUE(*first->try_lock(LockKind::shared, 0, 10));
  EXPECT_TRUE(*second->try_lock(LockKind::shared, 5, 10));
  EXPECT_FALSE(*first->try_lock(LockKind::exclusive, 0, 6));
  EXPECT_TRUE(*first->try_lock(LockKind::exclusive, 0, 5));
  EXPECT_FALSE(*second->try_lock(LockKind::shared, 4, 1));
  second.reset();
  EXPECT_TRUE(*first->try_lock(LockKind::exclusive, 0, 0));
}

TEST_F(Disk, ManyPendingSectorsAreSampledAndTheCountIsTold) {
  const auto file = make("/f", std::string(512 * 40, 'a'));
  ASSERT_TRUE(file->write_all(0, as_bytes(std::string(512 * 40, 'b'))).ok());
  std::set<std::uint64_t> prints;
  const std::uint64_t count = for_each_crash_state(
      disk.durable_at_start(), disk.log(),
      {.states_per_place_max = 50, .first_place = disk.log_size()},
      [&](const CrashState& state) { return prints.insert(state.image.fingerprint()).second; });
  EXPECT_EQ(count, prints.size());
  EXPECT_GE(count, 40u);
  EXPECT_LE(count, 55u);
}

TEST(Tampering, FailsTheNthCallOnceOrForEver) {
  const auto disk = std::make_shared<SimulatedDisk>();
  for (const bool for_ever : {false, true}) {
    const auto seen = std::make_shared<std::uint64_t>(0);
    const auto files = tampered_files(
        disk, judge_of({2, {Verdict::Kind::fail, ENOSPC, 0}, for_ever, nullptr}, seen));
    auto file = *files->open("/f", OpenMode::create_or_open);
    EXPECT_EQ(file->write_all(0, as_bytes("x")).error().code(), ErrorCode::no_space);
    EXPECT_EQ(file->write_all(0, as_bytes("x")).ok(), !for_ever);
    EXPECT_EQ(*seen, 3u);
  }
}

TEST(Tampering, ShortensSkipsAndLies) {
  const auto disk = std::make_shared<SimulatedDisk>();
  Verdict verdict;
  const auto files = tampered_files(disk, [&](const Call&) { return verdict; });
  const auto file = *files->open("/f", OpenMode::create_or_open);
  verdict = {Verdict::Kind::shorten, 0, 3};
  ASSERT_TRUE(file->write_all(0, as_bytes("12345678")).ok());
  EXPECT_EQ(file->status()->size_bytes, 8u);
  EXPECT_EQ(disk->log_size(), 4u);
  verdict = {Verdict::Kind::lie, 0, 2};
  ASSERT_TRUE(file->write_all(8, as_bytes("12345678")).ok());
  EXPECT_EQ(file->status()->size_bytes, 10u);
  verdict = {Verdict::Kind::skip, 0, 0};
  ASSERT_TRUE(file->sync_data().ok());
  EXPECT_EQ(disk->counters().file_syncs, 0u);
}

}  // namespace
}  // namespace stet::test
