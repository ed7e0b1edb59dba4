// Compactions that never come to their end: what was removed before can still be restored, unless
// it was swept.
#include <sys/wait.h>
#include <unistd.h>

#include "store/stores.hpp"

namespace stet {
namespace {

const Error kDead(ErrorCode::outcome_unknown, "the process ended");

class AnEndingThatStopped : public testing::Test {
 protected:
  std::string remove_song(Store& store) {
    for (int i = 0; i < 3; ++i) {
      const Value song = test::song(700, static_cast<std::uint64_t>(i));
      EXPECT_TRUE(store.save("song", song).ok());
    }
    const std::string spec = "song@" + store.show("song")->id.short_form();
    EXPECT_TRUE(store.save("other", Value("stays")).ok());
    EXPECT_TRUE(store.remove("song").ok());
    return spec;
  }
  static void expect_whole(Store& store) {
    const auto report = store.verify();
    ASSERT_TRUE(report.ok()) << report.error().to_string();
    for (const auto& entry : report->damage) ADD_FAILURE() << entry.damage.message;
  }
  std::vector<Ref> endings() { return backend_->list("sys/ending/", "", 10)->refs; }

  test::World world_;
  std::shared_ptr<test::HookedBackend> backend_ =
      std::make_shared<test::HookedBackend>(memory_backend());
  Store store_ = Store::over(backend_, world_.options());
};

TEST_F(AnEndingThatStopped, BeforeTheSweepLeavesWhatWasRemoved) {
  const std::string spec = remove_song(store_);
  backend_->on_sweep([](auto&&...) { return kDead; });
  ASSERT_FALSE(store_.compact().ok());
  Store later = Store::over(backend_, world_.options());
  const auto restored = later.restore(spec);
  ASSERT_TRUE(restored.ok()) << restored.error().to_string();
  EXPECT_EQ(*later.load("song"), test::song(700, 2));
  EXPECT_EQ(test::log_of(later, "song").size(), 4u);
  EXPECT_TRUE(endings().empty());
  ASSERT_TRUE(later.compact().ok());
  expect_whole(later);
}

TEST_F(AnEndingThatStopped, BehindTheSweepSaysThatItIsGone) {
  const std::string spec = remove_song(store_);
  backend_->on_sweep([](const LiveSet& live, Epoch epoch, Backend& below) -> Result<SweepReport> {
    EXPECT_TRUE(below.sweep(live, epoch, {}).ok());
    return kDead;
  });
  ASSERT_FALSE(store_.compact().ok());
  Store later = Store::over(backend_, world_.options());
  const auto restored = later.restore(spec);
  ASSERT_FALSE(restored.ok());
  EXPECT_EQ(restored.error().code(), ErrorCode::not_found) << restored.error().to_string();
  EXPECT_TRUE(endings().empty());
  expect_whole(later);
}

TEST_F(AnEndingThatStopped, IsTakenOverByTheNextCompactionWhichFreesTheSpace) {
  const std::string spec = remove_song(store_);
  backend_->on_sweep([](auto&&...) { return kDead; });
  ASSERT_FALSE(store_.compact().ok());
  backend_->on_sweep([](auto&&...) { return kDead; });
  ASSERT_FALSE(store_.compact().ok());
  EXPECT_EQ(endings().size(), 1u);
  const auto swept = store_.compact();
  ASSERT_TRUE(swept.ok()) << swept.error().to_string();
  EXPECT_GT(swept->chunks_dropped, 3u);
  EXPECT_TRUE(endings().empty());
  EXPECT_EQ(store_.restore(spec).error().code(), ErrorCode::not_found);
  expect_whole(store_);
}

// Between the moment that a compaction reads the epoch and the one that it looks for endings,
// another begins.
TEST_F(AnEndingThatStopped, IsTakenOverByACompactionThatItOvertakes) {
  remove_song(store_);
  const auto other = std::make_shared<test::HookedBackend>(backend_);
  Store overtaking = Store::over(other, world_.options());
  bool has_begun = false;
  backend_->after_list([&] {
    if (std::exchange(has_begun, true)) return;
    other->on_sweep([](auto&&...) { return kDead; });
    EXPECT_EQ(overtaking.compact().error().code(), kDead.code());
  });
  const auto swept = store_.compact();
  EXPECT_TRUE(has_begun);
  ASSERT_TRUE(swept.ok()) << swept.error().to_string();
  EXPECT_TRUE(endings().empty());
  expect_whole(store_);
}

TEST_F(AnEndingThatStopped, ARestoreStopsACompactionThatIsUnderWay) {
  const std::string spec = remove_song(store_);
  Store other = Store::over(backend_, world_.options());
  backend_->on_sweep([&](const LiveSet& live, Epoch epoch, Backend& below) {
    const auto restored = other.restore(spec);
    EXPECT_TRUE(restored.ok()) << restored.error().to_string();
    return below.sweep(live, epoch, {});
  });
  EXPECT_EQ(store_.compact().error().code(), ErrorCode::conflict);
  EXPECT_EQ(*store_.load("song"), test::song(700, 2));
  expect_whole(store_);
}

TEST_F(AnEndingThatStopped, WithItsProcessLeavesAFileFromWhichTheDocumentIsRestored) {
  const test::TemporaryFolder folder;
  const std::string url = "file:" + (folder / "a.stet");
  const std::string spec = [&] {
    Store store = Store::open(url).value();
    return remove_song(store);
  }();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = Store::open(url);
    if (store.ok()) {
      (void)store->compact([](const Progress&) -> bool { _exit(0); });
    }
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  Store store = Store::open(url).value();
  const auto restored = store.restore(spec);
  ASSERT_TRUE(restored.ok()) << restored.error().to_string();
  EXPECT_EQ(*store.load("song"), test::song(700, 2));
  expect_whole(store);
}

}  // namespace
}  // namespace stet
