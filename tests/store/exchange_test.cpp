// Archives and backups: what goes elsewhere arrives with the same ids.
#include "store/stores.hpp"

namespace stet {
namespace {

Store new_store(const test::World& world) { return Store::over(memory_backend(), world.options()); }

class Exchange : public testing::Test {
 protected:
  void save_versions(const std::string& name, int count) {
    Value value = test::song(900);
    for (int i = 0; i < count; ++i) {
      world_.clock->advance(1000);
      value = test::with_pitch(value, static_cast<std::size_t>(i * 7), 1000 + i);
      ASSERT_TRUE(here_.save(name, value, {.message = std::to_string(i)}).ok());
    }
  }
  std::vector<Id> ids(Store& store, std::string_view spec) {
    std::vector<Id> found;
    for (const VersionInfo& version : test::log_of(store, spec)) found.push_back(version.id);
    return found;
  }
  Bytes exported(const std::vector<std::string>& specs, bool history) {
    auto archive = here_.export_car(specs, {.history = history});
    EXPECT_TRUE(archive.ok()) << archive.error().to_string();
    return *archive;
  }
  void expect_whole(Store& store) {
    const auto report = store.verify();
    ASSERT_TRUE(report.ok()) << report.error().to_string();
    for (const auto& entry : report->damage) ADD_FAILURE() << entry.damage.message;
  }

  test::World world_;
  Store here_ = new_store(world_);
  Store there_ = new_store(world_);
};

TEST_F(Exchange, AnArchiveWithHistoryGivesTheSameDocumentsWithTheSameIds) {
  save_versions("music/song", 12);
  const std::string text = "[1]";
  ASSERT_TRUE(
      here_.save("b", Value::list({Value(1)}), {.source = KeptSource{as_bytes(text), "json"}})
          .ok());
  const Bytes archive = exported({"music/song", "b"}, true);
  const auto imported = there_.import_car(archive, {});
  ASSERT_TRUE(imported.ok()) << imported.error().to_string();
  EXPECT_EQ(imported->documents, (std::vector<std::string>{"music/song", "b"}));
  EXPECT_EQ(imported->blocks_unused, 0u);
  EXPECT_EQ(ids(there_, "music/song"), ids(here_, "music/song"));
  EXPECT_EQ(*there_.load("music/song~5"), *here_.load("music/song~5"));
  EXPECT_EQ(as_text(*there_.load_source("b")), text);
  expect_whole(there_);
  const auto again = there_.import_car(archive, {});
  ASSERT_TRUE(again.ok()) << again.error().to_string();
  EXPECT_EQ(again->blocks_unused, 0u) << "they are held, if not by this import";
  EXPECT_EQ(ids(there_, "music/song").size(), 12u);
}

TEST_F(Exchange, BlocksOfAnUpdateThatWereHereAlreadyAreNotCalledUnused) {
  save_versions("song", 3);
  ASSERT_TRUE(there_.import_car(exported({"song"}, true), {}).ok());
  save_versions("song", 3);
  const auto imported = there_.import_car(exported({"song"}, true), {});
  ASSERT_TRUE(imported.ok()) << imported.error().to_string();
  EXPECT_EQ(imported->blocks_unused, 0u);
}

TEST_F(Exchange, TheCostOfManyDocumentsAtOnceGrowsWithTheirNumber) {
  const auto refs_read = [&](std::size_t documents) {
    const auto source = std::make_shared<test::HookedBackend>(memory_backend());
    const auto target = std::make_shared<test::HookedBackend>(memory_backend());
    Store from = Store::over(source, world_.options());
    std::vector<std::string> names;
    for (std::size_t i = 0; i < documents; ++i) names.push_back("d" + std::to_string(i));
    const auto saved = from.transact([&](Transaction& transaction) -> Result<void> {
      for (const std::string& name : names) STET_CHECK(transaction.save(name, Value(name)));
      return {};
    });
    EXPECT_TRUE(saved.ok());
    const std::uint64_t by_transaction = source->refs_read();
    const Bytes archive = *from.export_car(names, {.history = true});
    EXPECT_TRUE(Store::over(target, world_.options()).import_car(archive, {}).ok());
    return std::pair(by_transaction, target->refs_read());
  };
  const auto few = refs_read(30);
  const auto many = refs_read(300);
  EXPECT_LE(many.first, 11 * few.first);
  EXPECT_LE(many.second, 11 * few.second);
}

TEST_F(Exchange, AnArchiveIsOneThatAnyReaderOfCarCanRead) {
  save_versions("song", 3);
  const auto archive = exported({"song"}, true);
  const auto read = car::read(archive);
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  ASSERT_EQ(read->roots.size(), 2u);
  EXPECT_EQ(read->roots[1], Cid::of(here_.show("song")->id));
  std::set<Cid> present;
  for (const car::Block& block : read->blocks) {
    EXPECT_TRUE(dag_cbor::decode(block.bytes).ok()) << block.cid.to_string();
    EXPECT_TRUE(present.insert(block.cid).second) << "a block stands once";
  }
  EXPECT_TRUE(present.contains(read->roots[0]));
}

TEST_F(Exchange, OneVersionComesWithoutItsHistoryAndGoesOnFromThere) {
  save_versions("song", 6);
  ASSERT_TRUE(there_.import_car(exported({"song~2"}, false), {}).ok());
  EXPECT_EQ(ids(there_, "song"), std::vector<Id>{here_.show("song~2")->id});
  EXPECT_EQ(there_.show("song~1").error().code(), ErrorCode::not_found);
  expect_whole(there_);
  ASSERT_TRUE(there_.import_car(exported({"song"}, true), {}).ok()) << "a newer one moves it on";
  EXPECT_EQ(ids(there_, "song").size(), 3u);
  EXPECT_EQ(there_.show("song")->id, here_.show("song")->id);
  expect_whole(there_);
  ASSERT_TRUE(there_.compact().ok());
  expect_whole(there_);
}

TEST_F(Exchange, ANameMayBeGivenAndAnOldArchiveChangesNothing) {
  save_versions("song", 3);
  const Bytes old = exported({"song"}, true);
  save_versions("song", 5);
  ASSERT_TRUE(there_.import_car(exported({"song"}, true), {.name = "other"}).ok());
  EXPECT_EQ(test::names_in(there_), std::vector<std::string>{"other"});
  ASSERT_TRUE(there_.import_car(old, {.name = "other"}).ok());
  EXPECT_EQ(there_.show("other")->id, here_.show("song")->id);
}

TEST_F(Exchange, AVersionOfItsOwnIsAConflictAndNothingIsImported) {
  save_versions("a", 2);
  save_versions("b", 2);
  ASSERT_TRUE(there_.save("b", Value("mine")).ok());
  const auto imported = there_.import_car(exported({"a", "b"}, true), {});
  ASSERT_FALSE(imported.ok());
  EXPECT_EQ(imported.error().code(), ErrorCode::conflict);
  EXPECT_EQ(imported.error().context().document, "b");
  EXPECT_EQ(test::names_in(there_), std::vector<std::string>{"b"});
}

TEST_F(Exchange, APrunedHistoryTravelsWithItsBoundary) {
  save_versions("song", 10);
  ASSERT_TRUE(here_.pin("mark", "song~6").ok());
  ASSERT_TRUE(here_.prune("song", {.keep_last = 2}).ok());
  ASSERT_TRUE(here_.compact().ok());
  ASSERT_TRUE(there_.import_car(exported({"song"}, true), {}).ok());
  EXPECT_EQ(ids(there_, "song"), ids(here_, "song"));
  EXPECT_EQ(ids(there_, "song").size(), 3u);
  expect_whole(there_);
  Store third = new_store(world_);
  ASSERT_TRUE(here_.backup_to(third).ok());
  EXPECT_EQ(ids(third, "song"), ids(here_, "song"));
  expect_whole(third);
}

TEST_F(Exchange, AnArchiveThatIsNotWholeIsRefusedAndNothingIsImported) {
  save_versions("song", 3);
  const Bytes archive = exported({"song"}, true);
  const auto read = car::read(archive);
  ASSERT_TRUE(read.ok());
  for (std::size_t left_out = 0; left_out < read->blocks.size(); ++left_out) {
    Bytes partial;
    car::append_header(read->roots, partial);
    for (std::size_t i = 0; i < read->blocks.size(); ++i) {
      if (i != left_out) car::append_block(read->blocks[i].cid, read->blocks[i].bytes, partial);
    }
    const auto imported = there_.import_car(partial, {});
    ASSERT_FALSE(imported.ok()) << left_out;
    EXPECT_EQ(imported.error().code(), ErrorCode::invalid) << imported.error().to_string();
    EXPECT_EQ(test::names_in(there_).size(), 0u);
  }
}

TEST_F(Exchange, ForeignRootsBecomeDocumentsAndLinksStayLinks) {
  const Bytes leaf = dag_cbor::encode(Value::map({{"leaf", Value(1)}}));
  const Bytes unused = dag_cbor::encode(Value("unused"));
  const Cid leaf_cid = Cid::of(id_of(leaf));
  const Value root_value =
      Value::map({{"twice", Value::list({Value::link(leaf_cid), Value::link(leaf_cid)})}});
  const Bytes root = dag_cbor::encode(root_value);
  const std::vector<Cid> roots = {Cid::of(id_of(root)), leaf_cid};
  Bytes archive;
  car::append_header(roots, archive);
  car::append_block(roots[0], root, archive);
  car::append_block(leaf_cid, leaf, archive);
  car::append_block(Cid::of(id_of(unused)), unused, archive);
  const auto imported = there_.import_car(archive, {.fallback_name = "thing"});
  ASSERT_TRUE(imported.ok()) << imported.error().to_string();
  EXPECT_EQ(imported->documents, (std::vector<std::string>{"thing", "thing-2"}));
  EXPECT_EQ(imported->blocks_unused, 1u);
  EXPECT_EQ(*there_.load("thing"), root_value);
  EXPECT_EQ(there_.show("thing")->version.root.id, id_of(root)) << "its id is the block's CID";
  const auto again = there_.import_car(archive, {.fallback_name = "thing"});
  EXPECT_EQ(again->documents, imported->documents) << "what is there already stays as it is";
  EXPECT_EQ(test::log_of(there_, "thing").size(), 1u);
  Store third = new_store(world_);
  ASSERT_TRUE(third.import_car(archive, {.name = "n", .adopt = true}).ok());
  const Value inner = Value::map({{"leaf", Value(1)}});
  EXPECT_EQ(*third.load("n"), Value::map({{"twice", Value::list({inner, inner})}}));
}

TEST_F(Exchange, AVersionOfANewerFormatIsRefusedAlsoWithoutAnIndex) {
  ASSERT_TRUE(here_.save("song", test::song(3)).ok());
  const auto info = here_.show("song");
  const Bytes content = dag_cbor::encode(*here_.load("song"));
  const Value known = *dag_cbor::decode(encode_version(info->version));
  const auto archive_of = [&](const Value& record) {
    const Bytes bytes = dag_cbor::encode(record);
    const Cid root = Cid::of(id_of(bytes));
    Bytes archive;
    car::append_header(std::span(&root, 1), archive);
    car::append_block(root, bytes, archive);
    car::append_block(Cid::of(id_of(content)), content, archive);
    return archive;
  };
  const auto refused =
      there_.import_car(archive_of(known.with_member("moon_phase", Value(1))), {.name = "n"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::newer_format);
  EXPECT_TRUE(test::names_in(there_).empty());
  ASSERT_TRUE(there_.import_car(archive_of(known), {.name = "n"}).ok());
  EXPECT_EQ(there_.show("n")->id, info->id);
  const Value foreign = Value::map({{"root", Value::link(Cid::of(id_of(content)))},
                                    {"kind", Value(7)},
                                    {"parents", Value::empty_list()}});
  ASSERT_TRUE(there_.import_car(archive_of(foreign), {.name = "foreign"}).ok());
  EXPECT_EQ(*there_.load("foreign"), foreign) << "which only looks a little like one";
}

TEST_F(Exchange, AdoptingLinksThatMultiplyStopsAtTheLimit) {
  Bytes archive, blocks;
  Bytes block = dag_cbor::encode(Value(1));
  Cid cid = Cid::of(id_of(block));
  car::append_block(cid, block, blocks);
  for (int level = 0; level < 60; ++level) {  // 10^60 values, if one believed it
    ListBuilder links;
    for (int i = 0; i < 10; ++i) links.append(Value::link(cid));
    block = dag_cbor::encode(links.build());
    cid = Cid::of(id_of(block));
    car::append_block(cid, block, blocks);
  }
  car::append_header(std::span(&cid, 1), archive);
  archive.insert(archive.end(), blocks.begin(), blocks.end());
  EXPECT_EQ(there_.import_car(archive, {.name = "n", .adopt = true}).error().code(),
            ErrorCode::too_large);
  EXPECT_TRUE(there_.import_car(archive, {.name = "n"}).ok());
}

TEST_F(Exchange, BackupSendsOnlyWhatIsMissing) {
  save_versions("song", 5);
  save_versions("other", 3);
  ASSERT_TRUE(here_.pin("mark", "song~3").ok());
  const auto first = here_.backup_to(there_);
  ASSERT_TRUE(first.ok()) << first.error().to_string();
  EXPECT_EQ(first->documents, 2u);
  EXPECT_EQ(first->versions, 8u);
  EXPECT_EQ(ids(there_, "song"), ids(here_, "song"));
  EXPECT_EQ(here_.backup_to(there_)->chunks, 0u);
  ASSERT_TRUE(here_.set("song", test::path("/title"), Value("later")).ok());
  const auto second = here_.backup_to(there_);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->documents, 1u);
  EXPECT_EQ(second->versions, 1u);
  EXPECT_LE(second->chunks, 14u);
  EXPECT_EQ(ids(there_, "song"), ids(here_, "song"));
  expect_whole(there_);
  ASSERT_TRUE(there_.prune("song", {.keep_last = 1}).ok());
  EXPECT_TRUE(there_.show("song~4").ok()) << "the pin came along";
  ASSERT_TRUE(there_.save("other", Value("mine")).ok());
  ASSERT_TRUE(here_.save("other", Value("theirs")).ok());
  const auto third = here_.backup_to(there_);
  EXPECT_EQ(third->diverged, std::vector<std::string>{"other"});
  EXPECT_EQ(*there_.load("other"), Value("mine"));
}

TEST_F(Exchange, WhatIsNoArchiveIsRefused) {
  EXPECT_EQ(there_.import_car(as_bytes("not a car"), {}).error().code(), ErrorCode::invalid);
  EXPECT_EQ(here_.export_car({}, {}).error().code(), ErrorCode::invalid);
  const std::vector<std::string> twice = {"a", "a"};
  ASSERT_TRUE(here_.save("a", Value(1)).ok());
  EXPECT_EQ(here_.export_car(twice, {}).error().code(), ErrorCode::invalid);
}

}  // namespace
}  // namespace stet
