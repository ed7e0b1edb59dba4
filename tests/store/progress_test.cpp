// Long work tells how far it is, and stops when it is told to, with nothing changed.
#include "store/stores.hpp"

namespace stet {
namespace {

class Told : public testing::Test {
 protected:
  void SetUp() override {
    Value value = test::song(20'000);
    for (int i = 0; i < 3; ++i) {
      value = test::with_pitch(value, static_cast<std::size_t>(i), 1000 + i);
      ASSERT_TRUE(store_.save("song", value).ok());
    }
  }
  // The work ends well when the callback lets it, having told; stopped at its first report and at
  // its last one it is cancelled.
  template <class Work>
  void expect_told(Work work) {
    int reports = 0;
    work(
        [&](const Progress& progress) {
          EXPECT_FALSE(progress.what.empty());
          EXPECT_FALSE(progress.unit.empty());
          ++reports;
          return true;
        },
        true);
    ASSERT_GE(reports, 1);
    for (const int stop_at : {1, reports}) {
      int seen = 0;
      work([&](const Progress&) { return ++seen < stop_at; }, false);
      EXPECT_EQ(seen, stop_at);
    }
  }
  template <class Answer>
  static void expect_outcome(const Answer& answer, bool ends_well) {
    EXPECT_EQ(answer.ok(), ends_well);
    if (!answer.ok()) {
      EXPECT_EQ(answer.error().code(), ErrorCode::cancelled);
    }
  }

  test::World world_;
  Store store_ = Store::over(memory_backend(), world_.options());
  const std::vector<std::string> specs_ = {"song"};
};

TEST_F(Told, ASaveThatIsStoppedSavesNothing) {
  std::uint64_t seed = 1;
  expect_told([&](const ProgressCallback& progress, bool ends_well) {
    const auto head = store_.show("song")->id;
    const auto saved = store_.save("song", test::song(20'000, seed++), {}, progress);
    expect_outcome(saved, ends_well);
    EXPECT_EQ(store_.show("song")->id == head, !ends_well);
    if (!ends_well) {
      EXPECT_NE(saved.error().message().find("nothing"), std::string::npos);
    }
  });
  auto document = store_.open_document("song");
  document->set(Value(1));
  EXPECT_EQ(document->save({}, [](const Progress&) { return false; }).error().code(),
            ErrorCode::cancelled);
  EXPECT_TRUE(document->save().ok());
}

TEST_F(Told, ADiffALogAndAPrune) {
  expect_told([&](const ProgressCallback& progress, bool ends_well) {
    Store fresh =
        Store::over(std::shared_ptr<Backend>(&store_.backend(), [](Backend*) {}), world_.options());
    expect_outcome(fresh.diff("song~2", "song", progress), ends_well);
  });
  expect_told([&](const ProgressCallback& progress, bool ends_well) {
    const auto all = [](const VersionInfo&) { return true; };
    expect_outcome(store_.log("song", all, progress), ends_well);
  });
  const auto stopped =
      store_.prune("song", {.keep_last = 1}, [](const Progress&) { return false; });
  EXPECT_EQ(stopped.error().code(), ErrorCode::cancelled);
  EXPECT_EQ(test::log_of(store_, "song").size(), 3u);
  int reports = 0;
  EXPECT_EQ(*store_.prune("song", {.keep_last = 1}, [&](const Progress&) { return ++reports > 0; }),
            2u);
  EXPECT_GE(reports, 1);
}

TEST_F(Told, AnExportComesInPiecesAndAnImportThatIsStoppedImportsNothing) {
  Bytes archive;
  std::size_t largest = 0;
  const auto keep = [&](BytesView piece) {
    archive.insert(archive.end(), piece.begin(), piece.end());
    largest = std::max(largest, piece.size());
    return Result<void>();
  };
  ASSERT_TRUE(store_.export_car_to(keep, specs_, {.history = true}).ok());
  EXPECT_EQ(archive, *store_.export_car(specs_, {.history = true}));
  EXPECT_LT(largest, archive.size() / 2);
  expect_told([&](const ProgressCallback& progress, bool ends_well) {
    expect_outcome(store_.export_car(specs_, {.history = true}, progress), ends_well);
  });
  expect_told([&](const ProgressCallback& progress, bool ends_well) {
    Store other = Store::over(memory_backend(), world_.options());
    expect_outcome(other.import_car(archive, {}, progress), ends_well);
    EXPECT_EQ(test::names_in(other).size(), ends_well ? 1u : 0u);
  });
}

TEST_F(Told, AVersionThatOneHistoryCallsPrunedIsExportedWholeByAnother) {
  Store other = Store::over(memory_backend(), world_.options());
  const Bytes archive = *store_.export_car(specs_, {.history = true});
  ASSERT_TRUE(store_.import_car(archive, {.name = "twin"}).ok());
  ASSERT_TRUE(store_.pin("first", "song~2").ok());
  ASSERT_TRUE(store_.prune("song", {.keep_last = 1}).ok());
  const std::vector<std::string> both = {"song", "twin"};
  ASSERT_TRUE(other.import_car(*store_.export_car(both, {.history = true}), {}).ok());
  EXPECT_EQ(*other.load("twin~1"), *store_.load("twin~1"));
  EXPECT_TRUE(other.verify()->ok());
}

TEST_F(Told, AnImportKeepsToItsLimits) {
  const Bytes archive = *store_.export_car(specs_);
  Store other = Store::over(memory_backend(), world_.options());
  EXPECT_EQ(other.import_car(archive, {.limits = {.input_bytes_max = 1000}}).error().code(),
            ErrorCode::too_large);
  EXPECT_EQ(other.import_car(archive, {.limits = {.members_max = 3}}).error().code(),
            ErrorCode::too_large);
  EXPECT_TRUE(other.import_car(archive, {}).ok());
}

}  // namespace
}  // namespace stet
