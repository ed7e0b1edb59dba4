#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>

#include "stet/value.hpp"
#include "support/seed.hpp"
#include "value/random_value.hpp"

namespace stet {
namespace {

using Model = std::vector<std::uint64_t>;

void check_list(const Value& list, const Model& model) {
  test::check_form(list);
  ASSERT_EQ(list.size(), model.size());
  std::size_t i = 0;
  for (const ValueRef item : list.items()) ASSERT_EQ(item.to_uint64(), model[i++]);
  ASSERT_EQ(i, model.size());
}

// Grows to some size and shrinks again, so that trees of all heights are made and unmade.
void edit_randomly(std::mt19937_64& random, std::size_t most, bool keep_old) {
  Value list = Value::empty_list();
  Model model;
  std::vector<std::pair<Value, Model>> old;
  bool growing = true;
  for (std::size_t edit = 0; edit < most * 4; ++edit) {
    const auto choice = random() % 8;
    if (model.empty() || choice < (growing ? 5u : 1u)) {
      const std::size_t at = random() % 3 == 0 ? model.size() : random() % (model.size() + 1);
      list = std::move(list).insert_item(at, edit);
      model.insert(model.begin() + static_cast<std::ptrdiff_t>(at), edit);
    } else if (choice < 6) {
      const std::size_t at = random() % model.size();
      list = std::move(list).without_item(at);
      model.erase(model.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      const std::size_t at = random() % model.size();
      list = std::move(list).with_item(at, edit);
      model[at] = edit;
      ASSERT_EQ(list.item(at), Value(edit));
    }
    if (model.size() >= most) growing = false;
    if (keep_old && random() % (most / 4 + 1) == 0) old.emplace_back(list, model);
    if (random() % (most / 8 + 1) == 0) check_list(list, model);
    if (!growing && model.empty()) break;
  }
  check_list(list, model);
  for (const auto& [value, items] : old) check_list(value, items);
}

TEST(ListEdits, AgreeWithAVectorAndLeaveOldListsAlone) {
  const std::uint64_t seed = test::first_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (const std::size_t most : {5u, 40u, 70u, 300u, 3000u}) {
    edit_randomly(random, most, true);
    edit_randomly(random, most, false);
  }
}

TEST(ListEdits, KeepTheTreeShallow) {
  Value list = Value::empty_list();
  for (int i = 0; i < 100'000; ++i) list = std::move(list).append(i);
  EXPECT_LE(detail::node_of(list.cell())->height, 5);
  // Filled, not half empty: appended items stay in full leaves.
  EXPECT_LT(list.memory_bytes(), 100'000u * 20);
  for (int i = 0; i < 99'000; ++i) list = std::move(list).without_item(list.size() / 2);
  test::check_form(list);
  EXPECT_LE(detail::node_of(list.cell())->height, 4);
}

struct MapOrder {
  bool operator()(const std::string& a, const std::string& b) const {
    return detail::compare_keys(a, b) < 0;
  }
};

TEST(MapEdits, AgreeWithAMap) {
  const std::uint64_t seed = test::first_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (const std::size_t keys : {4u, 60u, 500u, 5000u}) {
    Value map = Value::empty_map();
    std::map<std::string, std::uint64_t, MapOrder> model;
    Value old = map;
    auto old_model = model;
    for (std::size_t edit = 0; edit < keys * 6; ++edit) {
      std::string key = std::to_string(random() % keys);
      if (random() % 2 == 0) key += " with a long tail";
      const bool removes = random() % 8 < (edit < keys * 3 ? 2u : 6u);
      if (removes) {
        map = std::move(map).without_member(key);
        model.erase(key);
      } else {
        map = std::move(map).with_member(key, edit);
        model[key] = edit;
      }
      if (edit == keys) {
        old = map;
        old_model = model;
      }
      if (random() % (keys / 2 + 1) == 0) test::check_form(map);
    }
    for (const auto& [value, members] : {std::pair(map, model), std::pair(old, old_model)}) {
      test::check_form(value);
      ASSERT_EQ(value.size(), members.size());
      auto expected = members.begin();
      for (const Member member : value.members()) {
        ASSERT_EQ(member.key, expected->first);
        ASSERT_EQ(member.value.to_uint64(), expected->second);
        ++expected;
      }
    }
  }
}

TEST(Edits, OfAnUnsharedValueHappenInPlace) {
  Value list = Value::empty_list();
  for (int i = 0; i < 10'000; ++i) list = std::move(list).append(i);
  const detail::Node* root = detail::node_of(list.cell());
  list = std::move(list).with_item(5000, "x");
  EXPECT_EQ(detail::node_of(list.cell()), root);
  const Value shared = list;
  list = std::move(list).with_item(5000, "y");
  EXPECT_NE(detail::node_of(list.cell()), root);
  EXPECT_EQ(shared.item(5000), Value("x"));
}

TEST(Edits, ByPathHappenInPlaceToo) {
  Value document = Value::map({{"a", Value::list({Value::map({{"b", 1}})})}});
  const Path path = Path::parse("/a/0/b").value();
  document = document.with(path, 2).value();  // what a literal shares is copied once
  const detail::Node* inner = detail::node_of(document.at(path.parent()).value().cell());
  document = std::move(document).with(path, 3).value();
  EXPECT_EQ(detail::node_of(document.at(path.parent()).value().cell()), inner);
  EXPECT_EQ(document.at(path).value(), Value(3));
}

TEST(Edits, ByPathSayWhereTheyFail) {
  const Value document = Value::map({{"a", Value::list({1})}});
  const auto failure = [&](const char* path) {
    const auto result = document.with(Path::parse(path).value(), 1);
    EXPECT_FALSE(result.ok()) << path;
    return std::pair(result.error().code(), result.error().context().path);
  };
  EXPECT_EQ(failure("/b/c"), std::pair(ErrorCode::not_found, std::string("/b")));
  EXPECT_EQ(failure("/a/1"), std::pair(ErrorCode::not_found, std::string("/a/1")));
  EXPECT_EQ(failure("/a/x"), std::pair(ErrorCode::invalid, std::string("/a/x")));
  EXPECT_EQ(failure("/a/0/x"), std::pair(ErrorCode::invalid, std::string("/a/0/x")));
  EXPECT_EQ(document.at(Path::parse("/a/-").value()).error().code(), ErrorCode::not_found);
  EXPECT_EQ(document.with(Path::parse("/a/-").value(), 2).value(),
            Value::map({{"a", Value::list({1, 2})}}));
  EXPECT_EQ(document.with(Path(), 2).value(), Value(2));
}

TEST(Sharing, HandlesMayBeCopiedAndDroppedByManyThreads) {
  std::mt19937_64 random(11);
  const Value document = Value::list({test::random_value(random, 3000)});
  const std::size_t hash = document.hash();
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&document, thread] {
      std::mt19937_64 own(thread);
      Value mine = document;
      for (int round = 0; round < 300; ++round) {
        mine = std::move(mine).append(*mine.item(own() % mine.size()));
        if (own() % 4 == 0) mine = std::move(mine).without_item(own() % mine.size());
        if (own() % 16 == 0 || mine.size() == 0) mine = document;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(document.hash(), hash);
  test::check_form(document);
}

}  // namespace
}  // namespace stet
