// What a history costs: edits are written as what differs, and a compaction packs older versions.
#include "store/stores.hpp"
#include "support/temporary_folder.hpp"

namespace stet::test {
namespace {

constexpr int kRows = 3000;

Value row(int number) {
  return Value::map({{"number", Value(number)},
                     {"name", Value("row " + std::to_string(number * 7919 % 1000))},
                     {"at", Value::list({Value(number / 4), Value(number % 4)})}});
}

Value table() {
  ListBuilder rows;
  for (int i = 0; i < kRows; ++i) rows.append(row(i));
  return Value::map({{"title", Value("a table")}, {"rows", rows.build()}});
}

// Two documents, edited in turn at places that jump about.
class Histories {
 public:
  explicit Histories(const std::string& url) : store_(*Store::open(url)) {
    for (const char* const name : {"first", "second"}) save(name, table());
  }
  Store& store() { return store_; }
  void edit(int times) {
    for (int i = 0; i < times; ++i) {
      const char* const name = i % 3 == 0 ? "second" : "first";
      const int number = (edits_ * 1237) % kRows;
      const auto place = *Path::parse("/rows/" + std::to_string(number) + "/at/0");
      save(name, *values_[name].with(place, Value(100'000 + edits_++)));
    }
  }
  std::uint64_t written() const { return written_; }
  void expect_all_there_anew(const std::string& url) const {
    Store store = *Store::open(url);
    for (const auto& [id, value] : versions_) {
      const auto loaded = store.load(id);
      ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
      ASSERT_TRUE(*loaded == value) << id;
    }
    const auto report = store.verify();
    ASSERT_TRUE(report.ok());
    EXPECT_TRUE(report->ok());
  }

 private:
  void save(const std::string& name, const Value& value) {
    const auto saved = store_.save(name, value);
    ASSERT_TRUE(saved.ok()) << saved.error().to_string();
    written_ = saved->cost.bytes_written;
    values_[name] = value;
    versions_.emplace_back(name + "@" + saved->id->to_string(), value);
  }

  Store store_;
  std::map<std::string, Value> values_;
  std::vector<std::pair<std::string, Value>> versions_;
  std::uint64_t written_ = 0;  // by the last save
  int edits_ = 0;
};

TEST(HistorySize, AnEditIsWrittenAsWhatDiffers) {
  const TemporaryFolder folder;
  Histories histories("file:" + (folder / "s.stet"));
  std::uint64_t most = 0, all = 0;
  for (int i = 0; i < 40; ++i) {
    histories.edit(1);
    most = std::max(most, histories.written());
    all += histories.written();
  }
  // A leaf, inner nodes, the root, the version and the commit; whole again now and then.
  EXPECT_LT(all / 40, 2000u);
  EXPECT_LT(most, 12'000u);
  histories.expect_all_there_anew("file:" + (folder / "s.stet"));
}

TEST(HistorySize, ACompactionPacksOlderVersionsAndEachIsStillThere) {
  const TemporaryFolder folder;
  const std::string url = "file:" + (folder / "s.stet");
  Histories histories(url);
  histories.edit(1);
  ASSERT_TRUE(histories.store().compact().ok());
  const std::uint64_t one = histories.store().info().stored_bytes;
  for (int round = 0; round < 3; ++round) {
    histories.edit(100);
    ASSERT_TRUE(histories.store().compact().ok());
    histories.expect_all_there_anew(url);
  }
  const std::uint64_t many = histories.store().info().stored_bytes;
  EXPECT_LT((many - one) / 300, 1000u) << "bytes a version";
}

TEST(HistorySize, WhatIsPrunedLeavesThePacks) {
  const TemporaryFolder folder;
  Histories histories("file:" + (folder / "s.stet"));
  histories.edit(150);
  Store& store = histories.store();
  ASSERT_TRUE(store.compact().ok());
  const std::uint64_t before = store.info().stored_bytes;
  ASSERT_TRUE(store.remove("second").ok());
  PrunePolicy policy;
  policy.keep_last = 3;
  ASSERT_TRUE(store.prune("first", policy).ok());
  const auto swept = store.compact();
  ASSERT_TRUE(swept.ok()) << swept.error().to_string();
  EXPECT_GT(swept->chunks_dropped, 300u);
  EXPECT_LT(store.info().stored_bytes, before);
  EXPECT_TRUE(store.verify()->ok());
  EXPECT_TRUE(store.load("first~2").ok());
}

// Documents that go back and forth put chunks again that others were made of.
TEST(HistorySize, GoingBackAndForthOverCompactionsLosesNothing) {
  const TemporaryFolder folder;
  const std::string url = "file:" + (folder / "s.stet");
  Store store = *Store::open(url);
  const Value one = table();
  const Value other = *one.with(*Path::parse("/rows/77/number"), Value(-1));
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(store.save("there", i % 2 == 0 ? one : other).ok());
    ASSERT_TRUE(store.save("back", i % 2 == 0 ? other : one).ok());
    if (i % 7 == 3) {
      ASSERT_TRUE(store.compact().ok());
    }
    Store fresh = *Store::open(url);
    ASSERT_TRUE(*fresh.load("there") == (i % 2 == 0 ? one : other)) << i;
    ASSERT_TRUE(*fresh.load("back") == (i % 2 == 0 ? other : one)) << i;
  }
  EXPECT_TRUE(store.verify()->ok());
}

}  // namespace
}  // namespace stet::test
