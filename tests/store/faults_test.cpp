// Swaps whose outcome isn't known, lost races, and compactions in between: what was asked for
// happens once, and what was acknowledged is there.
#include "store/stores.hpp"

namespace stet {
namespace {

using test::HookedBackend;

const Error kUnknown(ErrorCode::outcome_unknown, "the line went dead");

HookedBackend::SwapHook happens_but_is_not_known() {
  return [](std::span<const RefChange> changes, Backend& below) -> Result<SwapOutcome> {
    EXPECT_TRUE(below.swap(changes)->done);
    return kUnknown;
  };
}

HookedBackend::SwapHook does_not_happen_and_is_not_known() {
  return [](std::span<const RefChange>, Backend&) -> Result<SwapOutcome> { return kUnknown; };
}

class Faults : public testing::Test {
 protected:
  std::size_t versions(std::string_view name) { return test::log_of(store_, name).size(); }

  test::World world_;
  std::shared_ptr<HookedBackend> backend_ = std::make_shared<HookedBackend>(memory_backend());
  Store store_ = Store::over(backend_, world_.options());
  Store other_ = Store::over(backend_, world_.options());
};

TEST_F(Faults, ASaveThatHappenedUnknownIsFoundAndNotDoneTwice) {
  ASSERT_TRUE(store_.save("song", Value(1)).ok());
  backend_->on_swap(happens_but_is_not_known());
  const auto saved = store_.save("song", Value(2));
  ASSERT_TRUE(saved.ok()) << saved.error().to_string();
  EXPECT_EQ(saved->outcome, Saved::Outcome::done);
  EXPECT_EQ(store_.show("song")->id, saved->id);
  EXPECT_EQ(versions("song"), 2u);
}

TEST_F(Faults, ASaveThatDidNotHappenIsDoneAgain) {
  backend_->on_swap(does_not_happen_and_is_not_known());
  const auto saved = store_.save("song", Value(1));
  ASSERT_TRUE(saved.ok()) << saved.error().to_string();
  EXPECT_EQ(saved->outcome, Saved::Outcome::done);
  EXPECT_EQ(store_.show("song")->id, saved->id);
  EXPECT_EQ(versions("song"), 1u);
}

TEST_F(Faults, ASaveIsFoundUnderVersionsThatOthersPutOnTop) {
  ASSERT_TRUE(store_.save("song", Value(0)).ok());
  backend_->on_swap([&](std::span<const RefChange> changes, Backend& below) -> Result<SwapOutcome> {
    EXPECT_TRUE(below.swap(changes)->done);
    for (int i = 10; i < 20; ++i) EXPECT_TRUE(other_.save("song", Value(i)).ok());
    return kUnknown;
  });
  const auto saved = store_.save("song", Value(1));
  ASSERT_TRUE(saved.ok()) << saved.error().to_string();
  EXPECT_EQ(store_.show("song~10")->id, saved->id);
  EXPECT_EQ(versions("song"), 12u);
  EXPECT_EQ(*store_.load("song"), Value(19));
}

TEST_F(Faults, ASaveIsFoundAlsoInADocumentThatWasRemovedSince) {
  backend_->on_swap([&](std::span<const RefChange> changes, Backend& below) -> Result<SwapOutcome> {
    EXPECT_TRUE(below.swap(changes)->done);
    EXPECT_TRUE(other_.remove("song").ok());
    return kUnknown;
  });
  const auto saved = store_.save("song", Value(1));
  ASSERT_TRUE(saved.ok()) << saved.error().to_string();
  EXPECT_EQ(saved->outcome, Saved::Outcome::done);
  EXPECT_EQ(store_.load("song").error().code(), ErrorCode::not_found) << "it was removed after";
}

TEST_F(Faults, AnExpectedSaveThatLostWhileUnknownIsAConflict) {
  const auto first = store_.save("song", Value(1));
  backend_->on_swap([&](std::span<const RefChange>, Backend&) -> Result<SwapOutcome> {
    EXPECT_TRUE(other_.save("song", Value(2)).ok());
    return kUnknown;
  });
  const auto saved = store_.save("song", Value(3), {.expected = ExpectedHead(first->id)});
  ASSERT_TRUE(saved.ok()) << saved.error().to_string();
  EXPECT_EQ(saved->outcome, Saved::Outcome::conflict);
  EXPECT_EQ(*store_.load("song"), Value(2));
}

TEST_F(Faults, AStoreThatNeverAnswersGivesOutcomeUnknown) {
  backend_->on_every_swap(
      [](std::span<const RefChange>, Backend&) -> Result<SwapOutcome> { return kUnknown; });
  const auto saved = store_.save("song", Value(1));
  ASSERT_FALSE(saved.ok());
  EXPECT_EQ(saved.error().code(), ErrorCode::outcome_unknown);
}

TEST_F(Faults, RemovingAndPinningSurviveAnUnknownOutcome) {
  ASSERT_TRUE(store_.save("song", Value(1)).ok());
  backend_->on_swap(happens_but_is_not_known());
  EXPECT_TRUE(store_.pin("label", "song").ok());
  backend_->on_swap(does_not_happen_and_is_not_known());
  EXPECT_TRUE(store_.pin("label2", "song").ok());
  EXPECT_TRUE(store_.unpin("label2").ok());
  backend_->on_swap(happens_but_is_not_known());
  EXPECT_TRUE(store_.unpin("label").ok());
  backend_->on_swap(happens_but_is_not_known());
  EXPECT_TRUE(store_.remove("song").ok());
  EXPECT_EQ(store_.load("song").error().code(), ErrorCode::not_found);
}

TEST_F(Faults, ATransactionThatHappenedUnknownIsDoneOnce) {
  ASSERT_TRUE(store_.save("a", Value(1)).ok());
  ASSERT_TRUE(store_.save("b", Value(1)).ok());
  int runs = 0;
  for (const bool happens : {true, false}) {
    backend_->on_swap(happens ? happens_but_is_not_known() : does_not_happen_and_is_not_known());
    const auto done = store_.transact([&](Transaction& transaction) -> Result<void> {
      ++runs;
      for (const char* name : {"a", "b"}) {
        const auto value = transaction.load(name);
        if (!value.ok()) return value.error();
        STET_CHECK(transaction.save(name, Value((*value)->to_int64().value() + 1)));
      }
      return {};
    });
    ASSERT_TRUE(done.ok()) << done.error().to_string();
  }
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(*store_.load("a"), Value(3));
  EXPECT_EQ(*store_.load("b"), Value(3));
}

TEST_F(Faults, ALostRaceIsTriedAgainOnTopOfTheNewHead) {
  ASSERT_TRUE(store_.save("song", Value(0)).ok());
  backend_->before_swap([&] { EXPECT_TRUE(other_.save("song", Value(1)).ok()); });
  const auto saved = store_.save("song", Value(2));
  ASSERT_TRUE(saved.ok());
  EXPECT_EQ(*store_.load("song"), Value(2));
  EXPECT_EQ(*store_.load("song~1"), Value(1)) << "both stay in the log";
}

TEST_F(Faults, ACompactionThatSweepsWhileASaverIsBetweenPutAndSwapTakesNothingOfIts) {
  const Value first = test::song(3000);
  ASSERT_TRUE(store_.save("song", first).ok());
  ASSERT_TRUE(store_.save("song", Value("short")).ok());
  ASSERT_TRUE(store_.prune("song", {.keep_last = 1}).ok());
  // The content of `first` is not live, but still stored: the save leaves nothing out on that
  // ground, and its chunks, put with the old epoch, are swept before its swap.
  backend_->before_swap([&] {
    const auto swept = other_.compact();
    ASSERT_TRUE(swept.ok()) << swept.error().to_string();
    EXPECT_GT(swept->chunks_dropped, 10u);
  });
  ASSERT_TRUE(store_.save("song", first).ok());
  Store fresh = Store::over(backend_, world_.options());
  EXPECT_EQ(*fresh.load("song"), first);
  EXPECT_TRUE(fresh.verify()->ok());
}

TEST_F(Faults, WhatIsKnownOfAVersionThatIsGoneIsNotBuiltOn) {
  const Value first = test::song(3000);
  const std::vector<std::function<void()>> ways = {
      [&] { ASSERT_TRUE(other_.prune("song", {.keep_last = 1}).ok()); },
      [&] {  // an older one that is kept leaves its record
        ASSERT_TRUE(other_.pin("older", "song~2").ok());
        ASSERT_TRUE(other_.prune("song", {.keep_last = 1}).ok());
      },
      [&] {
        ASSERT_TRUE(other_.remove("song").ok());
        ASSERT_TRUE(other_.save("song", Value("another")).ok());
      }};
  for (const auto& goes : ways) {
    ASSERT_TRUE(store_.save("song", Value("older")).ok());
    ASSERT_TRUE(store_.save("song", first).ok());
    ASSERT_TRUE(other_.save("song", Value("newer")).ok());
    goes();
    ASSERT_TRUE(other_.compact().ok());
    const Value edited = test::with_pitch(first, 1000, 500);
    ASSERT_TRUE(store_.save("song", edited).ok());
    Store fresh = Store::over(backend_, world_.options());
    const auto loaded = fresh.load("song");
    ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
    EXPECT_EQ(*loaded, edited);
    EXPECT_TRUE(fresh.verify()->ok());
  }
}

TEST_F(Faults, ARestoreThatACompactionOvertakesIsWholeOrSaysThatItIsGone) {
  const Value first = test::song(3000);
  ASSERT_TRUE(store_.save("song", first).ok());
  ASSERT_TRUE(store_.save("song", Value("short")).ok());
  backend_->before_swap([&] {
    ASSERT_TRUE(other_.prune("song", {.keep_last = 1}).ok());
    ASSERT_TRUE(other_.compact().ok());
  });
  const auto restored = store_.restore("song~1");
  ASSERT_FALSE(restored.ok());
  EXPECT_EQ(restored.error().code(), ErrorCode::not_found);
  EXPECT_EQ(*store_.load("song"), Value("short"));
  EXPECT_TRUE(store_.verify()->ok());
}

TEST_F(Faults, ACopyWhoseSourceIsPrunedMeanwhileIsNotMadeOfSweptChunks) {
  ASSERT_TRUE(store_.save("a", test::song(3000)).ok());
  ASSERT_TRUE(store_.save("a", Value("short")).ok());
  backend_->before_swap([&] { ASSERT_TRUE(other_.prune("a", {.keep_last = 1}).ok()); });
  EXPECT_EQ(store_.copy("a~1", "b").error().code(), ErrorCode::not_found);
  EXPECT_EQ(test::names_in(store_), std::vector<std::string>{"a"});
}

TEST_F(Faults, ATransactionSeesOneSnapshot) {
  ASSERT_TRUE(store_.save("a", Value(1)).ok());
  ASSERT_TRUE(store_.save("b", Value(1)).ok());
  int runs = 0;
  const auto done = store_.transact([&](Transaction& transaction) -> Result<void> {
    ++runs;
    STET_TRY(const auto a, transaction.load("a"));
    if (runs == 1) {
      EXPECT_TRUE(other_
                      .transact([](Transaction& inner) -> Result<void> {
                        STET_CHECK(inner.save("a", Value(2)));
                        return inner.save("b", Value(2));
                      })
                      .ok());
    }
    STET_TRY(const auto b, transaction.load("b"));
    EXPECT_EQ(*a, *b) << "never a mixture";
    return transaction.save("c", Value(1));
  });
  ASSERT_TRUE(done.ok()) << done.error().to_string();
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(done->heads.size(), 1u);
}

TEST_F(Faults, ATransactionAssertsWhatItOnlyRead) {
  ASSERT_TRUE(store_.save("flag", Value(true)).ok());
  int runs = 0;
  const auto done = store_.transact([&](Transaction& transaction) -> Result<void> {
    STET_TRY(const auto flag, transaction.load("flag"));
    if (++runs == 1) {
      backend_->before_swap([&] { EXPECT_TRUE(other_.save("flag", Value(false)).ok()); });
    }
    return transaction.save("seen", *flag);
  });
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(*store_.load("seen"), Value(false));
}

TEST_F(Faults, ATransactionThatFailsChangesNothing) {
  ASSERT_TRUE(store_.save("a", Value(1)).ok());
  const auto failed = store_.transact([&](Transaction& transaction) -> Result<void> {
    STET_CHECK(transaction.save("a", Value(2)));
    STET_CHECK(transaction.save("b", Value(2)));
    STET_CHECK(transaction.remove("a"));
    EXPECT_FALSE((*transaction.load("a")).has_value());
    return transaction.expect("a", std::nullopt);
  });
  EXPECT_EQ(failed.error().code(), ErrorCode::conflict);
  EXPECT_EQ(*store_.load("a"), Value(1));
  EXPECT_EQ(test::names_in(store_).size(), 1u);
  ASSERT_TRUE(store_
                  .transact([&](Transaction& transaction) -> Result<void> {
                    STET_CHECK(transaction.set("a", Path(), Value(5)));
                    STET_CHECK(transaction.save("b", Value(6)));
                    EXPECT_EQ(**transaction.load("b"), Value(6));
                    return transaction.remove("a");
                  })
                  .ok());
  EXPECT_EQ(test::names_in(store_), std::vector<std::string>{"b"});
}

}  // namespace
}  // namespace stet
