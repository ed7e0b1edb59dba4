#include "store/stores.hpp"

namespace stet {
namespace {

using test::path;

class Saving : public testing::Test {
 protected:
  test::World world_;
  std::shared_ptr<Backend> backend_ = memory_backend();
  Store store_ = Store::over(backend_, world_.options());
};

TEST_F(Saving, AValueGivesItBack) {
  const Value value = test::song(500);
  const auto saved = store_.save("music/song", value, {.message = "first", .author = "Fanny"});
  ASSERT_TRUE(saved.ok()) << saved.error().to_string();
  EXPECT_EQ(saved->outcome, Saved::Outcome::done);
  Store other = Store::over(backend_, world_.options());
  const auto loaded = other.load("music/song");
  ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
  EXPECT_EQ(*loaded, value);
  const auto shown = other.show("music/song");
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->id, saved->id);
  EXPECT_EQ(shown->version.root, saved->root);
  EXPECT_EQ(shown->version.message, "first");
  EXPECT_EQ(shown->version.author, "Fanny");
  EXPECT_EQ(shown->version.time_ms, world_.clock->now_ms());
  EXPECT_EQ(shown->version.bytes, dag_cbor::encoded_size(value));
}

TEST_F(Saving, TakesTheStoresAuthorWhereNoneIsSaid) {
  ASSERT_TRUE(store_.save("song", Value(1)).ok());
  EXPECT_EQ(store_.show("song")->version.author, "tester");
}

TEST_F(Saving, EqualContentAgainMakesNoVersionUnlessAsked) {
  const auto first = store_.save("song", test::song(10));
  const auto again = store_.save("song", test::song(10));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->outcome, Saved::Outcome::unchanged);
  EXPECT_EQ(again->id, first->id);
  EXPECT_EQ(again->root, first->root);
  const auto kept = store_.save("song", test::song(10), {.keep_equal = true});
  EXPECT_EQ(kept->outcome, Saved::Outcome::done);
  EXPECT_NE(kept->id, first->id);
  EXPECT_EQ(kept->root, first->root);
  EXPECT_EQ(test::log_of(store_, "song").size(), 2u);
}

TEST_F(Saving, TwoEqualSavesAreTwoVersions) {
  const auto left = store_.save("left", Value("x"));
  const auto right = store_.save("right", Value("x"));
  EXPECT_NE(left->id, right->id);
  EXPECT_EQ(left->root, right->root);
}

TEST_F(Saving, OnAnExpectedHeadThatIsAnotherIsAConflict) {
  const auto first = store_.save("song", Value(1), {.expected = ExpectedHead()});
  ASSERT_EQ(first->outcome, Saved::Outcome::done);
  const auto second = store_.save("song", Value(2), {.expected = ExpectedHead(first->id)});
  ASSERT_EQ(second->outcome, Saved::Outcome::done);
  const auto late = store_.save("song", Value(3), {.expected = ExpectedHead(first->id)});
  ASSERT_TRUE(late.ok());
  EXPECT_EQ(late->outcome, Saved::Outcome::conflict);
  EXPECT_EQ(late->id, second->id);
  EXPECT_EQ(late->root, second->root);
  const auto again_new = store_.save("song", Value(3), {.expected = ExpectedHead()});
  EXPECT_EQ(again_new->outcome, Saved::Outcome::conflict);
  EXPECT_EQ(*store_.load("song"), Value(2));
}

TEST_F(Saving, AnEditedValueReadsAndWritesWhatChanged) {
  auto hooked = std::make_shared<test::HookedBackend>(backend_);
  Store store = Store::over(hooked, world_.options());
  Value value = test::song(50'000);
  ASSERT_TRUE(store.save("song", value).ok());
  for (int i = 0; i < 5; ++i) {
    value = test::with_pitch(value, 20'000 + static_cast<std::size_t>(i), 300 + i);
    const std::uint64_t gets_before = hooked->gets();
    const auto saved = store.save("song", value);
    ASSERT_TRUE(saved.ok()) << saved.error().to_string();
    EXPECT_LE(saved->cost.chunks_written, 14u);
    EXPECT_LE(saved->cost.bytes_written, 20'000u);
    EXPECT_LE(hooked->gets() - gets_before, 14u);
    if (i > 0) {
      EXPECT_EQ(hooked->gets() - gets_before, 0u) << "the path is cached";
    }
  }
  Store other = Store::over(backend_, world_.options());
  EXPECT_EQ(*other.load("song"), value);
  EXPECT_EQ(other.save("fresh", value)->root, store.show("song")->version.root);
}

TEST_F(Saving, AnEditedValueIsCheapAlsoAfterAnotherHandleSaved) {
  Store other = Store::over(backend_, world_.options());
  Value mine = test::song(20'000);
  ASSERT_TRUE(store_.save("song", mine).ok());
  ASSERT_TRUE(other.set("song", path("/notes/7/pitch"), Value(200)).ok());
  mine = test::with_pitch(mine, 9'000, 201);
  const auto saved = store_.save("song", mine);
  ASSERT_TRUE(saved.ok()) << saved.error().to_string();
  EXPECT_EQ(saved->outcome, Saved::Outcome::done);
  EXPECT_LE(saved->cost.chunks_written + saved->cost.chunks_reused, 30u);
  EXPECT_EQ(*other.load("song"), mine);
  EXPECT_EQ(*store_.load("song"), mine);
}

TEST_F(Saving, WhatIsLoadedAgainAfterAnotherHandleSavedReadsTheDifference) {
  auto hooked = std::make_shared<test::HookedBackend>(backend_);
  Store reader = Store::over(hooked, world_.options());
  const Value value = test::song(20'000);
  ASSERT_TRUE(store_.save("song", value).ok());
  ASSERT_EQ(*reader.load("song"), value);
  ASSERT_TRUE(store_.set("song", path("/notes/7/pitch"), Value(200)).ok());
  const std::uint64_t gets_before = hooked->gets();
  EXPECT_EQ(*reader.load("song"), test::with_pitch(value, 7, 200));
  EXPECT_LE(hooked->gets() - gets_before, 40u);
}

TEST_F(Saving, SetReplacesAddsAndAppends) {
  ASSERT_TRUE(store_.set("song", path(""), Value::map({{"notes", Value::list({Value(1)})}})).ok());
  for (const bool known : {true, false}) {
    Store store = known ? Store::over(backend_, world_.options()) : std::move(store_);
    if (known) {
      ASSERT_TRUE(store.load("song").ok());
    }
    const std::int64_t n = known ? 1 : 2;
    ASSERT_TRUE(store.set("song", path("/notes/0"), Value(n * 10)).ok());
    ASSERT_TRUE(store.set("song", path("/notes/-"), Value(n)).ok());
    ASSERT_TRUE(store.set("song", path("/key" + std::to_string(n)), Value("c")).ok());
    ASSERT_TRUE(store.set("song", path("/title"), Value("title" + std::to_string(n))).ok());
    if (!known) store_ = std::move(store);
  }
  EXPECT_EQ(*store_.load("song"),
            Value::map({{"notes", Value::list({Value(20), Value(1), Value(2)})},
                        {"key1", Value("c")},
                        {"key2", Value("c")},
                        {"title", Value("title2")}}));
  EXPECT_EQ(store_.set("song", path("/no/where"), Value(1)).error().code(), ErrorCode::not_found);
  EXPECT_EQ(store_.set("none", path("/a"), Value(1)).error().code(), ErrorCode::not_found);
  EXPECT_EQ(store_.set("song", path("/title/x"), Value(1)).error().code(), ErrorCode::invalid);
}

TEST_F(Saving, SetGivesTheSameWhetherTheValueIsKnownOrNot) {
  const Value value = test::song(3000);
  ASSERT_TRUE(store_.save("a", value).ok());
  ASSERT_TRUE(store_.save("b", value).ok());
  Store stranger = Store::over(backend_, world_.options());
  for (const char* pointer : {"/notes/1500/pitch", "/notes/0", "/notes/-", "/title", "/new"}) {
    const auto known = store_.set("a", path(pointer), Value(99));
    const auto unknown = stranger.set("b", path(pointer), Value(99));
    ASSERT_TRUE(known.ok()) << pointer << ": " << known.error().to_string();
    ASSERT_TRUE(unknown.ok()) << pointer << ": " << unknown.error().to_string();
    EXPECT_EQ(known->root, unknown->root) << pointer;
  }
}

TEST_F(Saving, PatchesApplyWholeOrNotAtAll) {
  ASSERT_TRUE(store_.save("song", Value::map({{"a", Value(1)}})).ok());
  const Patch good = {{Operation::Kind::add, path("/b"), {}, Value(2)}};
  const Patch bad = {{Operation::Kind::add, path("/c"), {}, Value(3)},
                     {Operation::Kind::test, path("/a"), {}, Value(9)}};
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(store_.patch("song", good).ok());
    EXPECT_EQ(store_.patch("song", bad).error().code(), ErrorCode::conflict);
    EXPECT_EQ(*store_.load("song"), Value::map({{"a", Value(1)}, {"b", Value(2)}}));
    store_ = Store::over(backend_, world_.options());  // the second time nothing is known
  }
  ASSERT_TRUE(store_.merge_patch("song", Value::map({{"a", Value()}, {"d", Value(4)}})).ok());
  EXPECT_EQ(*store_.load("song"), Value::map({{"b", Value(2)}, {"d", Value(4)}}));
  EXPECT_EQ(store_.patch("none", good).error().code(), ErrorCode::not_found);
}

TEST_F(Saving, AKeptSourceComesBackExactToTheByte) {
  const std::string text = "{ \"a\" : 1 }\n\n";
  const SaveOptions with_source{.source = KeptSource{as_bytes(text), "json"}};
  ASSERT_TRUE(store_.save("song", Value::map({{"a", Value(1)}}), with_source).ok());
  EXPECT_EQ(as_text(*store_.load_source("song")), text);
  EXPECT_EQ(store_.show("song")->version.source->format, "json");
  EXPECT_EQ(store_.save("song", Value::map({{"a", Value(1)}}), with_source)->outcome,
            Saved::Outcome::unchanged);
  const std::string other = "{\"a\":1}";
  const auto changed = store_.save("song", Value::map({{"a", Value(1)}}),
                                   {.source = KeptSource{as_bytes(other), "json"}});
  EXPECT_EQ(changed->outcome, Saved::Outcome::done) << "another source is another version";
  ASSERT_TRUE(store_.save("song", Value(2)).ok());
  EXPECT_EQ(store_.load_source("song").error().code(), ErrorCode::not_found);
  EXPECT_EQ(as_text(*store_.load_source("song~2")), text);
}

TEST_F(Saving, RefusesNamesAndTextsThatBreakTheRules) {
  EXPECT_EQ(store_.save("a//b", Value(1)).error().code(), ErrorCode::invalid);
  EXPECT_EQ(store_.save("a~1", Value(1)).error().code(), ErrorCode::invalid);
  EXPECT_EQ(store_.save("a", Value(1), {.message = "\xff"}).error().code(), ErrorCode::invalid);
  EXPECT_EQ(store_.save("a", Value(1), {.message = std::string(70'000, 'x')}).error().code(),
            ErrorCode::too_large);
  EXPECT_EQ(store_.load("a").error().code(), ErrorCode::not_found);
}

TEST_F(Saving, ErrorsSayWhichStoreAndDocument) {
  const auto missing = store_.load("music/none~2");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().context().store, "mem:");
  EXPECT_EQ(missing.error().context().document, "music/none");
}

TEST_F(Saving, ADocumentHandleExpectsTheVersionThatItSaw) {
  auto document = store_.open_document("song");
  ASSERT_TRUE(document.ok());
  EXPECT_FALSE(document->version().has_value());
  document->set(Value(1));
  EXPECT_TRUE(document->changed());
  ASSERT_EQ(document->save()->outcome, Saved::Outcome::done);
  EXPECT_FALSE(document->changed());
  auto other = store_.open_document("song");
  EXPECT_EQ(other->value(), Value(1));
  other->set(Value(2));
  ASSERT_EQ(other->save()->outcome, Saved::Outcome::done);
  document->set(Value(3));
  const auto late = document->save();
  ASSERT_TRUE(late.ok());
  EXPECT_EQ(late->outcome, Saved::Outcome::conflict);
  EXPECT_EQ(late->id, other->version()->id);
  EXPECT_EQ(*store_.load("song"), Value(2));
  EXPECT_EQ(document->value(), Value(3)) << "the edit is not lost";
  ASSERT_EQ(document->save_over()->outcome, Saved::Outcome::done);
  EXPECT_EQ(test::log_of(store_, "song").size(), 3u);
  ASSERT_TRUE(other->reload().ok());
  EXPECT_EQ(other->value(), Value(3));
  auto fresh = store_.open_document("fresh");
  ASSERT_TRUE(store_.save("fresh", Value(1)).ok());
  fresh->set(Value(2));
  EXPECT_EQ(fresh->save()->outcome, Saved::Outcome::conflict);
}

TEST_F(Saving, ViewsReadThePathAlone) {
  auto hooked = std::make_shared<test::HookedBackend>(backend_);
  ASSERT_TRUE(store_.save("song", test::song(50'000)).ok());
  Store reader = Store::over(hooked, world_.options());
  const auto view = reader.view("song");
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(*view->at(path("/notes/40000/start")), Value(40'000 * 480));
  EXPECT_EQ(*view->size_at(path("/notes")), 50'000u);
  EXPECT_LE(hooked->gets(), 12u);
}

TEST(SavingToAFile, CostsOneFlush) {
  const test::TemporaryFolder folder;
  auto store = Store::open("file:" + (folder / "a.stet"));
  ASSERT_TRUE(store.ok()) << store.error().to_string();
  Value value = test::song(5000);
  ASSERT_TRUE(store->save("song", value).ok());
  for (int i = 0; i < 20; ++i) {
    value = test::with_pitch(value, 100, 1000 + i);
    const auto saved = store->save("song", value);
    ASSERT_TRUE(saved.ok()) << saved.error().to_string();
    EXPECT_EQ(saved->cost.flushes, 1u);
    EXPECT_LE(saved->cost.bytes_written, 20'000u);
  }
  EXPECT_EQ(store->set("song", path("/title"), Value("x"))->cost.flushes, 1u);
  EXPECT_EQ(store->save("song", *store->load("song"))->cost.flushes, 0u) << "nothing changed";
  auto again = Store::open("file:" + (folder / "a.stet"));
  ASSERT_TRUE(again.ok()) << again.error().to_string();
  EXPECT_EQ(*again->load("song"), *store->load("song"));
}

TEST(OpeningAStore, SaysWhatIsWrongWithAUrl) {
  EXPECT_EQ(Store::open("ftp://x").error().code(), ErrorCode::invalid);
  EXPECT_EQ(Store::open("song").error().code(), ErrorCode::invalid);
  const test::TemporaryFolder folder;
  EXPECT_EQ(Store::open("file:" + (folder / "none.stet"), {.create = false}).error().code(),
            ErrorCode::not_found);
  EXPECT_EQ(Store::open("file:" + (folder / "no/where.stet")).error().code(), ErrorCode::not_found);
}

TEST(OpeningAStore, ReadOnlyShowsAndRefusesToChange) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(Store::open("file:" + (folder / "a.stet"))->save("song", Value(1)).ok());
  StoreOptions options;
  options.read_only = true;
  auto store = Store::open("file:" + (folder / "a.stet"), options);
  ASSERT_TRUE(store.ok()) << store.error().to_string();
  EXPECT_EQ(*store->load("song"), Value(1));
  EXPECT_EQ(store->save("song", Value(2)).error().code(), ErrorCode::denied);
}

}  // namespace
}  // namespace stet
