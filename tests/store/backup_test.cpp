// Copies of a whole store: what keeps a version here keeps it there too.
#include "store/stores.hpp"

namespace stet {
namespace {

class BackUp : public testing::Test {
 protected:
  std::vector<Id> save_versions(const std::string& name, int count) {
    std::vector<Id> ids;
    Value value = test::song(900);
    for (int i = 0; i < count; ++i) {
      world_.clock->advance(1000);
      value = test::with_pitch(value, static_cast<std::size_t>(i * 7), 1000 + i);
      ids.push_back(*here_.save(name, value, {.message = std::to_string(i)})->id);
    }
    return ids;
  }
  void back_up(Store& from, Store& to) {
    const auto done = from.backup_to(to);
    ASSERT_TRUE(done.ok()) << done.error().to_string();
  }
  void expect_whole(Store& store) {
    const auto report = store.verify();
    ASSERT_TRUE(report.ok()) << report.error().to_string();
    for (const auto& entry : report->damage) ADD_FAILURE() << entry.damage.message;
  }
  static std::string at(const std::string& name, const Id& id) {
    return name + "@" + id.short_form();
  }

  test::World world_;
  std::shared_ptr<test::HookedBackend> backend_ =
      std::make_shared<test::HookedBackend>(memory_backend());
  Store here_ = Store::over(backend_, world_.options());
  Store there_ = Store::over(memory_backend(), world_.options());
  Store third_ = Store::over(memory_backend(), world_.options());
};

TEST_F(BackUp, APinOfAVersionThatItsHistoryCallsPrunedKeepsItsContentInEveryCopy) {
  const std::vector<Id> ids = save_versions("song", 6);
  const Value pinned = *here_.load(at("song", ids[3]));
  ASSERT_TRUE(here_.pin("old", at("song", ids[1])).ok()) << "so that records above it stay";
  Store other = Store::over(backend_, world_.options());
  backend_->before_swap([&] { ASSERT_TRUE(other.pin("concert", at("song", ids[3])).ok()); });
  ASSERT_TRUE(here_.prune("song", {.keep_last = 1}).ok()) << "which did not know of the pin";
  ASSERT_TRUE(here_.compact().ok());
  ASSERT_EQ(*here_.load(at("song", ids[3])), pinned);
  ASSERT_EQ(here_.load(at("song", ids[2])).error().code(), ErrorCode::not_found);
  back_up(here_, there_);
  back_up(there_, third_);
  for (Store* store : {&there_, &third_}) {
    ASSERT_TRUE(store->compact().ok());
    const auto loaded = store->load(at("song", ids[3]));
    ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
    EXPECT_EQ(*loaded, pinned);
    expect_whole(*store);
  }
}

TEST_F(BackUp, GoesOnFromAVersionWhoseContentWasPrunedHereSince) {
  save_versions("song", 4);
  ASSERT_TRUE(here_.pin("old", "song~2").ok());
  back_up(here_, there_);
  save_versions("song", 8);
  ASSERT_TRUE(here_.prune("song", {.keep_last = 1}).ok());
  ASSERT_TRUE(here_.compact().ok());
  back_up(here_, there_);
  EXPECT_EQ(there_.show("song")->id, here_.show("song")->id);
  EXPECT_EQ(*there_.load("song"), *here_.load("song"));
  expect_whole(there_);
}

// Nothing that is stored tells it from one that went its own way, so nothing of it is given up.
TEST_F(BackUp, ACopyThatWasLeftBehindAPruneIsLeftAlone) {
  const std::vector<Id> old = save_versions("song", 5);
  back_up(here_, there_);
  save_versions("song", 15);
  ASSERT_EQ(*here_.prune("song", {.keep_last = 3}), 17u);
  ASSERT_TRUE(here_.compact().ok());
  const auto done = here_.backup_to(there_);
  ASSERT_TRUE(done.ok()) << done.error().to_string();
  EXPECT_EQ(done->diverged, std::vector<std::string>{"song"});
  EXPECT_EQ(there_.show("song")->id, old[4]);
  EXPECT_EQ(test::log_of(there_, "song").size(), 5u);
  expect_whole(there_);
  const std::vector<std::string> specs = {"song"};
  const Bytes archive = *here_.export_car(specs, {.history = true});
  EXPECT_EQ(there_.import_car(archive, {}).error().code(), ErrorCode::conflict);
  EXPECT_EQ(there_.show("song")->id, old[4]);
  EXPECT_TRUE(third_.import_car(archive, {}).ok());
  EXPECT_EQ(test::log_of(third_, "song").size(), 3u);
  expect_whole(third_);
}

TEST_F(BackUp, ACopyOfItsOwnBesideAPruneStaysDiverged) {
  save_versions("song", 5);
  back_up(here_, there_);
  ASSERT_TRUE(there_.save("song", Value("its own")).ok());
  save_versions("song", 15);
  ASSERT_TRUE(here_.prune("song", {.keep_last = 3}).ok());
  const auto done = here_.backup_to(there_);
  ASSERT_TRUE(done.ok()) << done.error().to_string();
  EXPECT_EQ(done->diverged, std::vector<std::string>{"song"});
  EXPECT_EQ(*there_.load("song"), Value("its own"));
}

TEST_F(BackUp, HoldsGoAlongAndAreNeverTakenAway) {
  save_versions("song", 2);
  save_versions("other", 2);
  ASSERT_TRUE(here_.hold("song", "the court asked").ok());
  back_up(here_, there_);
  EXPECT_EQ(there_.remove("song").error().code(), ErrorCode::denied);
  EXPECT_TRUE(there_.remove("other").ok());
  ASSERT_TRUE(here_.release("song").ok());
  ASSERT_TRUE(here_.hold("song", "another reason").ok());
  back_up(here_, there_);
  const auto denied = there_.prune("song", {.keep_last = 1});
  ASSERT_FALSE(denied.ok());
  EXPECT_NE(denied.error().message().find("the court asked"), std::string::npos);
}

TEST_F(BackUp, RemovedDocumentsCanBeRestoredInTheCopyToo) {
  const std::vector<Id> ids = save_versions("song", 6);
  ASSERT_TRUE(here_.prune("song", {.keep_last = 3}).ok());
  const Value last = *here_.load("song");
  ASSERT_TRUE(here_.remove("song").ok());
  ASSERT_TRUE(here_.save("song", Value("another")).ok());
  back_up(here_, there_);
  back_up(there_, third_);
  for (Store* store : {&there_, &third_}) {
    EXPECT_EQ(*store->load("song"), Value("another"));
    EXPECT_EQ(test::log_of(*store, at("song", ids[5])).size(), 3u) << "its boundary came along";
    ASSERT_TRUE(store->remove("song").ok());
    ASSERT_TRUE(store->restore(at("song", ids[5])).ok());
    EXPECT_EQ(*store->load("song"), last);
    expect_whole(*store);
  }
  EXPECT_EQ(here_.backup_to(third_)->chunks, 0u) << "which has it again";
}

TEST_F(BackUp, ADocumentRemovedHereStaysWhereTheCopyHasIt) {
  save_versions("song", 3);
  back_up(here_, there_);
  ASSERT_TRUE(here_.remove("song").ok());
  EXPECT_EQ(here_.backup_to(there_)->chunks, 0u);
  EXPECT_EQ(test::log_of(there_, "song").size(), 3u);
}

}  // namespace
}  // namespace stet
