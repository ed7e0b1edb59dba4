#include "stet/value/changes.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <functional>
#include <random>
#include <utility>

#include "stet/value/patch.hpp"
#include "support/seed.hpp"
#include "value/gaps.hpp"
#include "value/random_value.hpp"

namespace stet {
namespace {

std::mt19937_64 seeded(testing::Message& message) {
  const std::uint64_t seed = test::first_seed();
  message << "seed " << seed;
  return std::mt19937_64(seed);
}

Value numbers(std::size_t size) {
  ListBuilder builder;
  for (std::size_t i = 0; i < size; ++i) builder.append(i);
  return builder.build();
}

// The list that the changes make of `before`, taking new items from `after`.
void check_list_changes(const Value& before, const Value& after) {
  const auto changes = list_changes(before, after);
  std::size_t i = 0, j = 0;
  for (const ListChange& change : changes) {
    ASSERT_TRUE(change.before_begin < change.before_end || change.after_begin < change.after_end);
    ASSERT_EQ(change.before_begin - i, change.after_begin - j);
    for (; i < change.before_begin; ++i, ++j) ASSERT_EQ(before.item(i), after.item(j));
    i = change.before_end;
    j = change.after_end;
  }
  ASSERT_EQ(before.size() - i, after.size() - j);
  for (; i < before.size(); ++i, ++j) ASSERT_EQ(before.item(i), after.item(j));
}

Value edited(Value list, std::size_t edits, std::mt19937_64& random) {
  for (std::size_t i = 0; i < edits; ++i) {
    const std::size_t size = list.size();
    if (size == 0 || random() % 3 == 0) {
      list = list.insert_item(random() % (size + 1), random() % 50);
    } else if (random() % 2 == 0) {
      list = list.with_item(random() % size, random() % 50);
    } else {
      list = list.without_item(random() % size);
    }
  }
  return list;
}

TEST(ListChanges, CoverAllThatDiffers) {
  testing::Message seed;
  std::mt19937_64 random = seeded(seed);
  SCOPED_TRACE(seed);
  for (int round = 0; round < 300; ++round) {
    const Value before = edited(numbers(random() % 600), random() % 20, random);
    check_list_changes(before, edited(before, random() % 12, random));
    // The same items in other nodes, and lists that have little in common.
    check_list_changes(edited(numbers(random() % 300), 30, random),
                       edited(numbers(random() % 300), 30, random));
  }
}

TEST(ListChanges, OfUnrelatedListsStayBounded) {
  std::mt19937_64 random(7);
  ListBuilder a, b;
  for (int i = 0; i < 20'000; ++i) {
    a.append(random() % 1000);
    b.append(random() % 1000);
  }
  check_list_changes(a.build(), b.build());
}

TEST(ListChanges, FindTheItemsThatStayedInALongReorderedList) {
  ListBuilder a, b;
  for (int i = 0; i < 5000; ++i) a.append(i);
  for (int i = 0; i < 5000; ++i) b.append(i % 2 == 0 ? i : 100'000 + i);
  const Value before = a.build(), after = b.build();
  check_list_changes(before, after);
  EXPECT_EQ(list_changes(before, after).size(), 2500u);
}

TEST(ListChanges, OfAFewEditsLookAtFewNodes) {
  testing::Message seed;
  std::mt19937_64 random = seeded(seed);
  SCOPED_TRACE(seed);
  const Value before = numbers(100'000);
  for (int round = 0; round < 200; ++round) {
    Value after = before;
    constexpr int kEdits = 5;
    for (int edit = 0; edit < kEdits; ++edit) {
      const std::size_t at = random() % after.size();
      switch (random() % 4) {
        case 0:
          after = after.with_item(at, "x");
          break;
        case 1:
          after = after.without_item(at);
          break;
        case 2:
          after = after.insert_item(at, "y");
          break;
        default:  // a run
          for (int i = 0; i < 40; ++i) after = after.insert_item(at, i);
      }
    }
    detail::GapCosts costs;
    const auto gaps = detail::unshared_gaps(before, after, &costs);
    ASSERT_LE(gaps.size(), 5u * kEdits);
    ASSERT_LE(costs.nodes, 250u * kEdits);
    check_list_changes(before, after);
  }
}

// Lists of 20 lists, in which the fourth and the eighth have one item changed each.
std::pair<Value, Value> lists_edited_twice(std::size_t items_each) {
  ListBuilder builder;
  for (int i = 0; i < 20; ++i) builder.append(numbers(items_each).with_item(0, -i));
  const Value before = builder.build();
  Value after = before;
  for (const std::size_t list : {4u, 8u}) {
    after = after.with_item(list, after.item(list)->with_item(items_each / 2, "edited"));
  }
  return {before, after};
}

// That they are found without reading the lists whole is for the bench to show (diff/…).
TEST(ListChanges, OfTwoEditedItemsAreTwo) {
  const auto [before, after] = lists_edited_twice(50'000);
  EXPECT_EQ(list_changes(before, after).size(), 2u);
}

TEST(ListChanges, OfTwoNeighboursAreOne) {
  const Value before = lists_edited_twice(5'000).first;
  Value after = before;
  for (const std::size_t item : {4u, 5u}) {
    after = after.with_item(item, after.item(item)->with_item(7, "edited"));
  }
  EXPECT_EQ(list_changes(before, after).size(), 1u);
}

TEST(ListChanges, SeeThatAFrontInsertionIsOneItem) {
  const Value before = numbers(100'000);
  const Value after = before.insert_item(0, "first");
  const auto changes = list_changes(before, after);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].before_begin, 0u);
  EXPECT_EQ(changes[0].before_end, 0u);
  EXPECT_EQ(changes[0].after_end, 1u);
}

TEST(MapChanges, AreTheKeysThatDiffer) {
  testing::Message seed;
  std::mt19937_64 random = seeded(seed);
  SCOPED_TRACE(seed);
  for (int round = 0; round < 200; ++round) {
    Value before = Value::empty_map();
    const std::size_t keys = 1 + random() % 2000;
    for (std::size_t i = 0; i < keys; ++i) {
      before = std::move(before).with_member(std::to_string(random() % 3000), random() % 5);
    }
    Value after = before;
    for (std::size_t i = random() % 10; i > 0; --i) {
      const std::string key = std::to_string(random() % 3000);
      after = random() % 2 == 0 ? after.without_member(key) : after.with_member(key, random() % 5);
    }
    std::size_t differing = 0;
    for (int i = 0; i < 3000; ++i) {
      const std::string key = std::to_string(i);
      if (before.member(key) != after.member(key)) ++differing;
    }
    const auto changes = map_changes(before, after);
    ASSERT_EQ(changes.size(), differing);
    for (const MemberChange& change : changes) {
      ASSERT_EQ(change.in_before, before.member(change.key).has_value());
      ASSERT_EQ(change.in_after, after.member(change.key).has_value());
      ASSERT_NE(before.member(change.key), after.member(change.key));
    }
  }
}

}  // namespace
}  // namespace stet
