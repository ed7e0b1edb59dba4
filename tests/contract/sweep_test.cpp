#include "contract/contract.hpp"

namespace stet::contract {
namespace {

TEST_P(Contract, SweepDropsWhatIsOldAndNotLive) {
  const Chunk live("live"), old("old"), young("young");
  put(*backend_, live, 0);
  put(*backend_, old, 0);
  set_ref(*backend_, "doc/a", "1");
  const Epoch epoch = bump_epoch(*backend_);
  put(*backend_, young, epoch);
  set_ref(*backend_, "doc/b", "2");
  const auto swept = backend_->sweep(SetOfIds({live.id}), epoch, {});
  ASSERT_TRUE(swept.ok()) << swept.error().to_string();
  EXPECT_EQ(swept->chunks_kept, 2u);
  EXPECT_EQ(swept->chunks_dropped, 1u);
  for (const auto& handle : {backend_, another()}) {
    EXPECT_EQ(get(*handle, live.id), live.bytes);
    EXPECT_EQ(get(*handle, young.id), young.bytes);
    EXPECT_EQ(get(*handle, old.id), std::nullopt);
    EXPECT_EQ(read(*handle, "doc/a"), bytes_of("1"));
    EXPECT_EQ(read(*handle, "doc/b"), bytes_of("2"));
    EXPECT_EQ(epoch_of(*handle), epoch);
  }
}

TEST_P(Contract, AGarbageChunkThatIsPutAgainSurvivesTheSweep) {
  const Chunk chunk("garbage, then wanted");
  put(*backend_, chunk, 0);
  set_ref(*backend_, "doc/a", "1");
  const Epoch epoch = bump_epoch(*backend_);
  put(*backend_, chunk, epoch);
  set_ref(*backend_, "doc/a", "2");
  const auto swept = another()->sweep(SetOfIds({}), epoch, {});
  ASSERT_TRUE(swept.ok()) << swept.error().to_string();
  EXPECT_EQ(get(*backend_, chunk.id), chunk.bytes);
  EXPECT_EQ(get(*another(), chunk.id), chunk.bytes);
}

TEST_P(Contract, ASaverThatReadTheOldEpochLoses) {
  const auto old = read(*backend_, std::string(kEpochRef));
  bump_epoch(*another());
  EXPECT_FALSE(swap(*backend_, {{"doc/a", std::nullopt, bytes_of("1"), false},
                                {std::string(kEpochRef), old, std::nullopt, true}}));
  EXPECT_EQ(read(*backend_, "doc/a"), std::nullopt);
}

TEST_P(Contract, ASweepOfAnEpochThatHasPassedDropsNothing) {
  const Chunk chunk("kept");
  put(*backend_, chunk, 0);
  set_ref(*backend_, "doc/a", "1");
  const Epoch epoch = bump_epoch(*backend_);
  bump_epoch(*another());
  const auto swept = backend_->sweep(SetOfIds({}), epoch, {});
  ASSERT_FALSE(swept.ok());
  EXPECT_EQ(swept.error().code(), ErrorCode::conflict);
  EXPECT_EQ(get(*backend_, chunk.id), chunk.bytes);
}

TEST_P(Contract, ASweepThatIsStoppedDropsNothing) {
  const Chunk chunk("kept");
  put(*backend_, chunk, 0);
  set_ref(*backend_, "doc/a", "1");
  const Epoch epoch = bump_epoch(*backend_);
  const auto swept = backend_->sweep(SetOfIds({}), epoch, [](const Progress&) { return false; });
  ASSERT_FALSE(swept.ok());
  EXPECT_EQ(swept.error().code(), ErrorCode::cancelled);
  EXPECT_EQ(get(*backend_, chunk.id), chunk.bytes);
  EXPECT_TRUE(backend_->sweep(SetOfIds({}), epoch, {}).ok());
  EXPECT_EQ(get(*backend_, chunk.id), std::nullopt);
}

TEST_P(Contract, ASecondSweepFindsNothingToDo) {
  for (int i = 0; i < 50; ++i) put(*backend_, Chunk(std::to_string(i)), 0);
  const Chunk live("live");
  put(*backend_, live, 0);
  set_ref(*backend_, "doc/a", "1");
  ASSERT_TRUE(backend_->sweep(SetOfIds({live.id}), bump_epoch(*backend_), {}).ok());
  const auto again = backend_->sweep(SetOfIds({live.id}), bump_epoch(*backend_), {});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->chunks_dropped, 0u);
  EXPECT_EQ(again->chunks_kept, 1u);
  EXPECT_EQ(get(*backend_, live.id), live.bytes);
}

TEST_P(Contract, AfterASweepSavesGoOnAsBefore) {
  const Chunk live("live"), after("after");
  put(*backend_, live, 0);
  set_ref(*backend_, "doc/a", "1");
  const auto other = another();
  EXPECT_EQ(read(*other, "doc/a"), bytes_of("1"));
  const Epoch epoch = bump_epoch(*backend_);
  ASSERT_TRUE(backend_->sweep(SetOfIds({live.id}), epoch, {}).ok());
  put(*other, after, epoch);
  set_ref(*other, "doc/a", "2");
  EXPECT_EQ(read(*backend_, "doc/a"), bytes_of("2"));
  EXPECT_EQ(get(*backend_, after.id), after.bytes);
  EXPECT_EQ(get(*other, live.id), live.bytes);
  if (!GetParam().reopens) return;
  backend_ = place_->open();
  EXPECT_EQ(read(*backend_, "doc/a"), bytes_of("2"));
  EXPECT_EQ(get(*backend_, after.id), after.bytes);
}

}  // namespace
}  // namespace stet::contract
