// Mending: what is damaged is replaced, and nothing else is changed.
#include "contract/contract.hpp"

namespace stet::contract {
namespace {

Mending mending_of(const std::vector<Chunk>& chunks) {
  Mending mending;
  for (const Chunk& chunk : chunks) mending.ids.push_back(chunk.id);
  mending.bytes_of = [chunks](const Id& id) -> Result<Bytes> {
    for (const Chunk& chunk : chunks) {
      if (chunk.id == id) return chunk.bytes;
    }
    return Error(ErrorCode::internal, "nobody asked for that");
  };
  return mending;
}

class Mend : public Contract {
 protected:
  void SetUp() override {
    Contract::SetUp();
    put(*backend_, before_);
    const Bytes wrong = bytes_of("nothing like it");
    const ChunkView damaged{damaged_.id, wrong};
    ASSERT_TRUE(backend_->put({&damaged, 1}, 0).ok());
    put(*backend_, after_);
    set_ref(*backend_, "doc/a", "1");
    ASSERT_EQ(get(*backend_, damaged_.id), wrong);
  }

  void expect_mended(Backend& backend) {
    const std::vector<Id> ids = {before_.id, damaged_.id, after_.id, absent_.id};
    const auto found = backend.get(ids);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ((*found)[0], before_.bytes);
    EXPECT_EQ((*found)[1], damaged_.bytes);
    EXPECT_EQ((*found)[2], after_.bytes);
    EXPECT_EQ((*found)[3], absent_.bytes);
    EXPECT_EQ(read(backend, "doc/a"), bytes_of("1"));
    const auto damage = backend.check({});
    ASSERT_TRUE(damage.ok());
    EXPECT_TRUE(damage->empty());
  }

  const Chunk before_{"before"}, damaged_{"damaged"}, after_{"after"}, absent_{"absent"};
};

TEST_P(Mend, ReplacesWhatIsStoredAndAddsWhatIsAbsentForEveryHandle) {
  const auto other = another();
  const auto mended = backend_->mend(mending_of({damaged_, absent_}), {});
  ASSERT_TRUE(mended.ok()) << mended.error().to_string();
  expect_mended(*backend_);
  ASSERT_TRUE(read(*other, "doc/a")) << "which is when a handle looks again";
  expect_mended(*other);
  if (GetParam().reopens) expect_mended(*place_->open());
}

TEST_P(Mend, StaysBySweepsUntilTheNextEpochAndSavesGoOn) {
  bump_epoch(*backend_);
  ASSERT_TRUE(backend_->mend(mending_of({damaged_, absent_}), {}).ok());
  const auto swept = backend_->sweep(SetOfIds({before_.id, after_.id}), epoch_of(*backend_), {});
  ASSERT_TRUE(swept.ok()) << swept.error().to_string();
  expect_mended(*backend_);
  const Chunk next("next");
  put(*backend_, next, epoch_of(*backend_));
  set_ref(*backend_, "doc/b", "2");
  EXPECT_EQ(get(*another(), next.id), next.bytes);
}

TEST_P(Mend, ChangesRefsWithItOrNothingAtAll) {
  Mending mending = mending_of({damaged_, absent_});
  mending.changes = {{"doc/a", bytes_of("0"), bytes_of("2")}};
  const auto lost = backend_->mend(mending, {});
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code(), ErrorCode::conflict);
  EXPECT_EQ(get(*backend_, absent_.id), std::nullopt);
  EXPECT_EQ(read(*backend_, "doc/a"), bytes_of("1"));
  mending.changes = {{"doc/a", bytes_of("1"), std::nullopt},
                     {"doc/b", std::nullopt, bytes_of("1")}};
  ASSERT_TRUE(backend_->mend(mending, {}).ok());
  EXPECT_EQ(get(*backend_, absent_.id), absent_.bytes);
  EXPECT_EQ(read(*backend_, "doc/a"), std::nullopt);
  EXPECT_EQ(read(*backend_, "doc/b"), bytes_of("1"));
}

TEST_P(Mend, ChangesNothingWhereTheRightBytesDoNotCome) {
  Mending mending = mending_of({damaged_, absent_});
  mending.bytes_of = [&](const Id& id) -> Result<Bytes> {
    if (id == damaged_.id) return damaged_.bytes;
    return Error(ErrorCode::unavailable, "the line went dead");
  };
  const auto failed = backend_->mend(mending, {});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code(), ErrorCode::unavailable);
  EXPECT_EQ(get(*backend_, damaged_.id), bytes_of("nothing like it"));
  EXPECT_EQ(get(*backend_, absent_.id), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Backends, Mend, ::testing::ValuesIn(subjects()),
                         [](const auto& subject) { return subject.param.name; });

}  // namespace
}  // namespace stet::contract
