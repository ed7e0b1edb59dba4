// What a handle does while another holds the store's locks.
#include <atomic>
#include <chrono>
#include <thread>

#include "engine/file_rig.hpp"

namespace stet::test {
namespace {

constexpr std::uint64_t kWriterLock = std::uint64_t{1} << 62;  // docs/format.md
constexpr std::uint64_t kGrowLock = kWriterLock + 1;
constexpr std::uint64_t kCompactionLock = kWriterLock + 2;

class Everything final : public LiveSet {
  bool contains(const Id&) const override { return true; }
  std::uint64_t size() const override { return 0; }
};

class HeldLocks : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(FileRig::save(*rig_.open(), "doc/a", chunk_of("one"))->done);
    holder_ = *rig_.disk->open(kStorePath, os::OpenMode::read_write);
  }
  void hold(std::uint64_t offset) {
    ASSERT_TRUE(*holder_->try_lock(os::LockKind::exclusive, offset, 1));
  }
  std::shared_ptr<Backend> open_waiting(os::LockWait wait) {
    auto options = options_on(rig_.disk);
    options.lock_wait = std::move(wait);
    return *open_file(kStorePath, std::move(options));
  }

  FileRig rig_;
  std::unique_ptr<os::File> holder_;
};

TEST_F(HeldLocks, ASwapWaitsOnlySoLongAndChangesNothing) {
  const auto backend = open_waiting({.limit_ms = 20});
  hold(kWriterLock);
  const auto locked = FileRig::save(*backend, "doc/a", chunk_of("two"));
  ASSERT_FALSE(locked.ok());
  EXPECT_EQ(locked.error().code(), ErrorCode::locked);
  EXPECT_NE(locked.error().message().find("another handle"), std::string::npos);
  EXPECT_EQ(FileRig::load(*backend, "doc/a"), chunk_of("one")) << "readers wait for nobody";
  ASSERT_TRUE(holder_->unlock(kWriterLock, 1).ok());
  EXPECT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("two"))->done);
}

TEST_F(HeldLocks, AWaitCanBeGivenUp) {
  int told = 0;
  const auto backend =
      open_waiting({.limit_ms = 60'000, .waiting = [&](const Progress&) { return ++told < 3; }});
  hold(kWriterLock);
  EXPECT_EQ(FileRig::save(*backend, "doc/a", chunk_of("two")).error().code(), ErrorCode::cancelled);
  EXPECT_EQ(told, 3);
  EXPECT_EQ(FileRig::load(*backend, "doc/a"), chunk_of("one"));
}

// Who comes when the lock gets free finds those that wait before it, however seldom they look.
TEST_F(HeldLocks, WritersOfSeveralHandlesComeInTurn) {
  constexpr std::uint64_t kLastPlace = kWriterLock + 23;
  const auto first = open_waiting({}), second = open_waiting({}), late = open_waiting({});
  const auto look = *rig_.disk->open(kStorePath, os::OpenMode::read_write);
  const auto until_held = [&](std::uint64_t place) {
    for (int looks = 0; *look->try_lock(os::LockKind::exclusive, place, 1); ++looks) {
      ASSERT_TRUE(look->unlock(place, 1).ok());
      if (looks == 2000) return ADD_FAILURE() << "nobody waits";
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  };
  const auto save = [&](const std::shared_ptr<Backend>& backend, const std::string& ref) {
    ASSERT_TRUE(FileRig::save(*backend, ref, chunk_of(ref))->done);
  };
  hold(kWriterLock);
  std::thread one([&] { save(first, "doc/first"); });
  until_held(kLastPlace);
  std::thread two([&] { save(second, "doc/second"); });
  until_held(kLastPlace - 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(30));  // by now they look every 2 ms
  ASSERT_TRUE(holder_->unlock(kWriterLock, 1).ok());
  save(late, "doc/late");
  EXPECT_TRUE(FileRig::load(*late, "doc/first") && FileRig::load(*late, "doc/second"));
  one.join();
  two.join();
}

// As where its process was stopped while it waited.
TEST_F(HeldLocks, OneThatNeverGoesOnInTheQueueKeepsNobodyOut) {
  for (const std::uint64_t place : {16, 20, 23}) {
    hold(kWriterLock + place);
    EXPECT_TRUE(FileRig::save(*open_waiting({.limit_ms = 30'000}), "doc/a", chunk_of("two"))->done);
    ASSERT_TRUE(holder_->unlock(kWriterLock + place, 1).ok());
  }
}

TEST_F(HeldLocks, ASaveThatNeedsALongerFileWaitsOnlySoLongForThoseWhoMakeItLonger) {
  const auto backend = open_waiting({.limit_ms = 20});
  hold(kGrowLock);
  const auto locked = FileRig::save(*backend, "doc/a", chunk_of("two", 400'000));
  ASSERT_FALSE(locked.ok());
  EXPECT_EQ(locked.error().code(), ErrorCode::locked);
  EXPECT_EQ(FileRig::load(*backend, "doc/a"), chunk_of("one"));
  int told = 0;
  const auto asked =
      open_waiting({.limit_ms = 60'000, .waiting = [&](const Progress&) { return ++told < 3; }});
  EXPECT_EQ(FileRig::save(*asked, "doc/a", chunk_of("two", 400'000)).error().code(),
            ErrorCode::cancelled);
  ASSERT_TRUE(holder_->unlock(kGrowLock, 1).ok());
  EXPECT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("two", 400'000))->done);
}

// One thread waits for the file's lock, the other one for the thread.
TEST_F(HeldLocks, AWaitForAnotherThreadOfTheHandleCanBeGivenUp) {
  std::atomic<bool> waiting = false;
  std::atomic<bool> enough = false;
  int told = 0;
  const auto first = std::this_thread::get_id();
  const auto backend = open_waiting({.limit_ms = 5'000, .waiting = [&](const Progress&) {
                                       if (std::this_thread::get_id() == first) return ++told < 3;
                                       waiting = true;
                                       return !enough;
                                     }});
  hold(kWriterLock);
  std::thread other([&] { (void)FileRig::save(*backend, "doc/b", chunk_of("two")); });
  while (!waiting) std::this_thread::yield();
  const auto begun = std::chrono::steady_clock::now();
  const auto stopped = FileRig::save(*backend, "doc/a", chunk_of("two"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(4));
  enough = true;
  other.join();
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code(), ErrorCode::cancelled);
}

TEST_F(HeldLocks, ASweepTellsItsOwnCallbackWhileAnotherCompacts) {
  const auto backend = open_waiting({.limit_ms = 60'000});
  hold(kCompactionLock);
  int told = 0;
  const auto stopped = backend->sweep(Everything(), 0, [&](const Progress&) { return ++told < 3; });
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code(), ErrorCode::cancelled);
  EXPECT_EQ(told, 3);
  const auto impatient = open_waiting({.limit_ms = 20});
  EXPECT_EQ(impatient->sweep(Everything(), 0, {}).error().code(), ErrorCode::locked);
  ASSERT_TRUE(holder_->unlock(kCompactionLock, 1).ok());
  EXPECT_TRUE(backend->sweep(Everything(), 0, {}).ok());
}

}  // namespace
}  // namespace stet::test
