// Packs and deltas in the file engine: what may be a delta, what a sweep makes of it, and where
// packed chunks are found.
#include "engine/packs_rig.hpp"

namespace stet::test {
namespace {

TEST_F(Packs, HoldHistoryAfterASweepAndNothingElse) {
  Live live;
  std::vector<Id> ids;
  {
    const auto backend = open();
    for (int i = 0; i < 50; ++i) ids.push_back(put(*backend, chunk_of(std::to_string(i), 100)));
    live.heads = {ids[3]};
    live.dead = {ids[7]};
    commit(*backend);
    const auto swept = sweep(*backend, live);
    ASSERT_TRUE(swept.ok()) << swept.error().to_string();
    EXPECT_EQ(swept->chunks_kept, 49u);
    EXPECT_EQ(swept->chunks_dropped, 1u);
  }
  EXPECT_EQ(packer_->packs_made, 1);
  const auto backend = open();
  for (int i = 0; i < 50; ++i) {
    const auto found = get(*backend, ids[static_cast<std::size_t>(i)]);
    EXPECT_EQ(found, i == 7 ? std::nullopt : std::optional(chunk_of(std::to_string(i), 100)));
  }
  EXPECT_TRUE(backend->check({})->empty());
  const auto without = open_file(kStorePath, options(false));
  ASSERT_TRUE(without.ok());
  EXPECT_EQ((*without)->get({&ids[0], 1}).error().code(), ErrorCode::newer_format);
  EXPECT_TRUE((*without)->get({&ids[3], 1})->front().has_value()) << "a head isn't packed";
}

TEST_F(Packs, AreTakenForStoredAndSoNotWrittenAgain) {
  const auto backend = open();
  const Id id = put(*backend, chunk_of("old"));
  commit(*backend);
  ASSERT_TRUE(sweep(*backend, Live()).ok());
  const auto before = backend->counters().chunks_written;
  put(*backend, chunk_of("old"), epoch_);
  EXPECT_EQ(backend->counters().chunks_written, before);
  put(*backend, chunk_of("old"), epoch_ + 1);  // a sweep that has begun may drop it
  EXPECT_EQ(backend->counters().chunks_written, before + 1);
  EXPECT_EQ(get(*backend, id), chunk_of("old"));
}

TEST_F(Packs, AreFoundWithoutTheirIndex) {
  std::vector<Id> ids;
  {
    const auto backend = open();
    for (int i = 0; i < 20; ++i) ids.push_back(put(*backend, chunk_of(std::to_string(i), 100)));
    commit(*backend);
    ASSERT_TRUE(sweep(*backend, Live()).ok());
  }
  for (const std::uint64_t slot : {4096, 8192}) rig_.flip(slot + 30);
  const auto backend = open();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(get(*backend, ids[static_cast<std::size_t>(i)]), chunk_of(std::to_string(i), 100));
  }
}

TEST_F(Packs, OfIdsThatBeginAlikeHoldOne) {
  std::vector<Id> ids;
  const auto backend = open();
  for (std::uint8_t i = 0; i < 5; ++i) {
    ids.push_back(put(*backend, id_like(9, i), chunk_of(std::to_string(i))));
  }
  commit(*backend);
  for (int sweeps = 0; sweeps < 3; ++sweeps) {
    ASSERT_TRUE(sweep(*backend, Live()).ok());
    for (std::uint8_t i = 0; i < 5; ++i) {
      EXPECT_EQ(get(*backend, ids[i]), chunk_of(std::to_string(i))) << sweeps;
    }
    EXPECT_EQ(get(*backend, id_like(9, 77)), std::nullopt);
  }
}

// The first is by itself and earlier in the file than the pack, which stays whole.
TEST_F(Packs, ThatStayWholeGoBeforeOneByItselfWhoseIdBeginsAlike) {
  const auto backend = open();
  Live live;
  const Id packed = put(*backend, id_like(9, 1), chunk_of("packed"));
  const Id single = put(*backend, id_like(9, 2), chunk_of("single"));
  for (int i = 0; i < 45; ++i) {  // more than a batch, so the single one goes ahead of the pack
    live.heads.push_back(put(*backend, chunk_of("head " + std::to_string(i), 100'000)));
  }
  for (int i = 0; i < 120; ++i) put(*backend, chunk_of(std::to_string(i), 20'000));
  commit(*backend);
  for (int sweeps = 0; sweeps < 3; ++sweeps) {
    ASSERT_TRUE(sweep(*backend, live).ok());
    EXPECT_EQ(get(*backend, packed), chunk_of("packed")) << sweeps;
    EXPECT_EQ(get(*backend, single), chunk_of("single")) << sweeps;
  }
}

TEST_F(Packs, ThatStayWholeAreCopiedAndOthersMadeAnew) {
  std::vector<Id> ids;
  const auto backend = open();
  for (int i = 0; i < 250; ++i) {
    ids.push_back(put(*backend, chunk_of(std::to_string(i), 20'000)));
    commit(*backend);
  }
  Live live;
  ASSERT_TRUE(sweep(*backend, live).ok());
  EXPECT_EQ(packer_->packs_made, 2) << "4 MiB, and the rest";
  ASSERT_TRUE(sweep(*backend, live).ok());
  EXPECT_EQ(packer_->packs_made, 3) << "the rest, which is small, once more";
  live.dead = {ids[5]};
  live.heads = {ids[6]};
  const auto swept = sweep(*backend, live);
  EXPECT_EQ(swept->chunks_dropped, 1u);
  EXPECT_GT(packer_->packs_made, 3);
  for (int i = 0; i < 250; ++i) {
    const auto found = get(*open(), ids[static_cast<std::size_t>(i)]);
    EXPECT_EQ(found.has_value(), i != 5) << i;
  }
}

TEST_F(Packs, ThatAreDamagedAreCorruptWithTheirPlace) {
  Id id;
  {
    const auto backend = open();
    id = put(*backend, chunk_of("some text in a pack", 3000));
    commit(*backend);
    ASSERT_TRUE(sweep(*backend, Live()).ok());
  }
  // The length within the pack: behind the frame's fixed bytes and the id.
  const std::uint64_t frame = 3 * 4096;
  rig_.flip(frame + 8 + 12 + 1 + kIdBytes + 2);
  const auto found = open()->get({&id, 1});
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code(), ErrorCode::corrupt);
  EXPECT_EQ(found.error().context().offset, frame);
}

using Deltas = Packs;

TEST_F(Deltas, AreWrittenWhereTheLogHoldsTheBase) {
  const auto backend = open();
  const Id base = put(*backend, chunk_of("base", 1000));
  const Bytes whole = chunk_of("base", 1002);
  const Id early = put_delta(*backend, whole, base, "xx");  // the base isn't committed yet
  commit(*backend);
  EXPECT_EQ(get(*open(), early), whole);
  const Bytes other = chunk_of("base", 1003);
  const Id id = put_delta(*backend, other, base, "xxx");
  EXPECT_EQ(get(*backend, id), other) << "what waits is there in both forms";
  commit(*backend);
  EXPECT_EQ(get(*open(), id), delta_of(base, "xxx"));
  EXPECT_TRUE(backend->check({})->empty());
}

TEST_F(Deltas, AreNotWrittenOfWhatIsStoredWithAnOlderMark) {
  const auto backend = open();
  const Id base = put(*backend, chunk_of("base", 1000));
  const Bytes whole = chunk_of("base", 1002);
  const Id id = put(*backend, whole);
  commit(*backend);
  put_delta(*backend, whole, base, "xx", 1);
  commit(*backend);
  EXPECT_EQ(get(*backend, id), whole);
}

TEST_F(Deltas, AreNotWrittenOfAChunkAgainstItself) {
  const auto backend = open();
  const Bytes whole = chunk_of("base", 1000);
  const Id base = put(*backend, whole);
  commit(*backend);
  put_delta(*backend, whole, base, "", 1);
  commit(*backend);
  EXPECT_EQ(get(*open(), base), whole);
}

// A copy of the file that somebody put in its place has the same salt.
TEST_F(Deltas, ThatWaitWhileAnOlderCopyTakesThePlaceAreWrittenWhole) {
  const auto backend = open();
  put(*backend, chunk_of("older"));
  commit(*backend);
  const Bytes copy = rig_.read_bytes(0, rig_.file_size());
  const Id base = put(*backend, chunk_of("base", 1000));
  commit(*backend);
  const Bytes whole = chunk_of("base", 1002);
  const Id id = put_delta(*backend, whole, base, "xx");
  {
    auto file = *rig_.disk->open("/copy", os::OpenMode::create_new, 0600);
    ASSERT_TRUE(file->write_all(0, copy).ok());
    ASSERT_TRUE(file->sync_all().ok());
  }
  ASSERT_TRUE(rig_.disk->rename("/copy", kStorePath).ok());
  commit(*backend);
  EXPECT_EQ(get(*open(), id), whole);
  EXPECT_EQ(get(*open(), base), std::nullopt);
}

TEST_F(Packs, ThatAreDamagedKeepNobodyFromSaving) {
  const Bytes chunk = chunk_of("some text in a pack", 3000);
  {
    const auto backend = open();
    put(*backend, chunk);
    commit(*backend);
    ASSERT_TRUE(sweep(*backend, Live()).ok());
  }
  rig_.flip(3 * 4096 + 8 + 12 + 1 + kIdBytes + 2);
  const auto backend = open();
  const Id id = put(*backend, chunk, epoch_);
  commit(*backend);
  EXPECT_EQ(get(*open(), id), chunk);
}

TEST_F(Deltas, AreNotWrittenWithoutAPacker) {
  const auto backend = *open_file(kStorePath, options(false));
  const Id base = put(*backend, chunk_of("base", 1000));
  commit(*backend);
  const Bytes whole = chunk_of("base", 1002);
  const Id id = put_delta(*backend, whole, base, "xx");
  commit(*backend);
  EXPECT_EQ(get(*open(), id), whole);
}

TEST_F(Deltas, AreWholeAfterASweepThoughTheirBasesAreGone) {
  const auto backend = open();
  Live live;
  live.dead.push_back(put(*backend, chunk_of("base", 1000)));
  commit(*backend);
  live.dead.push_back(put_delta(*backend, chunk_of("base", 1002), live.dead[0], "xx"));
  commit(*backend);
  const Bytes whole = chunk_of("base", 1004);
  const Id id = put_delta(*backend, whole, live.dead[1], "xx");
  commit(*backend);
  for (const bool is_head : {false, true}) {
    if (is_head) live.heads = {id};
    const auto swept = sweep(*backend, live);
    ASSERT_TRUE(swept.ok()) << swept.error().to_string();
    EXPECT_EQ(get(*backend, id), whole);
    EXPECT_EQ(get(*backend, live.dead[0]), std::nullopt);
  }
}

// What was put before a sweep replaces the file is good only in the old one.
TEST_F(Deltas, ThatWaitWhileAnotherSweepsAreWrittenWhole) {
  const auto backend = open();
  Live live;
  live.dead = {put(*backend, chunk_of("base", 1000))};
  commit(*backend);
  const Bytes whole = chunk_of("base", 1002);
  const Id id = put_delta(*backend, whole, live.dead[0], "xx", 1);
  ASSERT_TRUE(sweep(*open(), live).ok());
  EXPECT_EQ(get(*backend, id), whole);
  commit(*backend);
  EXPECT_EQ(get(*backend, live.dead[0]), std::nullopt);
  EXPECT_EQ(get(*backend, id), whole);
  EXPECT_EQ(get(*open(), id), whole);
}

TEST_F(Deltas, ThatWaitWhileTheirOwnHandleSweepsAreWrittenWhole) {
  const auto backend = open();
  Live live;
  live.dead = {put(*backend, chunk_of("base", 1000))};
  commit(*backend);
  ++epoch_;
  const RefChange bump{
      .name = std::string(kEpochRef), .expected = {}, .next = encode_epoch(epoch_)};
  ASSERT_TRUE(backend->swap({&bump, 1})->done);
  const Bytes whole = chunk_of("base", 1002);
  const Id id = put_delta(*backend, whole, live.dead[0], "xx", epoch_);
  ASSERT_TRUE(backend->sweep(live, epoch_, {}).ok());
  commit(*backend);
  EXPECT_EQ(get(*open(), id), whole);
}

}  // namespace
}  // namespace stet::test
