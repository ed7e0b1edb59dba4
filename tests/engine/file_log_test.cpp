// Torn ends, damage, and what is done about each.
#include <algorithm>

#include "engine/file_rig.hpp"

namespace stet::test {
namespace {

constexpr std::uint64_t kHeaderBytes = 12288;

// A store with `count` saves; where each began and where the last ended.
std::vector<std::uint64_t> make_saves(FileRig& rig, int count) {
  // With a salt of its own a commit's hash might end with a zero, which isn't seen as content.
  FileEngineOptions options = options_on(rig.disk);
  options.random = std::make_shared<SameSalt>();
  const auto backend = *open_file(kStorePath, options);
  std::vector<std::uint64_t> ends = {kHeaderBytes};
  for (int i = 0; i < count; ++i) {
    EXPECT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("save " + std::to_string(i), 300))->done);
    ends.push_back(rig.content_end());
  }
  return ends;
}

TEST(Log, ATornEndIsSetAsideAndTheStoreGoesOn) {
  for (const int cut : {1, 16, 17, 72, 100, 300}) {
    FileRig rig;
    const auto ends = make_saves(rig, 3);
    // As if the last save had been cut off: the handle that made it has noted it as durable, so the
    // note goes too.
    rig.write_bytes(ends[3] - static_cast<std::uint64_t>(cut), Bytes(static_cast<size_t>(cut)));
    for (const std::uint64_t slot : {4096u, 8192u}) rig.write_bytes(slot, Bytes(112));
    const auto backend = rig.open();
    EXPECT_EQ(FileRig::load(*backend, "doc/a"), chunk_of("save 1", 300)) << cut;
    ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("after", 300))->done);
    EXPECT_EQ(FileRig::load(*backend, "doc/a"), chunk_of("after", 300));
    const auto names = rig.names();
    EXPECT_TRUE(std::ranges::any_of(names, [](const std::string& name) {
      return name.find(".torn-") != std::string::npos;
    })) << cut;
    bool told = false;
    for (const std::string& note : backend->info().notes) {
      told = told || note.find(".torn-") != std::string::npos;
    }
    EXPECT_TRUE(told);
    EXPECT_EQ(FileRig::load(*rig.open(), "doc/a"), chunk_of("after", 300));
    EXPECT_TRUE(rig.open()->check({})->empty());
  }
}

TEST(Log, DamageBeforeALaterSaveIsRefusedAndNothingIsCut) {
  FileRig rig;
  const auto ends = make_saves(rig, 4);
  for (const std::uint64_t slot : {4096u, 8192u}) rig.write_bytes(slot, Bytes(112));
  const Bytes before = rig.read_bytes(0, rig.file_size());
  for (std::uint64_t offset = ends[1]; offset < ends[2]; offset += 13) {
    rig.flip(offset);
    const auto opened = rig.try_open();
    ASSERT_FALSE(opened.ok()) << offset;
    EXPECT_EQ(opened.error().code(), ErrorCode::corrupt);
    EXPECT_EQ(opened.error().context().offset, ends[1]);
    rig.flip(offset);
  }
  EXPECT_EQ(rig.read_bytes(0, rig.file_size()), before);
  EXPECT_EQ(rig.names().size(), 1u);
}

TEST(Log, ASaveThatWasNotedDurableIsMissedWhenItIsGone) {
  FileRig rig;
  const auto ends = make_saves(rig, 3);
  rig.truncate(ends[2] + 50);
  const auto opened = rig.try_open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), ErrorCode::corrupt);
}

TEST(Log, AHandleThatIsClosedLateTakesNothingBackThatOthersNoted) {
  FileRig rig;
  auto early = rig.open();
  ASSERT_TRUE(FileRig::save(*early, "doc/a", chunk_of("early", 300))->done);
  std::uint64_t before = 0;
  {
    const auto late = rig.open();
    for (int i = 0; i < 3; ++i) {
      before = rig.content_end();
      ASSERT_TRUE(FileRig::save(*late, "doc/a", chunk_of("late " + std::to_string(i), 300))->done);
    }
  }
  early.reset();
  rig.write_bytes(before, Bytes(rig.content_end() - before));
  const auto opened = rig.try_open();
  ASSERT_FALSE(opened.ok()) << "an acknowledged save is gone and nobody says so";
  EXPECT_EQ(opened.error().code(), ErrorCode::corrupt);
}

TEST(Log, ATornEndThatHoldsAnotherStoresFileIsATornEnd) {
  FileRig other;
  make_saves(other, 40);
  const Bytes inner = other.read_bytes(0, other.file_size());
  FileRig rig;
  make_saves(rig, 2);
  for (int i = 0; i < 200; ++i) rig.write_bytes(rig.content_end() + 5, inner);
  EXPECT_EQ(FileRig::load(*rig.open(), "doc/a"), chunk_of("save 1", 300));
}

TEST(Log, EveryFlippedBitOfASmallStoreGivesRightDataOrAnError) {
  FileRig rig;
  const auto ends = make_saves(rig, 3);
  int refused = 0;
  for (std::uint64_t offset = 0; offset < ends[3]; ++offset) {
    if (offset > 200 && offset < 4096) continue;  // behind the header's fields: zeros, not read
    if (offset > 4096 + 150 && offset < 8192) continue;
    if (offset > 8192 + 150 && offset < kHeaderBytes) continue;
    rig.flip(offset);
    const auto opened = rig.try_open();
    if (opened.ok()) {
      const std::string name = "doc/a";
      const auto value = (*opened)->read({&name, 1});
      if (value.ok()) {
        EXPECT_EQ(FileRig::load(**opened, name), chunk_of("save 2", 300)) << offset;
      }
    } else {
      ++refused;
      EXPECT_TRUE(opened.error().code() == ErrorCode::corrupt ||
                  opened.error().code() == ErrorCode::invalid ||
                  opened.error().code() == ErrorCode::newer_format)
          << opened.error().to_string();
    }
    rig.flip(offset);
  }
  EXPECT_GT(refused, 1000);
}

TEST(Log, EveryTruncationIsAnErrorOrAnEarlierSaveThatIsWhole) {
  FileRig whole;
  const auto ends = make_saves(whole, 3);
  const Bytes all = whole.read_bytes(0, whole.file_size());
  for (std::uint64_t size = 0; size < ends[3]; size += size < kHeaderBytes ? 500 : 7) {
    FileRig rig;
    rig.open();
    rig.truncate(0);
    rig.write_bytes(0, Bytes(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size)));
    const auto opened = rig.try_open();
    if (!opened.ok()) continue;
    const auto chunk = FileRig::load(**opened, "doc/a");
    ADD_FAILURE() << "the header's note knows of all saves, yet at " << size << " it opened with "
                  << chunk.has_value();
  }
}

TEST(Log, CheckNamesThePlaceOfDamageAndGoesOn) {
  FileRig rig;
  const auto ends = make_saves(rig, 5);
  const auto backend = rig.open();
  rig.flip(ends[1] + 100);
  rig.flip(ends[3] + 100);
  const auto damage = backend->check({});
  ASSERT_TRUE(damage.ok());
  ASSERT_EQ(damage->size(), 2u);
  EXPECT_EQ((*damage)[0].offset, ends[1]);
  EXPECT_EQ((*damage)[1].offset, ends[3]);
}

TEST(Log, GarbageBehindTheEndIsATornEnd) {
  FileRig rig;
  const auto ends = make_saves(rig, 2);
  rig.write_bytes(ends[2] + 5000, chunk_of("what a lost write left", 200));
  const auto backend = rig.open();
  EXPECT_EQ(FileRig::load(*backend, "doc/a"), chunk_of("save 1", 300));
  ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("after"))->done);
  EXPECT_EQ(FileRig::load(*rig.open(), "doc/a"), chunk_of("after"));
}

}  // namespace
}  // namespace stet::test
