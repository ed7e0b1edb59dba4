// Repair: what is damaged comes back by id, from whoever has it, and nothing else changes.
#include <filesystem>
#include <fstream>

#include "store/stores.hpp"

namespace stet {
namespace {

using test::path;

// A store over memory whose chunks can be changed behind its back.
class Repair : public testing::Test {
 protected:
  void SetUp() override {
    const Value first = test::song(900);
    ids_.push_back(*here_.save("song", first)->id);
    world_.clock->advance(1000);
    ids_.push_back(*here_.save("song", test::with_pitch(first, 450, 9999))->id);
    ids_.push_back(*here_.save("letter", Value("short"))->id);
    ASSERT_TRUE(here_.backup_to(copy_).ok());
    ASSERT_TRUE(here_.backup_to(other_).ok());
    first_ = *here_.load("song~1"), last_ = *here_.load("song");
  }

  // Replaces what is stored; nothing: the chunk goes.
  static void damage(Backend& backend, const Id& id) {
    Mending wrong;
    wrong.ids = {id};
    wrong.bytes_of = [](const Id&) { return Result<Bytes>(Bytes{0, 1, 2, 3}); };
    ASSERT_TRUE(backend.mend(wrong, {}).ok());
  }
  static std::vector<tree::Root> children_of(Store& store, const tree::Root& chunk) {
    const auto bytes = store.backend().get(std::span(&chunk.id, 1));
    return *tree::children(chunk, **bytes->begin());
  }
  // The leaf of the document with that number.
  static Id leaf_of(Store& store, std::string_view spec, std::size_t number) {
    std::vector<tree::Root> open = {store.show(spec)->version.root};
    while (true) {
      const tree::Root chunk = open.back();
      open.pop_back();
      const auto below = children_of(store, chunk);
      open.insert(open.end(), below.rbegin(), below.rend());
      if (below.empty() && number-- == 0) return chunk.id;
    }
  }
  Result<RepairReport> repair(std::vector<Store*> sources, bool dry_run = false) {
    return here_.repair(sources, {.dry_run = dry_run});
  }
  void expect_whole() {
    const auto report = here_.verify();
    ASSERT_TRUE(report.ok()) << report.error().to_string();
    for (const auto& entry : report->damage) ADD_FAILURE() << entry.damage.message;
    EXPECT_EQ(*here_.load("song~1"), first_);
    EXPECT_EQ(*here_.load("song"), last_);
    ASSERT_TRUE(here_.save("more", Value(1)).ok());
    EXPECT_TRUE(here_.compact().ok());
    EXPECT_EQ(*here_.load("song"), last_);
  }

  test::World world_;
  std::shared_ptr<test::HookedBackend> backend_ =
      std::make_shared<test::HookedBackend>(packing_layer(memory_backend()));
  std::shared_ptr<test::HookedBackend> copy_backend_ =
      std::make_shared<test::HookedBackend>(memory_backend());
  Store here_ = Store::over(backend_, world_.options());
  Store copy_ = Store::over(copy_backend_, world_.options());
  Store other_ = Store::over(memory_backend(), world_.options());
  Store empty_ = Store::over(memory_backend(), world_.options());
  std::vector<Id> ids_;
  Value first_, last_;
};

TEST_F(Repair, OfAWholeStoreDoesNothing) {
  const auto report = repair({&copy_});
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_TRUE(report->mended.empty());
  EXPECT_TRUE(report->left.ok());
  EXPECT_EQ(report->left.versions, 3u);
}

TEST_F(Repair, FetchesOnlyWhatIsDamaged) {
  const Id leaf = leaf_of(here_, "song", 0);
  damage(*backend_, leaf);
  const auto report = repair({&copy_});
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_EQ(report->mended, std::vector<Id>{leaf});
  EXPECT_EQ(report->from_source, std::vector<std::uint64_t>{1});
  EXPECT_TRUE(report->left.ok());
  expect_whole();
  EXPECT_TRUE(repair({&copy_})->mended.empty()) << "a second time there is nothing to do";
}

TEST_F(Repair, GoesOnBelowWhatItHasMended) {
  const tree::Root root = here_.show("song")->version.root;
  const Id leaf = leaf_of(here_, "song", 1);
  damage(*backend_, root.id);
  damage(*backend_, leaf);
  damage(*backend_, ids_[1]);  // the record of the newest version, and with it all before
  damage(*backend_, ids_[0]);
  const auto report = repair({&copy_});
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_EQ(report->mended.size(), 4u) << "among them those below what was hidden";
  EXPECT_TRUE(report->left.ok());
  expect_whole();
}

TEST_F(Repair, TakesFromEachSourceWhatItHas) {
  const Id first = leaf_of(here_, "song", 0), second = leaf_of(here_, "song", 1);
  for (const Id& id : {first, second}) damage(*backend_, id);
  copy_backend_->plant(first, std::nullopt);
  damage(other_.backend(), second);
  const auto half = repair({&other_}, true);
  ASSERT_TRUE(half.ok());
  EXPECT_EQ(half->mended, std::vector<Id>{first});
  EXPECT_EQ(half->left.damage.size(), 1u);
  const auto report = repair({&copy_, &other_});
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_EQ(report->from_source, (std::vector<std::uint64_t>{1, 1}));
  EXPECT_TRUE(report->left.ok());
  expect_whole();
}

TEST_F(Repair, RefusesBytesThatAreNotThoseOfTheId) {
  const Id leaf = leaf_of(here_, "song", 0);
  damage(*backend_, leaf);
  copy_backend_->plant(leaf, Bytes{1, 2, 3});
  const auto refused = repair({&copy_});
  ASSERT_TRUE(refused.ok()) << refused.error().to_string();
  EXPECT_TRUE(refused->mended.empty());
  EXPECT_EQ(refused->refused, std::vector<std::uint64_t>{1});
  ASSERT_EQ(refused->left.damage.size(), 1u);
  EXPECT_EQ(refused->left.damage[0].damage.id, leaf);
  const auto report = repair({&copy_, &other_});
  EXPECT_EQ(report->from_source, (std::vector<std::uint64_t>{0, 1}));
  expect_whole();
}

// A store in a file with many older versions, packed; one leaf that they lean on is damaged.
class RepairOfPacks : public Repair {
 protected:
  void SetUp() override {
    Repair::SetUp();
    {
      Store store = *Store::open(url_, world_.options());
      ASSERT_TRUE(store.save("song", first_).ok());
      for (int i = 0; i < 40; ++i) {
        ASSERT_TRUE(store.save("song", test::with_pitch(first_, 450, 1000 + i)).ok());
      }
      ASSERT_TRUE(store.save("song", last_).ok());
      ASSERT_TRUE(store.compact().ok());
      ASSERT_TRUE(store.backup_to(all_).ok());
      std::size_t number = 0;
      while (leaf_of(store, "song", number) == leaf_of(store, "song~1", number)) ++number;
      leaf_ = leaf_of(store, "song", number);
      bytes_ = store.info().stored_bytes;
      std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
      const auto offset = static_cast<std::streamoff>(*store.backend().offset_of(leaf_));
      file.seekp(offset + 200).put('?');
    }
    Store damaged = *Store::open(url_, world_.options());
    EXPECT_FALSE(damaged.load("song~41").ok());
  }
  RepairReport repair_from(Store& source) {
    Store store = *Store::open(url_, world_.options());
    const std::vector<Store*> sources = {&source};
    auto report = store.repair(sources, {});
    EXPECT_TRUE(report.ok()) << report.error().to_string();
    return report.ok() ? *std::move(report) : RepairReport{};
  }
  void expect_all_there() {
    Store store = *Store::open(url_, world_.options());
    EXPECT_TRUE(store.verify()->ok());
    EXPECT_EQ(*store.load("song~41"), first_);
    EXPECT_EQ(*store.load("song~1"), test::with_pitch(first_, 450, 1039));
    EXPECT_EQ(*store.load("song"), last_);
    EXPECT_LT(store.info().stored_bytes, bytes_ + bytes_ / 10) << "packs stay packs";
  }

  test::TemporaryFolder folder_;
  const std::string path_ = folder_ / "a.stet", url_ = "file:" + path_;
  Store all_ = Store::over(memory_backend(), world_.options());
  Id leaf_;
  std::uint64_t bytes_ = 0;
};

TEST_F(RepairOfPacks, OpensThemWithTheBaseThatIsMended) {
  ASSERT_TRUE(empty_.save("another name", last_).ok());
  const RepairReport report = repair_from(empty_);
  EXPECT_EQ(report.mended, std::vector<Id>{leaf_});
  EXPECT_TRUE(report.left.ok());
  expect_all_there();
}

TEST_F(RepairOfPacks, LeavesThemPackedWhereASourceHasAll) {
  const RepairReport report = repair_from(all_);
  EXPECT_TRUE(report.left.ok());
  expect_all_there();
}

TEST_F(RepairOfPacks, KeepsThemWhereNobodyHasTheBaseYet) {
  ASSERT_TRUE(empty_.save("another name", Value("nothing of it")).ok());
  EXPECT_FALSE(repair_from(empty_).left.ok());
  ASSERT_TRUE(empty_.save("another name", last_).ok());
  EXPECT_TRUE(repair_from(empty_).left.ok());
  expect_all_there();
}

TEST_F(Repair, NamesWhatNoSourceHas) {
  const Id leaf = leaf_of(here_, "song~1", 0);
  ASSERT_EQ(leaf, leaf_of(here_, "song", 0)) << "which both versions share";
  damage(*backend_, leaf);
  const auto report = repair({&empty_});
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_TRUE(report->mended.empty());
  ASSERT_EQ(report->left.damage.size(), 1u);
  const VerifyReport::Entry& entry = report->left.damage[0];
  EXPECT_EQ(entry.damage.id, leaf);
  EXPECT_EQ(entry.documents, (std::vector<std::string>{"song@" + ids_[1].short_form(),
                                                       "song@" + ids_[0].short_form()}));
  EXPECT_FALSE(entry.parts.empty());
}

TEST_F(Repair, ADryRunChangesNothing) {
  const Id leaf = leaf_of(here_, "song", 0);
  damage(*backend_, leaf);
  const auto report = repair({&copy_}, true);
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_EQ(report->mended, std::vector<Id>{leaf});
  EXPECT_TRUE(report->left.ok()) << "as it would be";
  EXPECT_FALSE(here_.verify()->ok());
}

TEST_F(Repair, GoesOnBesideSavesAndAfterACompaction) {
  const Id leaf = leaf_of(here_, "song", 0);
  damage(*backend_, leaf);
  Store beside = Store::over(backend_, world_.options());
  copy_backend_->before_get([&] { ASSERT_TRUE(beside.save("beside", Value(7)).ok()); });
  const auto report = repair({&copy_});
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_TRUE(report->left.ok());
  EXPECT_EQ(*here_.load("beside"), Value(7));
  expect_whole();
}

TEST_F(Repair, StopsWhenItIsToldTo) {
  damage(*backend_, leaf_of(here_, "song", 0));
  std::vector<Store*> sources = {&copy_};
  const auto stopped = here_.repair(sources, {}, [](const Progress&) { return false; });
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code(), ErrorCode::cancelled);
  EXPECT_FALSE(here_.verify()->ok());
}

// ---- What verify says of damage.

class Damaged : public Repair {
 protected:
  VerifyReport::Entry only_damage() {
    const auto report = here_.verify();
    EXPECT_EQ(report->damage.size(), 1u);
    return report->damage.empty() ? VerifyReport::Entry{} : report->damage[0];
  }
};

TEST_F(Damaged, APartOfAListIsNamedByItsItems) {
  Value notes = Value::empty_list();
  for (int i = 0; i < 4000; ++i) notes = notes.append(Value(i * 7919));
  const Value document = Value::map({{"tracks", Value::list({Value(1), notes})}});
  ASSERT_TRUE(here_.save("tracks", document).ok());
  const tree::Root root = here_.show("tracks")->version.root;
  auto inner =
      tree::placed_children({root, {}}, **here_.backend().get(std::span(&root.id, 1))->begin());
  ASSERT_TRUE(inner.ok());
  tree::Placed placed = inner->front();
  while (!placed.extent.range) {
    const auto below = *tree::placed_children(
        placed, **here_.backend().get(std::span(&placed.chunk.id, 1))->begin());
    placed = below[below.size() > 1 ? 1 : 0];
  }
  damage(*backend_, placed.chunk.id);
  const VerifyReport::Entry entry = only_damage();
  EXPECT_EQ(entry.damage.id, placed.chunk.id);
  ASSERT_EQ(entry.parts.size(), 1u);
  EXPECT_EQ(entry.parts[0].extent, placed.extent);
  EXPECT_EQ(entry.parts[0].extent.path, path("/tracks/1"));
  EXPECT_EQ(entry.parts[0].extent.kind, Kind::list);
  // Exactly the items that can't be read are those in the range.
  const auto view = here_.view("tracks");
  const auto [begin, end] = *placed.extent.range;
  EXPECT_GT(begin, 0u);
  EXPECT_TRUE(view->items_at(path("/tracks/1"), begin - 1, begin).ok());
  EXPECT_FALSE(view->items_at(path("/tracks/1"), begin, begin + 1).ok());
  EXPECT_FALSE(view->items_at(path("/tracks/1"), end - 1, end).ok());
  EXPECT_TRUE(view->items_at(path("/tracks/1"), end, end + 1).ok());
}

TEST_F(Damaged, AWholeDocumentIsNamedByItsRootAndSourcesForThemselves) {
  const std::string original(5000, 'x');
  const KeptSource source{as_bytes(original), "json"};
  ASSERT_TRUE(here_.save("kept", Value("of"), {.source = source}).ok());
  const Version version = here_.show("kept")->version;
  damage(*backend_, version.root.id);
  VerifyReport::Entry entry = only_damage();
  ASSERT_EQ(entry.parts.size(), 1u);
  EXPECT_EQ(entry.parts[0].extent, tree::Extent{});
  EXPECT_FALSE(entry.parts[0].of_source);
  ASSERT_TRUE(here_.save("kept", Value("other"), {.source = source}).ok());
  ASSERT_TRUE(here_.backup_to(empty_).error().code() == ErrorCode::corrupt);
  damage(*backend_, version.source->root.id);
  const auto report = here_.verify();
  bool found = false;
  for (const auto& one : report->damage) {
    if (one.damage.id == version.source->root.id) {
      found = true;
      ASSERT_EQ(one.parts.size(), 1u);
      EXPECT_TRUE(one.parts[0].of_source);
    }
  }
  EXPECT_TRUE(found);
}

TEST_F(Damaged, ARecordIsNamedByItsId) {
  damage(*backend_, ids_[0]);
  const VerifyReport::Entry entry = only_damage();
  EXPECT_EQ(entry.damage.id, ids_[0]);
  EXPECT_EQ(entry.documents, std::vector<std::string>{"song@" + ids_[0].short_form()});
}

TEST_F(Damaged, OfManyVersionsSomeAreNamedAndTheRestCounted) {
  Value value = test::song(900);
  for (int i = 0; i < 150; ++i) {
    ASSERT_TRUE(here_.save("many", value = test::with_pitch(value, 899, i)).ok());
  }
  const Id leaf = leaf_of(here_, "many", 0);
  ASSERT_EQ(leaf, leaf_of(here_, "many~149", 0));
  damage(*backend_, leaf);
  const VerifyReport::Entry entry = only_damage();
  EXPECT_EQ(entry.documents.size(), VerifyReport::kNamedMax);
  EXPECT_GE(entry.documents_more, 50u);
}

}  // namespace
}  // namespace stet
