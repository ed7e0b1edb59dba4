// Long reads (verify, backup, export, log) beside saves, removals, prunes and compactions: what
// went meanwhile is no damage, and what is copied is one moment of the store.
#include <array>
#include <chrono>
#include <thread>

#include "store/stores.hpp"

namespace stet {
namespace {

// Acts once the other side has read so many chunks.
class Sweeper {
 public:
  Sweeper(test::HookedBackend& backend, std::uint64_t after, std::function<void()> act)
      : left_(after) {
    backend.before_get([this, act = std::move(act)] {
      if (busy_ || done_) return;
      if (left_-- > 0) return;
      busy_ = true;
      act();
      done_ = true;
    });
  }
  bool done() const { return done_; }

 private:
  std::uint64_t left_;
  bool busy_ = false;
  bool done_ = false;
};

class BesideASweep : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* const name : {"a", "b", "c"}) {
      for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(
            other_.save(name, test::song(600, name[0] * 10u + static_cast<unsigned>(i))).ok());
      }
    }
  }
  // What others do meanwhile: a document goes, one is pruned, one changes.
  void others_go_on() {
    ASSERT_TRUE(other_.remove("c").ok());
    ASSERT_TRUE(other_.prune("b", {.keep_last = 1}).ok());
    const auto both = other_.transact([](Transaction& transaction) -> Result<void> {
      STET_CHECK(transaction.save("a", Value("after")));
      return transaction.save("b", Value("after"));
    });
    ASSERT_TRUE(both.ok());
    ASSERT_TRUE(other_.compact().ok());
    ASSERT_TRUE(other_.compact().ok());
  }

  test::World world_;
  std::shared_ptr<Backend> memory_ = memory_backend();
  std::shared_ptr<test::HookedBackend> backend_ = std::make_shared<test::HookedBackend>(memory_);
  Store other_ = Store::over(memory_, world_.options());
  Store store_ = Store::over(backend_, world_.options());
};

TEST_F(BesideASweep, VerifyFindsNoDamageInWhatWent) {
  for (const std::uint64_t after : {0u, 1u, 5u, 15u, 25u, 40u}) {
    for (const char* const name : {"a", "b", "c"}) {
      for (unsigned i = 0; i < 4; ++i) {
        ASSERT_TRUE(other_.save(name, test::song(600, name[0] * 10u + i)).ok());
      }
    }
    const Sweeper sweeper(*backend_, after, [&] { others_go_on(); });
    const auto report = store_.verify();
    ASSERT_TRUE(report.ok()) << report.error().to_string();
    EXPECT_TRUE(sweeper.done()) << after;
    for (const auto& entry : report->damage) ADD_FAILURE() << after << entry.damage.message;
    backend_->before_get({});
  }
}

TEST_F(BesideASweep, DamageIsStillFoundOnceAndWithEveryVersionThatItTouches) {
  const Id root = store_.show("a")->version.root.id;
  ASSERT_TRUE(other_.pin("kept", "a").ok());
  backend_->plant(root, std::nullopt);
  const Sweeper sweeper(*backend_, 15, [&] { others_go_on(); });
  const auto report = store_.verify();
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  ASSERT_EQ(report->damage.size(), 1u);
  EXPECT_EQ(report->damage.front().damage.id, root);
  EXPECT_EQ(report->damage.front().documents.size(), 2u) << "the document and the pin";
}

TEST_F(BesideASweep, ACompactionThatIsOvertakenIsAConflictAndNoDamage) {
  for (const std::uint64_t after : {0u, 1u, 5u, 15u, 25u}) {
    SetUp();
    const Sweeper sweeper(*backend_, after, [&] { others_go_on(); });
    const auto swept = store_.compact();
    EXPECT_TRUE(sweeper.done()) << after;
    ASSERT_FALSE(swept.ok()) << after;
    EXPECT_EQ(swept.error().code(), ErrorCode::conflict) << after << swept.error().to_string();
    backend_->before_get({});
    EXPECT_TRUE(store_.verify()->ok());
  }
}

TEST_F(BesideASweep, ABackupIsOneMomentOfTheSource) {
  for (const std::uint64_t after : {0u, 5u, 15u, 25u, 40u}) {
    SetUp();
    Store target = Store::over(memory_backend(), world_.options());
    const Sweeper sweeper(*backend_, after, [&] { others_go_on(); });
    const auto done = store_.backup_to(target);
    ASSERT_TRUE(done.ok()) << after << ": " << done.error().to_string();
    EXPECT_TRUE(sweeper.done()) << after;
    EXPECT_EQ(*target.load("a") == Value("after"), *target.load("b") == Value("after"));
    const auto report = target.verify();
    ASSERT_TRUE(report.ok());
    EXPECT_TRUE(report->ok()) << after << ": " << report->damage.front().damage.message;
    backend_->before_get({});
  }
}

TEST_F(BesideASweep, AnErrorOfABackupNamesTheStoreAtFault) {
  backend_->plant(store_.show("a")->version.root.id, std::nullopt);
  const test::TemporaryFolder folder;
  Store target = Store::open("file:" + (folder / "copy.stet"), world_.options()).value();
  const auto done = store_.backup_to(target);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code(), ErrorCode::corrupt);
  EXPECT_EQ(done.error().context().store, store_.info().url);
}

TEST_F(BesideASweep, AnExportBeginsAgain) {
  const std::array<std::string, 2> specs = {"a", "b"};
  for (const std::uint64_t after : {1u, 5u, 15u, 25u}) {
    SetUp();
    const Sweeper sweeper(*backend_, after, [&] { others_go_on(); });
    const auto archive = store_.export_car(specs, {.history = true});
    ASSERT_TRUE(archive.ok()) << after << ": " << archive.error().to_string();
    EXPECT_TRUE(sweeper.done()) << after;
    Store target = Store::over(memory_backend(), world_.options());
    const auto imported = target.import_car(*archive, {});
    ASSERT_TRUE(imported.ok()) << after << ": " << imported.error().to_string();
    backend_->before_get({});
  }
}

// Everything at once, for a while: no read says that there is damage. That a store which is changed
// without a pause leaves no moment for a compaction, or for a copy, may be said.
void read_beside_changes(const std::function<Store()>& open) {
  std::atomic<bool> stop = false;
  const auto expect = [](std::string_view what, const auto& answer) {
    if (answer.ok()) return true;
    const ErrorCode code = answer.error().code();
    if (code == ErrorCode::not_found || code == ErrorCode::unavailable) return false;
    ADD_FAILURE() << what << ": " << answer.error().to_string();
    return false;
  };
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    Store store = open();
    std::mt19937_64 random(1);
    while (!stop) {
      const std::string name = "d" + std::to_string(random() % 3);
      const auto kind = random() % 10;
      if (kind < 6)
        expect("save", store.save(name, test::song(200, random())));
      else if (kind < 8)
        expect("remove", store.remove(name));
      else
        expect("prune", store.prune(name, {.keep_last = 1}));
    }
  });
  threads.emplace_back([&] {
    Store store = open();
    while (!stop) {
      const auto swept = store.compact();
      if (!swept.ok() && swept.error().code() != ErrorCode::conflict) expect("compact", swept);
    }
  });
  Store store = open();
  int copies = 0;
  int checks = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
  for (int i = 0; std::chrono::steady_clock::now() < end; ++i) {
    const std::string name = "d" + std::to_string(i % 3);
    Store copy = Store::open("mem:").value();
    if (expect("backup", store.backup_to(copy))) ++copies;
    EXPECT_TRUE(copy.verify()->ok());
    const auto archive = store.export_car(std::array<std::string, 1>{name}, {.history = true});
    expect("export", archive);
    if (archive.ok()) expect("import", Store::open("mem:")->import_car(*archive, {}));
    const auto verified = store.verify();
    if (expect("verify", verified)) {
      ++checks;
      for (const auto& entry : verified->damage) ADD_FAILURE() << entry.damage.message;
    }
    expect("log", store.log(name, [](const VersionInfo&) { return true; }));
    expect("show", store.show(name));
    expect("load", store.load(name + "~1"));
    expect("diff", store.diff(name + "~1", name));
    expect("open", store.open_document(name));
    if (testing::Test::HasFailure()) break;
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(copies, 0);
  EXPECT_GT(checks, 0);
  EXPECT_TRUE(store.verify()->ok());
}

TEST(ReadsBesideSweeps, FindNoDamageInMemory) {
  const auto backend = memory_backend();
  read_beside_changes([&] { return Store::over(backend); });
}

TEST(ReadsBesideSweeps, FindNoDamageInAFile) {
  const test::TemporaryFolder folder;
  read_beside_changes([&] { return Store::open("file:" + (folder / "a.stet")).value(); });
}

}  // namespace
}  // namespace stet
