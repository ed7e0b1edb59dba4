// log, restore, copy, remove, pins, holds, prune and compact.
#include "store/stores.hpp"

namespace stet {
namespace {

class Keeping : public testing::Test {
 protected:
  // Versions 0 to count − 1, a day apart, whose values are their numbers in a long document.
  std::vector<Id> save_versions(const std::string& name, int count) {
    std::vector<Id> ids;
    Value value = test::song(800);
    for (int i = 0; i < count; ++i) {
      world_.clock->advance(kDayMs);
      value = test::with_pitch(value, static_cast<std::size_t>(i), 1000 + i);
      const auto saved = store_.save(name, value, {.message = std::to_string(i)});
      EXPECT_TRUE(saved.ok()) << saved.error().to_string();
      ids.push_back(*saved->id);
    }
    return ids;
  }
  std::vector<std::string> messages(std::string_view spec) {
    std::vector<std::string> found;
    for (const VersionInfo& version : test::log_of(store_, spec)) {
      found.push_back(version.version.message);
    }
    return found;
  }
  void expect_whole() {
    const auto report = store_.verify();
    ASSERT_TRUE(report.ok()) << report.error().to_string();
    for (const auto& entry : report->damage) ADD_FAILURE() << entry.damage.message;
  }
  std::string at(const std::string& name, const Id& id) { return name + "@" + id.short_form(); }

  static constexpr std::int64_t kDayMs = 86'400'000;
  test::World world_;
  std::shared_ptr<Backend> backend_ = memory_backend();
  Store store_ = Store::over(backend_, world_.options());
};

TEST_F(Keeping, TheLogGoesNewestFirstAndStopsWhenTold) {
  const std::vector<Id> ids = save_versions("song", 5);
  EXPECT_EQ(messages("song"), (std::vector<std::string>{"4", "3", "2", "1", "0"}));
  EXPECT_EQ(messages("song~3"), (std::vector<std::string>{"1", "0"}));
  int seen = 0;
  ASSERT_TRUE(store_.log("song", [&](const VersionInfo&) { return ++seen < 2; }).ok());
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(store_.log("none", [](const VersionInfo&) { return true; }).error().code(),
            ErrorCode::not_found);
}

TEST_F(Keeping, EveryFormOfSpecFindsItsVersion) {
  const std::vector<Id> ids = save_versions("song", 10);
  EXPECT_EQ(store_.show("song")->id, ids[9]);
  EXPECT_EQ(store_.show("song~4")->id, ids[5]);
  EXPECT_EQ(store_.show("song@" + ids[3].to_string())->id, ids[3]);
  EXPECT_EQ(store_.show("song@" + ids[3].short_form(8))->id, ids[3]);
  world_.clock->set(store_.show("song~2")->version.time_ms);
  const std::int64_t day = world_.clock->now_ms() / kDayMs;
  EXPECT_EQ(store_.show("song@{1970-01-0" + std::to_string(day + 1) + "T23:00}")->id, ids[7]);
  EXPECT_EQ(store_.show("song~10").error().code(), ErrorCode::not_found);
  EXPECT_EQ(store_.show("song@{1969-01-01}").error().code(), ErrorCode::not_found);
  EXPECT_EQ(store_.show("song@aaaaaaaa").error().code(), ErrorCode::not_found);
  const Id stranger = id_of(as_bytes("stranger"));
  EXPECT_EQ(store_.show("song@" + stranger.to_string()).error().code(), ErrorCode::not_found);
}

TEST_F(Keeping, AnAmbiguousIdIsRefusedWithWhatItCouldBe) {
  // Two first versions whose ids begin with the same 6 characters (30 bits: some 40 000 draws), and
  // one that merges them.
  Version version;
  version.root = store_.save("seed", Value(1))->root;
  version.bytes = 1;
  std::map<std::string, std::pair<Id, std::string>> seen;
  std::optional<std::pair<Id, Id>> alike;
  const auto put = [&](const Version& record) {
    const Bytes bytes = encode_version(record);
    const ChunkView chunk{id_of(bytes), bytes};
    EXPECT_TRUE(backend_->put(std::span(&chunk, 1), 0).ok());
    return chunk.id;
  };
  for (std::uint64_t n = 0; !alike && n < 400'000; ++n) {
    version.message = std::to_string(n);
    const Id id = id_of(encode_version(version));
    const auto [entry, added] = seen.emplace(id.short_form(6), std::pair(id, version.message));
    if (added) continue;
    alike = {entry->second.first, put(version)};
    version.message = entry->second.second;
    put(version);
  }
  ASSERT_TRUE(alike.has_value());
  version.message = "merge";
  version.parents = {alike->first, alike->second};
  version.generation = 1;
  const Id merged = put(version);
  const RefChange change{"doc/song", std::nullopt,
                         RefValue(merged.bytes.begin(), merged.bytes.end()), false};
  ASSERT_TRUE(backend_->swap(std::span(&change, 1))->done);
  const auto ambiguous = store_.show("song@" + alike->first.short_form(6));
  ASSERT_FALSE(ambiguous.ok());
  EXPECT_EQ(ambiguous.error().code(), ErrorCode::invalid);
  for (const Id& id : {alike->first, alike->second}) {
    EXPECT_NE(ambiguous.error().message().find(id.short_form(12)), std::string::npos)
        << ambiguous.error().message();
    EXPECT_EQ(store_.show("song@" + id.short_form(12))->id, id);
  }
}

TEST_F(Keeping, RestoreMakesAnOldVersionTheNewest) {
  const std::vector<Id> ids = save_versions("song", 4);
  const Value old = *store_.load("song~2");
  const auto restored = store_.restore("song~2", {.message = "back"});
  ASSERT_TRUE(restored.ok()) << restored.error().to_string();
  EXPECT_EQ(*store_.load("song"), old);
  EXPECT_EQ(messages("song"), (std::vector<std::string>{"back", "3", "2", "1", "0"}));
  EXPECT_LE(restored->cost.chunks_written, 1u) << "only the version's record";
  EXPECT_EQ(store_.restore("song")->outcome, Saved::Outcome::unchanged);
}

TEST_F(Keeping, CopyGivesAnotherDocumentTheContentAndTheSource) {
  const std::string text = "[1]";
  ASSERT_TRUE(
      store_.save("a", Value::list({Value(1)}), {.source = KeptSource{as_bytes(text), "json"}})
          .ok());
  ASSERT_TRUE(store_.copy("a", "b").ok());
  EXPECT_EQ(*store_.load("b"), Value::list({Value(1)}));
  EXPECT_EQ(as_text(*store_.load_source("b")), text);
  EXPECT_EQ(test::log_of(store_, "b").size(), 1u);
  ASSERT_TRUE(store_.remove("a").ok());
  ASSERT_TRUE(store_.compact().ok());
  EXPECT_EQ(as_text(*store_.load_source("b")), text);
  expect_whole();
}

TEST_F(Keeping, AListIsSortedAndPagedAndFilteredByCharacters) {
  std::vector<std::string> names;
  for (int i = 0; i < 600; ++i) names.push_back("d" + std::to_string(i));
  for (const std::string& name : names) ASSERT_TRUE(store_.save(name, Value(name)).ok());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(test::names_in(store_), names);
  EXPECT_EQ(test::names_in(store_, "d59").size(), 11u);
  EXPECT_EQ(test::names_in(store_, "e").size(), 0u);
}

TEST_F(Keeping, ARemovedDocumentCanBeRestoredUntilCompaction) {
  const std::vector<Id> ids = save_versions("song", 3);
  ASSERT_TRUE(store_.remove("song").ok());
  EXPECT_EQ(store_.load("song").error().code(), ErrorCode::not_found);
  EXPECT_NE(store_.load("song").error().message().find("restore"), std::string::npos);
  EXPECT_EQ(store_.remove("song").error().code(), ErrorCode::not_found);
  EXPECT_EQ(test::names_in(store_).size(), 0u);
  ASSERT_TRUE(store_.restore(at("song", ids[1])).ok());
  EXPECT_EQ(*store_.load("song"), *store_.load(at("song", ids[1])));
  EXPECT_EQ(messages("song").size(), 4u) << "its history is back";
  ASSERT_TRUE(store_.remove("song").ok());
  ASSERT_TRUE(store_.save("song", Value("another")).ok());
  EXPECT_EQ(messages("song").size(), 1u);
  EXPECT_TRUE(store_.load(at("song", ids[2])).ok()) << "also beside a new one of that name";
  const auto swept = store_.compact();
  ASSERT_TRUE(swept.ok()) << swept.error().to_string();
  EXPECT_GT(swept->chunks_dropped, 10u);
  EXPECT_EQ(store_.load(at("song", ids[2])).error().code(), ErrorCode::not_found);
  EXPECT_EQ(*store_.load("song"), Value("another"));
  expect_whole();
}

TEST_F(Keeping, PruneKeepsTheLastAndIdsAndStepsKeepTheirMeaning) {
  const std::vector<Id> ids = save_versions("song", 10);
  const Value kept = *store_.load("song~2");
  EXPECT_EQ(*store_.prune("song", {.keep_last = 3}), 7u);
  EXPECT_EQ(*store_.prune("song", {.keep_last = 3}), 0u);
  EXPECT_EQ(messages("song"), (std::vector<std::string>{"9", "8", "7"}));
  const auto swept = store_.compact();
  ASSERT_TRUE(swept.ok()) << swept.error().to_string();
  EXPECT_GT(swept->chunks_dropped, 7u);
  EXPECT_EQ(store_.show("song~2")->id, ids[7]);
  EXPECT_EQ(*store_.load("song~2"), kept);
  EXPECT_EQ(store_.show("song~3").error().code(), ErrorCode::not_found);
  EXPECT_EQ(store_.load(at("song", ids[2])).error().code(), ErrorCode::not_found);
  EXPECT_EQ(store_.show("song")->version.generation, 9u);
  ASSERT_TRUE(store_.save("song", Value(1)).ok());
  EXPECT_EQ(messages("song").size(), 4u);
  expect_whole();
}

TEST_F(Keeping, AListCountsTheVersionsThatTheLogShows) {
  save_versions("song", 40);
  save_versions("other", 1);
  const auto expect_counts = [&](Store& store) {
    ASSERT_TRUE(store
                    .list("",
                          [&](const DocumentInfo& document) {
                            EXPECT_EQ(document.versions, test::log_of(store, document.name).size())
                                << document.name;
                            return true;
                          })
                    .ok());
  };
  expect_counts(store_);
  ASSERT_TRUE(store_.pin("old", "song~30").ok());
  ASSERT_TRUE(store_.pin("older", "song~35").ok());
  ASSERT_TRUE(store_.prune("song", {.keep_last = 5}).ok());
  expect_counts(store_);
  ASSERT_TRUE(store_.compact().ok());
  expect_counts(store_);
  const std::vector<std::string> specs = {"song"};
  Store alone = Store::over(memory_backend(), world_.options());
  ASSERT_TRUE(alone.import_car(*store_.export_car(specs), {}).ok());
  expect_counts(alone);
  Store whole = Store::over(memory_backend(), world_.options());
  ASSERT_TRUE(whole.import_car(*store_.export_car(specs, {.history = true}), {}).ok());
  ASSERT_TRUE(whole.save("song", Value(1)).ok());
  expect_counts(whole);
}

TEST_F(Keeping, PruneByDayKeepsTheNewestOfEachDay) {
  for (int i = 0; i < 12; ++i) {
    world_.clock->advance(kDayMs / 3);
    ASSERT_TRUE(store_.save("song", Value(i), {.message = std::to_string(i)}).ok());
  }
  std::map<std::int64_t, std::string> newest;
  for (const VersionInfo& version : test::log_of(store_, "song")) {
    newest.emplace(version.version.time_ms / kDayMs, version.version.message);
  }
  std::vector<std::string> expected;
  for (auto day = newest.rbegin(); day != newest.rend() && expected.size() < 3; ++day) {
    expected.push_back(day->second);
  }
  ASSERT_TRUE(store_.prune("song", {.keep_daily = 3}).ok());
  EXPECT_EQ(messages("song"), expected);
  ASSERT_TRUE(store_.compact().ok());
  EXPECT_EQ(messages("song"), expected);
  const auto thin = store_.load("song~2");
  ASSERT_FALSE(thin.ok());
  EXPECT_EQ(thin.error().code(), ErrorCode::not_found);
  EXPECT_NE(thin.error().message().find("pruned"), std::string::npos);
  EXPECT_TRUE(store_.show("song~2").ok()) << "the record stays";
  expect_whole();
}

TEST_F(Keeping, PinsAndHoldsForbidPruning) {
  const std::vector<Id> ids = save_versions("song", 10);
  const Value pinned = *store_.load("song~7");
  ASSERT_TRUE(store_.pin("concert", "song~7").ok());
  ASSERT_TRUE(store_.hold("song", "the court asked").ok());
  const auto denied = store_.prune("song", {.keep_last = 1});
  ASSERT_FALSE(denied.ok());
  EXPECT_EQ(denied.error().code(), ErrorCode::denied);
  EXPECT_NE(denied.error().message().find("the court asked"), std::string::npos);
  EXPECT_EQ(store_.remove("song").error().code(), ErrorCode::denied);
  ASSERT_TRUE(store_.release("song").ok());
  EXPECT_EQ(store_.release("song").error().code(), ErrorCode::not_found);
  EXPECT_EQ(*store_.prune("song", {.keep_last = 1}), 8u);
  ASSERT_TRUE(store_.compact().ok());
  EXPECT_EQ(messages("song"), (std::vector<std::string>{"9", "2"}));
  EXPECT_EQ(*store_.load("song~7"), pinned);
  ASSERT_TRUE(store_.remove("song").ok());
  ASSERT_TRUE(store_.compact().ok());
  EXPECT_EQ(*store_.load(at("song", ids[2])), pinned) << "a pin outlives its document";
  ASSERT_TRUE(store_.restore(at("song", ids[2])).ok());
  EXPECT_EQ(*store_.load("song"), pinned);
  ASSERT_TRUE(store_.unpin("concert").ok());
  EXPECT_EQ(store_.unpin("concert").error().code(), ErrorCode::not_found);
  expect_whole();
}

TEST_F(Keeping, ARemovedDocumentKeepsItsBoundaryAndANewOneHasNone) {
  const std::vector<Id> ids = save_versions("song", 6);
  ASSERT_TRUE(store_.prune("song", {.keep_last = 2}).ok());
  ASSERT_TRUE(store_.remove("song").ok());
  ASSERT_TRUE(store_.save("song", Value("new"), {.message = "new"}).ok());
  EXPECT_EQ(messages("song"), std::vector<std::string>{"new"});
  EXPECT_EQ(messages(at("song", ids[5])), (std::vector<std::string>{"5", "4"}));
  ASSERT_TRUE(store_.remove("song").ok());
  ASSERT_TRUE(store_.restore(at("song", ids[4]), {.message = "back"}).ok());
  EXPECT_EQ(messages("song"), (std::vector<std::string>{"back", "5", "4"}));
  ASSERT_TRUE(store_.compact().ok());
  EXPECT_EQ(messages("song"), (std::vector<std::string>{"back", "5", "4"}));
  expect_whole();
}

TEST_F(Keeping, APolicyThatKeepsNothingIsInvalid) {
  save_versions("song", 2);
  EXPECT_EQ(store_.prune("song", {}).error().code(), ErrorCode::invalid);
  EXPECT_EQ(store_.prune("none", {.keep_last = 1}).error().code(), ErrorCode::not_found);
  EXPECT_EQ(*store_.prune("song", {.keep_last = 0}), 1u) << "the head stays";
}

TEST_F(Keeping, ADiffTurnsOneVersionIntoAnother) {
  save_versions("song", 5);
  const auto patch = store_.diff("song~4", "song");
  ASSERT_TRUE(patch.ok());
  EXPECT_LE(patch->size(), 4u);
  EXPECT_EQ(*apply_patch(*store_.load("song~4"), *patch), *store_.load("song"));
}

TEST_F(Keeping, AUsersValueMayBeTheBytesOfANodeOrOfAVersion) {
  const Value value = test::song(5000);
  const auto saved = store_.save("song", value);
  ASSERT_EQ(saved->root.kind, tree::RootKind::node);
  for (const Id& id : {saved->root.id, *saved->id}) {
    const auto bytes = backend_->get(std::span(&id, 1));
    const Value twin = *dag_cbor::decode(*bytes->front());
    const auto stored = store_.save("a", twin);  // walked before "song"
    ASSERT_EQ(stored->root, (tree::Root{id, tree::RootKind::plain}));
    ASSERT_TRUE(store_.compact().ok());
    Store fresh = Store::over(backend_, world_.options());
    EXPECT_EQ(*fresh.load("a"), twin);
    EXPECT_EQ(*fresh.load("song"), value);
    expect_whole();
  }
}

TEST_F(Keeping, ACompactionThatIsStoppedAnywhereLeavesWhatWasRemovedToBeRestored) {
  const test::TemporaryFolder folder;
  for (const bool in_file : {false, true}) {
    bool stopped = true;
    for (int stop_at = 1; stopped; ++stop_at) {
      ASSERT_LT(stop_at, 100) << "it ends some time";
      const std::string name = folder / (std::to_string(stop_at) + ".stet");
      store_ = Store::over(in_file ? packing_layer(*open_file(name)) : memory_backend(),
                           world_.options());
      const std::vector<Id> ids = save_versions("song", 3);
      ASSERT_TRUE(store_.save("other", test::song(10'000)).ok());
      ASSERT_TRUE(store_.remove("song").ok());
      int reports = 0;
      const auto report = store_.compact([&](const Progress&) { return ++reports < stop_at; });
      stopped = !report.ok();
      EXPECT_TRUE(!stopped || report.error().code() == ErrorCode::cancelled);
      EXPECT_EQ(store_.show(at("song", ids[2])).ok(), stopped) << stop_at;
      EXPECT_EQ(store_.restore(at("song", ids[1])).ok(), stopped) << stop_at;
      expect_whole();
    }
  }
}

TEST_F(Keeping, AStoreThatIsNamedAnewWithoutEndIsNotListedWithoutEnd) {
  auto hooked = std::make_shared<test::HookedBackend>(backend_);
  Store store = Store::over(hooked, world_.options());
  Store other = Store::over(backend_, world_.options());
  save_versions("song", 2);
  int made = 0;
  hooked->after_list([&] { ASSERT_TRUE(other.save("d" + std::to_string(made++), Value(1)).ok()); });
  for (const auto& code : {store.compact().error().code(), store.verify().error().code(),
                           store.backup_to(other).error().code()}) {
    EXPECT_EQ(code, ErrorCode::unavailable);
  }
  int asked = 0;
  const auto stop = [&](const Progress&) { return ++asked < 20; };
  EXPECT_EQ(store.verify({}, stop).error().code(), ErrorCode::cancelled);
  EXPECT_EQ(asked, 20);
  hooked->after_list({});
  EXPECT_TRUE(store.compact().ok());
}

TEST_F(Keeping, VerifyNamesTheVersionsThatADamagedChunkTouches) {
  auto hooked = std::make_shared<test::HookedBackend>(backend_);
  Store store = Store::over(hooked, world_.options());
  Value value = test::song(5000);
  const auto first = store.save("song", value);
  const auto second = store.save("song", test::with_pitch(value, 0, 999));
  ASSERT_TRUE(store.save("other", Value("untouched")).ok());
  // A chunk that only the first version reaches: the leaf that the edit replaced.
  const auto before = store.verify();
  ASSERT_TRUE(before->ok());
  EXPECT_EQ(before->documents, 2u);
  EXPECT_EQ(before->versions, 3u);
  const Bytes record = encode_version(store.show("song~1")->version);
  for (const std::optional<Bytes>& planted :
       {std::optional<Bytes>(Bytes{0xa0}), std::optional<Bytes>()}) {
    hooked->plant(first->root.id, planted);
    const auto report = store.verify();
    ASSERT_TRUE(report.ok()) << report.error().to_string();
    ASSERT_EQ(report->damage.size(), 1u);
    EXPECT_EQ(report->damage[0].damage.id, first->root.id);
    EXPECT_EQ(report->damage[0].documents, std::vector<std::string>{at("song", *first->id)});
    EXPECT_FALSE(store.verify("song")->ok());
    EXPECT_TRUE(store.verify("other")->ok());
  }
  EXPECT_EQ(store.load("song~1").error().code(), ErrorCode::corrupt);
  EXPECT_EQ(*store.load("song"), test::with_pitch(value, 0, 999)) << "what is whole is there";
  EXPECT_EQ(store.compact().error().code(), ErrorCode::corrupt) << "nothing is dropped over damage";
  hooked->plant(first->root.id, *backend_->get(std::span(&first->root.id, 1))->front());
  hooked->plant(*second->id, Bytes{1, 2, 3});
  const auto report = store.verify();
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  ASSERT_EQ(report->damage.size(), 1u);
  EXPECT_EQ(report->damage[0].documents, std::vector<std::string>{at("song", *second->id)});
}

}  // namespace
}  // namespace stet
