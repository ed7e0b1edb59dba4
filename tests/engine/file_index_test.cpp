// The index against plain maps: runs of any shape, merges, deletions, and stores that reopen.
#include <map>
#include <random>

#include "engine/file/index.hpp"
#include "engine/file/merge.hpp"
#include "engine/file_rig.hpp"

namespace stet::test {
namespace {

using Table = std::map<std::string, std::string>;

// Runs are written into a file as a batch would hold them.
class Runs {
 public:
  Runs() : file_(*disk_.open("/runs", os::OpenMode::create_new)), blocks_(file_, salt_) {}

  file::Run add(const Table& table) {
    file::RunBuilder builder;
    for (const auto& [key, value] : table) builder.add(as_bytes(key), as_bytes(value));
    const Bytes bytes = builder.finish(salt_, end_);
    EXPECT_TRUE(file_->write_all(end_, bytes).ok());
    EXPECT_EQ(bytes.size(), builder.run().bytes());
    end_ += bytes.size() + 8;
    return builder.run();
  }
  file::BlockReader& blocks() { return blocks_; }
  os::File& file() { return *file_; }

 private:
  SimulatedDisk disk_;
  std::shared_ptr<os::File> file_;
  file::Salt salt_{7, 7, 7};
  file::BlockReader blocks_;
  std::uint64_t end_ = 100;
};

std::string random_key(std::mt19937& random) {
  std::string key(random() % 8 == 0 ? random() % 1025 : random() % 12 + 1, '\0');
  for (char& c : key) c = static_cast<char>(random() % 5 == 0 ? random() : 'a' + random() % 3);
  return key;
}

Table random_table(std::mt19937& random, std::size_t size) {
  Table table;
  for (std::size_t i = 0; i < size; ++i) {
    table[random_key(random)] =
        std::string(random() % 20 == 0 ? random() % 1000 : random() % 9, 'v');
  }
  return table;
}

TEST(Index, ARunFindsExactlyWhatItWasGiven) {
  std::mt19937 random(1);
  Runs runs;
  for (const std::size_t size : {1u, 2u, 70u, 500u, 9000u}) {
    const Table table = random_table(random, size);
    const file::Run run = runs.add(table);
    const auto expected = size % 2 == 0 ? file::Expected::yes : file::Expected::no;
    EXPECT_EQ(run.entries, table.size());
    for (const auto& [key, value] : table) {
      const auto found = file::find_in_run(runs.blocks(), run, as_bytes(key), expected);
      ASSERT_TRUE(found.ok()) << found.error().to_string();
      ASSERT_TRUE(found->has_value());
      EXPECT_EQ(as_text(**found), value);
    }
    for (int i = 0; i < 500; ++i) {
      const std::string key = random_key(random);
      const auto found = file::find_in_run(runs.blocks(), run, as_bytes(key), expected);
      ASSERT_TRUE(found.ok());
      EXPECT_EQ(found->has_value(), table.contains(key));
    }
  }
}

TEST(Index, AWalkOverSeveralRunsGivesEachKeyOnceWithTheNewestValue) {
  std::mt19937 random(2);
  Runs runs;
  Table expected;
  std::vector<file::Run> newest_first;
  for (const std::size_t size : {3000u, 800u, 50u, 1u}) {
    const Table table = random_table(random, size);
    newest_first.insert(newest_first.begin(), runs.add(table));
    for (const auto& [key, value] : table) expected[key] = value;
  }
  for (int i = 0; i < 50; ++i) {
    const std::string from = i == 0 ? "" : random_key(random);
    file::MergeCursor cursor(runs.blocks(), newest_first);
    ASSERT_TRUE(cursor.seek(as_bytes(from)).ok());
    for (auto entry = expected.lower_bound(from); entry != expected.end(); ++entry) {
      ASSERT_FALSE(cursor.at_end());
      ASSERT_EQ(as_text(cursor.entry().key), entry->first);
      ASSERT_EQ(as_text(cursor.entry().value), entry->second);
      ASSERT_TRUE(cursor.next().ok());
    }
    EXPECT_TRUE(cursor.at_end());
  }
}

TEST(Index, AFlippedBitInABlockIsAnErrorNotAnAnswer) {
  std::mt19937 random(3);
  Runs runs;
  const Table table = random_table(random, 300);
  const file::Run run = runs.add(table);
  for (std::uint64_t at = run.offset; at < run.offset + run.bytes(); at += 97) {
    Bytes byte(1);
    ASSERT_TRUE(runs.file().read_exactly(at, byte).ok());
    byte[0] = static_cast<std::uint8_t>(byte[0] ^ 4);
    ASSERT_TRUE(runs.file().write_all(at, byte).ok());
    const std::uint64_t block =
        run.offset + (at - run.offset) / file::kBlockBytes * file::kBlockBytes;
    EXPECT_EQ(runs.blocks().read_once(block).error().code(), ErrorCode::corrupt);
    byte[0] = static_cast<std::uint8_t>(byte[0] ^ 4);
    ASSERT_TRUE(runs.file().write_all(at, byte).ok());
  }
}

// Refs are set and deleted by the hundred, so that indexes are made and merged many times over.
TEST(Index, AStoreAgreesWithAMapThroughManyIndexesAndReopenings) {
  const unsigned seed = 4;
  std::mt19937 random(seed);
  FileRig rig;
  auto backend = rig.open();
  std::map<std::string, RefValue> model;
  for (int round = 0; round < 60; ++round) {
    std::map<std::string, std::optional<RefValue>> next;
    for (int i = 0; i < 600; ++i) {
      const std::string name = "doc/" + std::to_string(random() % 3000);
      if (random() % 3 == 0) {
        next[name] = std::nullopt;
      } else {
        next[name] = chunk_of(std::to_string(random()));
      }
    }
    std::vector<RefChange> changes;
    for (const auto& [name, value] : next) {
      const auto known = model.find(name);
      changes.push_back(
          {name, known == model.end() ? std::nullopt : std::optional(known->second), value, false});
    }
    const auto swapped = backend->swap(changes);
    ASSERT_TRUE(swapped.ok()) << swapped.error().to_string();
    ASSERT_TRUE(swapped->done) << "seed " << seed << ", round " << round;
    for (const auto& [name, value] : next) {
      if (value) {
        model[name] = *value;
      } else {
        model.erase(name);
      }
    }
    if (round % 10 == 5) backend = rig.open();
    if (round % 10 != 9) continue;
    std::map<std::string, RefValue> listed;
    std::string cursor;
    while (true) {
      const auto page = backend->list("doc/", cursor, 333);
      ASSERT_TRUE(page.ok()) << page.error().to_string();
      for (const Ref& ref : page->refs) listed[ref.name] = ref.value;
      if (!page->next) break;
      cursor = *page->next;
    }
    ASSERT_EQ(listed, model) << "seed " << seed << ", round " << round;
  }
  EXPECT_TRUE(backend->info().notes.empty());
  EXPECT_TRUE(backend->check({})->empty());
}

}  // namespace
}  // namespace stet::test
