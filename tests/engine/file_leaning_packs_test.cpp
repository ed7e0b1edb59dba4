// Packs that lean on chunks outside of them.
#include "engine/packs_rig.hpp"

namespace stet::test {
namespace {

using LeaningPacks = Packs;

TEST_F(LeaningPacks, LeanOnWhatTookThePlaceOfWhatIsInThem) {
  const Bytes old_chunk = chunk_of("chunk", 1000), newer = chunk_of("chunk", 1002);
  const Bytes newest = chunk_of("chunk", 1004);
  const auto backend = open();
  const Id first = put(*backend, old_chunk);
  commit(*backend);
  const Id second = put_delta(*backend, newer, first, "xx");
  commit(*backend);
  Live live;
  live.heads = {put_delta(*backend, newest, second, "xx")};
  commit(*backend);
  for (int sweeps = 0; sweeps < 3; ++sweeps) {
    ASSERT_TRUE(sweep(*backend, live).ok());
    const auto fresh = open();
    packer_->last_bases.clear();
    EXPECT_EQ(get(*fresh, first), old_chunk);
    // Small packs are made anew, and lean on what they leaned on.
    EXPECT_EQ(packer_->last_bases, std::vector<Bytes>{newest}) << sweeps;
    EXPECT_EQ(get(*fresh, second), newer);
    EXPECT_EQ(get(*fresh, live.heads[0]), newest);
  }
}

// What they leaned on is history by then, and in a pack itself.
TEST_F(LeaningPacks, GoOnToLeanOnWhatTookThePlaceOfTheirBases) {
  const auto backend = open();
  const Id oldest = put(*backend, chunk_of("chunk", 1000));
  commit(*backend);
  Live live;
  Id before = oldest;
  for (std::size_t size = 1002; size <= 1008; size += 2) {
    const Bytes newest = chunk_of("chunk", size);
    before = put_delta(*backend, newest, before, "xx", epoch_);
    live.heads = {before};
    commit(*backend);
    ASSERT_TRUE(sweep(*backend, live).ok());
    EXPECT_EQ(get(*open(), oldest), chunk_of("chunk", 1000));
    EXPECT_EQ(packer_->last_bases, std::vector<Bytes>{newest});
  }
}

// To the last byte: their records take a little more than what they unpack to.
TEST_F(LeaningPacks, LeanOnAsMuchAsTheyMay) {
  constexpr std::size_t kBases = 64, kRecordBytes = kPackBasesBytesMax / kBases + 1;
  const auto backend = open();
  std::vector<Id> ids;
  Live live;
  for (std::size_t i = 0; i < kBases; ++i) {
    const std::string name = "chunk " + std::to_string(i);
    ids.push_back(put(*backend, chunk_of(name, kRecordBytes - 2)));
    commit(*backend);
    live.heads.push_back(put_delta(*backend, chunk_of(name, kRecordBytes), ids.back(), "xx"));
    commit(*backend);
  }
  ASSERT_TRUE(sweep(*backend, live).ok());
  EXPECT_EQ(get(*open(), ids[0]), chunk_of("chunk 0", kRecordBytes - 2));
  EXPECT_EQ(packer_->last_bases.size(), kBases);
}

TEST_F(LeaningPacks, LeanOnWhatNamesTheSame) {
  const auto backend = open();
  const Id common = put(*backend, chunk_of("named by both")),
           old_one = put(*backend, chunk_of("a"));
  const Id new_one = put(*backend, chunk_of("b"));
  const Bytes older = names_of({common, old_one}), newer = names_of({common, new_one});
  const Bytes other = names_of({new_one});
  const Id history = put(*backend, older);
  Live live;
  live.heads = {common, new_one, put(*backend, other), put(*backend, newer)};
  commit(*backend);
  ASSERT_TRUE(sweep(*backend, live).ok());
  EXPECT_EQ(get(*open(), history), older);
  EXPECT_EQ(packer_->last_bases, std::vector<Bytes>{newer});
}

// A pack that stays whole goes where its bases have gone.
TEST_F(LeaningPacks, ThatLeanOnOthersAreCopiedWithTheirBases) {
  const auto backend = open();
  std::vector<Id> old_ids;
  Live live;
  for (int i = 0; i < 120; ++i) {
    const std::string name = "chunk " + std::to_string(i);
    old_ids.push_back(put(*backend, chunk_of(name, 20'000)));
    commit(*backend);
    live.heads.push_back(put_delta(*backend, chunk_of(name, 20'002), old_ids.back(), "xx"));
    commit(*backend);
  }
  ASSERT_TRUE(sweep(*backend, live).ok());
  const int made = packer_->packs_made;
  put(*backend, chunk_of("something in between", 5000), epoch_);
  commit(*backend);
  ASSERT_TRUE(sweep(*backend, live).ok());
  EXPECT_EQ(packer_->packs_made - made, 1) << "of what came in between";
  const auto expect_all = [&] {
    const auto fresh = open();
    for (int i = 0; i < 120; ++i) {
      EXPECT_EQ(get(*fresh, old_ids[static_cast<std::size_t>(i)]),
                chunk_of("chunk " + std::to_string(i), 20'000));
    }
  };
  expect_all();
  EXPECT_EQ(packer_->last_bases.size(), 120u);
  // One of its bases becomes history itself.
  live.heads.pop_back();
  ASSERT_TRUE(sweep(*backend, live).ok());
  expect_all();
  // And all of them go.
  live.dead = live.heads;
  live.heads.clear();
  ASSERT_TRUE(sweep(*backend, live).ok());
  expect_all();
}

}  // namespace
}  // namespace stet::test
