// Files of a store with bytes that are others, and what repair makes of them with a backup.
#include <algorithm>
#include <fstream>
#include <random>

#include "store/stores.hpp"

namespace stet {
namespace {

class DamagedFiles : public testing::Test {
 protected:
  std::string file(const std::string& name) const { return folder_ / name; }
  std::string url(const std::string& name) const { return "file:" + file(name); }
  Store open(const std::string& name, bool past_damage = false) {
    StoreOptions options = world_.options();
    options.past_damage = past_damage;
    auto opened = Store::open(url(name), options);
    EXPECT_TRUE(opened.ok()) << opened.error().to_string();
    return *std::move(opened);
  }
  Bytes read(const std::string& name) const {
    const auto opened = os::posix_file_system()->open(file(name), os::OpenMode::read);
    EXPECT_TRUE(opened.ok()) << name;
    if (!opened.ok()) return {};
    Bytes bytes((*opened)->status()->size_bytes);
    EXPECT_TRUE((*opened)->read_exactly(0, bytes).ok());
    return bytes;
  }
  void write(const std::string& name, const Bytes& bytes) const {
    (void)os::posix_file_system()->remove(file(name));
    const auto made = os::posix_file_system()->open(file(name), os::OpenMode::create_new);
    ASSERT_TRUE(made.ok());
    ASSERT_TRUE((*made)->write_all(0, bytes).ok());
  }

  // Documents with versions, pins, a removal; `compacted`, so that an index knows of most.
  void fill(bool compacted) {
    Store store = open("store.stet");
    Value song = test::song(900);
    for (int i = 0; i < 12; ++i) {
      world_.clock->advance(1000);
      song = test::with_pitch(song, static_cast<std::size_t>(i * 70), 1000 + i);
      ASSERT_TRUE(store.save("song", song).ok());
      ASSERT_TRUE(store.save("letter", Value(i)).ok());
      if (compacted && i == 6) {
        ASSERT_TRUE(store.compact().ok());
      }
    }
    ASSERT_TRUE(store.pin("first", "song~11").ok());
    ASSERT_TRUE(store.save("gone", test::song(50)).ok());
    ASSERT_TRUE(store.remove("gone").ok());
    ASSERT_TRUE(store.save("last", Value("last")).ok());
    ASSERT_TRUE(store.save("very last", Value("very last")).ok());
    Store backup = open("backup.stet");
    ASSERT_TRUE(store.backup_to(backup).ok());
  }

  // All versions of all documents, by id and content.
  static std::vector<std::pair<std::string, Result<Value>>> all_of(Store& store) {
    std::vector<std::pair<std::string, Result<Value>>> all;
    for (const std::string& name : test::names_in(store)) {
      for (const VersionInfo& version : test::log_of(store, name)) {
        const std::string spec = name + "@" + version.id.short_form();
        all.emplace_back(spec, store.load(spec));
      }
    }
    return all;
  }
  static void expect_same(Store& store, Store& other) {
    const auto all = all_of(store), expected = all_of(other);
    ASSERT_EQ(all.size(), expected.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(all[i].first, expected[i].first);
      ASSERT_TRUE(all[i].second.ok()) << all[i].second.error().to_string();
      EXPECT_EQ(*all[i].second, *expected[i].second);
    }
  }

  struct Outcome {
    bool opened = false;
    RepairReport report;
  };
  // Repairs the file from the backup and looks at what has become of it.
  Outcome repair(const std::string& name) {
    Outcome outcome;
    StoreOptions options = world_.options();
    options.past_damage = true;
    auto opened = Store::open(url(name), options);
    if (!opened.ok()) return outcome;
    outcome.opened = true;
    Store backup = open("backup.stet");
    std::vector<Store*> sources = {&backup};
    auto report = opened->repair(sources);
    EXPECT_TRUE(report.ok()) << report.error().to_string();
    if (report.ok()) outcome.report = *std::move(report);
    return outcome;
  }

  // Whole, open to all, and nothing of the damaged file thrown away.
  void expect_repaired(const std::string& name, const Bytes& damaged) {
    {
      Store store = open(name);
      const auto verified = store.verify();
      ASSERT_TRUE(verified.ok());
      for (const auto& entry : verified->damage) ADD_FAILURE() << entry.damage.message;
      Store backup = open("backup.stet");
      expect_same(store, backup);
      ASSERT_TRUE(store.save("more", Value(1)).ok());
      ASSERT_TRUE(store.compact().ok());
    }
    EXPECT_TRUE(open(name).verify()->ok());
    EXPECT_TRUE(read(name + ".damaged-1") == damaged);
    (void)os::posix_file_system()->remove(file(name + ".damaged-1"));
  }

  test::World world_;
  test::TemporaryFolder folder_;
};

// Offsets of the bytes of chunks in a store's file, by walking its frames as docs/format.md has
// them.
std::vector<std::size_t> chunk_bytes(const Bytes& store) {
  constexpr std::size_t kHeader = 12288, kFixed = 48, kCommit = 6;
  std::vector<std::size_t> offsets;
  for (std::size_t at = kHeader; at + 8 <= store.size();) {
    const std::size_t length = store[at] | store[at + 1] << 8 | store[at + 2] << 16;
    if (store[at + 4] == 0 || store[at + 4] > kCommit) break;
    if (store[at + 4] == 1) {
      for (std::size_t i = kFixed; i < 8 + length; ++i) offsets.push_back(at + i);
    }
    at += 8 + length;
  }
  return offsets;
}

class RandomDamage : public DamagedFiles, public testing::WithParamInterface<bool> {};

TEST_P(RandomDamage, InsideChunksComesBackFromTheBackupWhole) {
  fill(GetParam());
  const Bytes whole = read("store.stet");
  const std::vector<std::size_t> offsets = chunk_bytes(whole);
  ASSERT_GT(offsets.size(), 10'000u);
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 25 && !HasFailure(); ++round) {
    Bytes damaged = whole;
    for (std::uint64_t flips = 1 + random() % 8; flips > 0; --flips) {
      damaged[offsets[random() % offsets.size()]] ^= static_cast<std::uint8_t>(1 + random() % 255);
    }
    if (damaged == whole) continue;
    write("victim.stet", damaged);
    const Outcome outcome = repair("victim.stet");
    ASSERT_TRUE(outcome.opened);
    EXPECT_TRUE(outcome.report.left.ok());
    EXPECT_TRUE(outcome.report.uncertain.empty());
    expect_repaired("victim.stet", damaged);
  }
}

// Wherever else it is: all comes back, or what is lost or in doubt is said.
TEST_P(RandomDamage, AnywhereComesBackOrIsSaid) {
  fill(GetParam());
  const Bytes whole = read("store.stet");
  std::size_t content = whole.size();
  while (whole[content - 1] == 0) --content;
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 60 && !HasFailure(); ++round) {
    Bytes damaged = whole;
    const std::size_t at = 4096 + random() % (content - 4096);
    const std::size_t length = std::min<std::size_t>(content - at, 1 + random() % 600);
    for (std::size_t i = 0; i < length; ++i) damaged[at + i] = static_cast<std::uint8_t>(random());
    SCOPED_TRACE(std::to_string(length) + " bytes at " + std::to_string(at));
    write("victim.stet", damaged);
    const Outcome outcome = repair("victim.stet");
    ASSERT_TRUE(outcome.opened);
    EXPECT_TRUE(outcome.report.left.ok());
    Store store = open("victim.stet");
    EXPECT_TRUE(store.verify()->ok());
    Store backup = open("backup.stet");
    const auto all = all_of(store), expected = all_of(backup);
    for (const auto& [spec, value] : all) EXPECT_TRUE(value.ok()) << spec;
    const bool is_said = !outcome.report.uncertain.empty();
    if (!is_said) {
      EXPECT_EQ(all.size(), expected.size()) << "nothing was said";
    }
    ASSERT_TRUE(store.save("more", Value(1)).ok());
    ASSERT_TRUE(store.compact().ok());
    (void)os::posix_file_system()->remove(file("victim.stet.damaged-1"));
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, RandomDamage, testing::Bool(),
                         [](const auto& param) { return param.param ? "Compacted" : "AsSaved"; });

// Its frame is lost, and the tombstone beside it is not.
TEST_F(DamagedFiles, ARemovalThatCannotBeReadIsSaid) {
  fill(false);
  Bytes damaged = read("store.stet");
  const std::string_view frame("\x03\0\0\0\x08\0doc/gone", 14);
  const auto at = std::search(damaged.begin(), damaged.end(), frame.begin(), frame.end());
  ASSERT_TRUE(at != damaged.end());
  *at = 0x77;
  write("victim.stet", damaged);
  const Outcome outcome = repair("victim.stet");
  ASSERT_TRUE(outcome.opened);
  EXPECT_TRUE(std::ranges::any_of(outcome.report.uncertain, [](const std::string& said) {
    return said.starts_with("gone was removed");
  }));
  EXPECT_TRUE(open("victim.stet").load("gone").ok());
}

// With its tombstone: nothing is left that names it.
TEST_F(DamagedFiles, ARemovalOfWhichNothingIsLeftIsSaid) {
  fill(false);
  Bytes damaged = read("store.stet");
  const std::string_view frame("\x03\0\0\0\x08\0doc/gone", 14);
  const auto at = std::search(damaged.begin(), damaged.end(), frame.begin(), frame.end());
  ASSERT_TRUE(damaged.end() - at > 200);
  std::fill_n(at - 4, 100, std::uint8_t{0x77});
  write("victim.stet", damaged);
  const Outcome outcome = repair("victim.stet");
  ASSERT_TRUE(outcome.opened);
  EXPECT_FALSE(outcome.report.uncertain.empty());
}

TEST_F(DamagedFiles, OneThatIsCutOffComesBackFromTheBackup) {
  fill(true);
  Bytes damaged = read("store.stet");
  damaged.resize(40'000);
  write("victim.stet", damaged);
  ASSERT_FALSE(Store::open(url("victim.stet"), world_.options()).ok());
  const Outcome outcome = repair("victim.stet");
  ASSERT_TRUE(outcome.opened);
  EXPECT_FALSE(outcome.report.uncertain.empty()) << "what was cut off may have been anything";
  EXPECT_TRUE(outcome.report.left.ok());
  EXPECT_TRUE(open("victim.stet").verify()->ok());
  EXPECT_TRUE(read("victim.stet.damaged-1") == damaged);
}

TEST_F(DamagedFiles, UntilItIsRepairedNothingElseChangesIt) {
  fill(false);
  Bytes damaged = read("store.stet");
  damaged[chunk_bytes(damaged)[5000]] ^= 1;
  write("victim.stet", damaged);
  {
    Store store = open("victim.stet", true);
    EXPECT_EQ(store.save("more", Value(1)).error().code(), ErrorCode::corrupt);
    EXPECT_EQ(store.compact().error().code(), ErrorCode::corrupt);
    EXPECT_EQ(*store.load("last"), Value("last")) << "what is whole can be read";
  }
  EXPECT_TRUE(read("victim.stet") == damaged);
}

TEST_F(DamagedFiles, AHandleThatStillWritesToItIsNotOverrun) {
  fill(false);
  Store beside = open("store.stet");
  ASSERT_TRUE(beside.save("beside", Value(0)).ok());
  Bytes damaged = read("store.stet");
  const std::size_t at = chunk_bytes(damaged)[5000];
  const auto file =
      os::posix_file_system()->open(this->file("store.stet"), os::OpenMode::read_write);
  const Bytes wrong = {static_cast<std::uint8_t>(damaged[at] ^ 1)};
  ASSERT_TRUE((*file)->write_all(at, wrong).ok());
  Store store = open("store.stet", true);
  Store backup = open("backup.stet");
  ASSERT_TRUE(beside.save("beside", Value(1)).ok()) << "it has no need of the damaged place";
  std::vector<Store*> sources = {&backup};
  const auto report = store.repair(sources);
  if (!report.ok()) {
    EXPECT_EQ(report.error().code(), ErrorCode::conflict);
  }
  Store again = open("store.stet", true);
  const auto repaired = again.repair(sources);
  ASSERT_TRUE(repaired.ok()) << repaired.error().to_string();
  EXPECT_TRUE(repaired->left.ok());
  EXPECT_EQ(*open("store.stet").load("beside"), Value(1));
  ASSERT_TRUE(beside.save("beside", Value(2)).ok()) << "into the file that took the place";
  EXPECT_EQ(*open("store.stet").load("beside"), Value(2));
}

// Writes over the front of the frame in which a document's root lies, and over its id.
void damage_root_of(Store& store, const std::string& name, const std::string& path) {
  const Id root = store.show(name)->version.root.id;
  const auto offset = static_cast<std::streamoff>(*store.backend().offset_of(root));
  std::fstream damaged(path, std::ios::in | std::ios::out | std::ios::binary);
  damaged.seekp(offset) << std::string(60, '?');
}

// The writer left out what the file held as it last saw it.
TEST_F(DamagedFiles, WhatARepairLeftOutIsWrittenAgainByWhoHasIt) {
  const Value song = test::song(900);
  Store writer = open("store.stet");
  ASSERT_TRUE(writer.save("song", song).ok());
  ASSERT_TRUE(writer.save("letter", Value(1)).ok());
  ASSERT_TRUE(writer.save("letter", Value(2)).ok());
  damage_root_of(writer, "song", file("store.stet"));
  Store other = open("store.stet", true);
  const auto repaired = other.repair({}, {});
  ASSERT_TRUE(repaired.ok()) << repaired.error().to_string();
  ASSERT_TRUE(writer.save("song again", song).ok());
  Store fresh = open("store.stet");
  const auto loaded = fresh.load("song again");
  ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
  EXPECT_EQ(*loaded, song);
}

TEST_F(DamagedFiles, ARepairThatLeavesChunksBehindRaisesTheEpochAboveALostOne) {
  {
    Store writer = open("store.stet");
    ASSERT_TRUE(writer.save("song", test::song(900)).ok());
    ASSERT_TRUE(writer.save("letter", Value(1)).ok());
    ASSERT_TRUE(writer.save("letter", Value(2)).ok());
    damage_root_of(writer, "song", file("store.stet"));
  }
  FileEngineOptions options;
  options.packer = record_packer();
  const auto opened = open_damaged_file(file("store.stet"), options);
  ASSERT_TRUE(opened.ok()) << opened.error().to_string();
  const std::string name(kEpochRef);
  Mending mending;
  mending.changes.push_back({name, std::nullopt, encode_epoch(7), false});
  ASSERT_TRUE(opened->backend->mend(mending, {}).ok());
  EXPECT_EQ(*decode_epoch(opened->backend->read({&name, 1})->front()), 8u);
}

}  // namespace
}  // namespace stet
