// Saves through a handle that has not looked at the store since others have changed it.
#include "store/stores.hpp"

namespace stet {
namespace {

class LastSeen : public testing::Test {
 protected:
  void SetUp() override {
    first_ = *late_.save("song", Value(1))->id;
    second_ = *other_.save("song", Value(2))->id;
  }
  Store open() {
    auto opened = Store::open("file:" + (folder_ / "a.stet"), world_.options());
    EXPECT_TRUE(opened.ok()) << opened.error().to_string();
    return *std::move(opened);
  }

  test::World world_;
  test::TemporaryFolder folder_;
  Store late_ = open(), other_ = open();
  std::optional<Id> first_, second_;  // versions of "song"
};

TEST_F(LastSeen, WhatEqualsTheOldHeadIsSavedAllTheSame) {
  const auto saved = late_.save("song", Value(1));
  ASSERT_TRUE(saved.ok()) << saved.error().to_string();
  EXPECT_EQ(saved->outcome, Saved::Outcome::done);
  EXPECT_EQ(*other_.load("song"), Value(1));
  EXPECT_EQ(test::log_of(other_, "song").size(), 3u);
}

TEST_F(LastSeen, WhatEqualsTheNewHeadIsNotSaved) {
  const auto saved = late_.save("song", Value(2));
  ASSERT_TRUE(saved.ok());
  EXPECT_EQ(saved->outcome, Saved::Outcome::unchanged);
  EXPECT_EQ(saved->id, second_);
}

TEST_F(LastSeen, TheHeadOfOthersMayBeExpected) {
  const auto saved = late_.save("song", Value(3), {.expected = ExpectedHead(second_)});
  ASSERT_TRUE(saved.ok()) << saved.error().to_string();
  EXPECT_EQ(saved->outcome, Saved::Outcome::done);
  EXPECT_EQ(late_.show("song")->version.parents, std::vector<Id>{*second_});
}

TEST_F(LastSeen, TheOldHeadMayNot) {
  const auto saved = late_.save("song", Value(3), {.expected = ExpectedHead(first_)});
  ASSERT_TRUE(saved.ok());
  EXPECT_EQ(saved->outcome, Saved::Outcome::conflict);
  EXPECT_EQ(saved->id, second_);
}

// Who says stop is not asked again.
TEST_F(LastSeen, WhatWasStoppedIsNotBegunAgain) {
  int asked = 0;
  const auto saved = late_.save("song", test::song(50'000), {}, [&](const Progress&) {
    ++asked;
    return asked > 1;
  });
  EXPECT_EQ(saved.error().code(), ErrorCode::cancelled);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(*other_.load("song"), Value(2));
}

TEST_F(LastSeen, ADocumentThatOthersRemovedIsGone) {
  ASSERT_TRUE(other_.remove("song").ok());
  const auto saved = late_.save("song", Value(1), {.expected = ExpectedHead()});
  ASSERT_TRUE(saved.ok());
  EXPECT_EQ(saved->outcome, Saved::Outcome::done);
  EXPECT_EQ(test::log_of(other_, "song").size(), 1u);
}

TEST_F(LastSeen, TicketsAreAnsweredByWhatIsThere) {
  const auto equal = late_.save_async("song", Value(1));
  const auto expected = late_.save_async("letter", Value(1), {.expected = ExpectedHead()});
  EXPECT_EQ(equal.wait()->outcome, Saved::Outcome::done);
  EXPECT_EQ(expected.wait()->outcome, Saved::Outcome::done);
  EXPECT_EQ(*other_.load("song"), Value(1));
}

class SeesNothing final : public test::HandsOn {
 public:
  using HandsOn::HandsOn;
  Result<std::vector<std::optional<RefValue>>> read_last_seen(
      std::span<const std::string>) override {
    return Error(ErrorCode::corrupt, "what was seen last can't be read any more");
  }
};

TEST(LastLook, IsTakenWhereWhatWasSeenCantBeRead) {
  test::World world;
  Store store = Store::over(std::make_shared<SeesNothing>(memory_backend()), world.options());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store.save("song", Value(i)).ok());
  EXPECT_EQ(*store.load("song"), Value(2));
}

TEST(LastLook, IsTakenAgainOnlyWhereOthersWrite) {
  test::World world;
  const auto below = memory_backend();
  const auto hooked = std::make_shared<test::HookedBackend>(below);
  Store store = Store::over(hooked, world.options());
  ASSERT_TRUE(store.save("song", Value(1)).ok());
  const std::uint64_t before = hooked->refs_read();
  for (int i = 2; i < 10; ++i) ASSERT_TRUE(store.save("song", Value(i)).ok());
  EXPECT_EQ(hooked->refs_read(), before);
  hooked->on_swap([](std::span<const RefChange>, Backend&) -> Result<SwapOutcome> {
    return SwapOutcome{.done = false, .actual = {}};
  });
  ASSERT_EQ(store.save("song", Value(10))->outcome, Saved::Outcome::done);
  const std::uint64_t after_loss = hooked->refs_read();
  EXPECT_GT(after_loss, before);
  ASSERT_TRUE(store.save("song", Value(11)).ok());
  EXPECT_GT(hooked->refs_read(), after_loss);
  for (int i = 12; i < 100; ++i) ASSERT_TRUE(store.save("song", Value(i)).ok());
  const std::uint64_t later = hooked->refs_read();
  ASSERT_TRUE(store.save("song", Value(100)).ok());
  EXPECT_EQ(hooked->refs_read(), later);
}

}  // namespace
}  // namespace stet
