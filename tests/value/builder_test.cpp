#include "stet/value/builder.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "support/seed.hpp"
#include "value/random_value.hpp"

namespace stet {
namespace {

TEST(ValueBuilder, MakesWhatTheConstructorsMake) {
  ValueBuilder builder;
  builder.begin_map(kUnknownCount);
  builder.key("list");
  builder.begin_list(3);
  builder.integer(1);
  builder.floating(1.0);
  builder.text("a text that is longer than a cell");
  builder.end_list();
  builder.key("a");
  builder.null();
  ASSERT_TRUE(builder.end_map());
  const Value built = builder.finish();
  EXPECT_EQ(built,
            Value::map({{"a", nullptr},
                        {"list", Value::list({1, 1.0, "a text that is longer than a cell"})}}));
  EXPECT_EQ((*built.members().begin()).key, "a");
}

TEST(ValueBuilder, SaysWhichKeyIsThereTwice) {
  ValueBuilder builder;
  builder.begin_map(2);
  for (const char* key : {"b", "a", "b"}) {
    builder.key(key);
    builder.null();
  }
  EXPECT_FALSE(builder.end_map());
  EXPECT_EQ(builder.duplicate_key(), "b");
  builder.reset();
  builder.integer(7);
  EXPECT_EQ(builder.finish(), Value(7));
}

// Events of a value, with the members of maps in a random order.
void feed(ValueBuilder& builder, ValueRef value, std::mt19937_64& random, bool sorted) {
  switch (value.kind()) {
    case Kind::null:
      return builder.null();
    case Kind::boolean:
      return builder.boolean(*value.to_bool());
    case Kind::integer:
      return value.to_negative() ? builder.negative_integer(*value.to_negative())
                                 : builder.integer(*value.to_uint64());
    case Kind::floating:
      return builder.floating(*value.to_double());
    case Kind::text:
      return builder.text(*value.to_text());
    case Kind::bytes:
      return builder.bytes(*value.to_bytes());
    case Kind::link:
      return builder.link(*value.link_bytes());
    case Kind::list:
      if (random() % 16 == 0) return builder.value(value.to_value());
      builder.begin_list(value.size());
      for (const ValueRef item : value.items()) feed(builder, item, random, sorted);
      return builder.end_list();
    case Kind::map: {
      std::vector<Member> members;
      for (const Member member : value.members()) members.push_back(member);
      if (!sorted && random() % 2 == 0) std::shuffle(members.begin(), members.end(), random);
      builder.begin_map(value.size());
      for (const Member& member : members) {
        builder.key(member.key);
        feed(builder, member.value, random, sorted);
      }
      if (sorted) return builder.end_sorted_map();
      ASSERT_TRUE(builder.end_map());
    }
  }
}

TEST(ValueBuilder, MakesRandomValuesAgain) {
  const std::uint64_t seed = test::first_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  ValueBuilder builder;
  for (int round = 0; round < 300; ++round) {
    const Value value = test::random_value(random, 1 + random() % 3000);
    feed(builder, value, random, round % 2 == 0);
    const Value built = builder.finish();
    ASSERT_EQ(built, value);
    ASSERT_EQ(built.hash(), value.hash());
    test::check_form(built);
  }
}

// Keys from pools of several sizes: few shapes that come again, more than are learned, and more
// first keys than are told apart. Some maps have a key twice.
TEST(ValueBuilder, MakesMapsWhoseMembersComeAndGo) {
  constexpr int kMaps = 3000;
  const std::uint64_t seed = 20;
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  ValueBuilder builder;
  for (const unsigned pool : {5u, 40u, 5000u}) {
    for (int made = 0; made < kMaps; ++made) {
      Value expected = Value::empty_map();
      std::optional<std::string> twice;
      builder.begin_list(1);
      builder.begin_map(kUnknownCount);
      for (std::size_t members = random() % 8; members > 0 && !twice; --members) {
        const std::string key = "key " + std::to_string(random() % pool * 7919);
        if (expected.member(key)) twice = key;
        builder.key(key);
        builder.integer(members);
        expected = expected.with_member(key, Value(members));
      }
      const bool is_map = builder.end_map();
      ASSERT_EQ(is_map, !twice);
      if (twice) {
        EXPECT_EQ(builder.duplicate_key(), *twice);
        builder.reset();
        continue;
      }
      builder.end_list();
      ASSERT_EQ(builder.finish(), Value::list({expected}));
    }
  }
}

TEST(ValueBuilder, MakesListsAndMapsOfManySizes) {
  ValueBuilder builder;
  for (const std::size_t size :
       {0u, 1u, 31u, 32u, 33u, 64u, 65u, 511u, 512u, 513u, 1025u, 70000u}) {
    builder.begin_list(size);
    for (std::size_t i = 0; i < size; ++i) builder.integer(i);
    builder.end_list();
    const Value list = builder.finish();
    test::check_form(list);
    ASSERT_EQ(list.size(), size);
    std::uint64_t expected = 0;
    for (const ValueRef item : list.items()) ASSERT_EQ(item.to_uint64(), expected++);
    ASSERT_EQ(expected, size);

    builder.begin_map(size);
    for (std::size_t i = size; i-- > 0;) {
      builder.key("a rather long key number " + std::to_string(i));
      builder.integer(i);
    }
    ASSERT_TRUE(builder.end_map());
    const Value map = builder.finish();
    test::check_form(map);
    ASSERT_EQ(map.size(), size);
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(map.member("a rather long key number " + std::to_string(i)), Value(i));
    }
  }
}

// Of containers, numbers, or both: leaves are made while a list grows, and where slabs end.
TEST(ValueBuilder, MakesListsOfContainersOfManySizes) {
  ValueBuilder builder;
  for (std::size_t size = 0; size < 300; ++size) {
    for (const std::size_t every : {1u, 2u, 3u, 5u, 32u, 33u, 64u, 65u}) {
      builder.begin_list(kUnknownCount);
      for (std::size_t i = 0; i < size; ++i) {
        if (i % every == 0) builder.begin_list(1);
        builder.integer(i);
        if (i % every == 0) builder.end_list();
      }
      builder.end_list();
      const Value list = builder.finish();
      test::check_form(list);
      ASSERT_EQ(list.size(), size) << every;
      for (std::size_t i = 0; i < size; ++i) {
        const Value item = *list.item(i);
        ASSERT_EQ(i % every == 0 ? *item.item(0) : item, Value(i)) << size << ' ' << every;
      }
    }
  }
}

TEST(ValueBuilder, KeepsALeafOfALargeDocumentCheaply) {
  ValueBuilder builder;
  builder.begin_map(1);
  builder.key("notes");
  builder.begin_list(kUnknownCount);
  for (int i = 0; i < 100'000; ++i) {
    builder.begin_map(3);
    builder.key("pitch");
    builder.integer(60);
    builder.key("text of a note");
    builder.text("long enough to lie outside of its cell");
    builder.key("z");
    builder.begin_list(2);
    builder.integer(1);
    builder.integer(2);
    builder.end_list();
    ASSERT_TRUE(builder.end_map());
  }
  builder.end_list();
  ASSERT_TRUE(builder.end_map());
  const Value document = builder.finish();
  const Value note = *document.member("notes")->item(50'000);
  EXPECT_LT(note.memory_bytes(), 40'000u);
  EXPECT_GT(document.memory_bytes(), 5'000'000u);
}

TEST(ListBuilder, JoinsListsOfAllSizes) {
  const std::uint64_t seed = test::first_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 100; ++round) {
    ListBuilder builder;
    std::uint64_t next = 0;
    for (int part = 0; part < 40; ++part) {
      if (random() % 3 == 0) {
        builder.append(next++);
        continue;
      }
      ListBuilder inner;
      for (std::size_t i = random() % (random() % 8 == 0 ? 3000 : 50); i > 0; --i) {
        inner.append(next++);
      }
      builder.append_list(inner.build());
    }
    ASSERT_EQ(builder.size(), next);
    const Value list = builder.build();
    test::check_form(list);
    std::uint64_t expected = 0;
    for (const ValueRef item : list.items()) ASSERT_EQ(item.to_uint64(), expected++);
    ASSERT_EQ(expected, next);
  }
}

TEST(MapBuilder, JoinsMapsAndReplacesKeys) {
  const auto key = [](int i) { return "key" + std::to_string(100'000 + i); };
  MapBuilder builder;
  std::map<std::string, int> model;
  for (int part = 0; part < 50; ++part) {
    MapBuilder inner;
    for (int i = 0; i < part * 3; ++i) {
      inner.set(key(part * 1000 + i), i);
      model[key(part * 1000 + i)] = i;
    }
    builder.append_sorted(inner.build());
    builder.set(key(part * 700), -1);
    model[key(part * 700)] = -1;
  }
  const Value map = builder.build();
  test::check_form(map);
  ASSERT_EQ(map.size(), model.size());
  auto expected = model.begin();
  for (const Member member : map.members()) {
    ASSERT_EQ(member.key, expected->first);
    ASSERT_EQ(member.value.to_int64(), expected->second);
    ++expected;
  }
}

}  // namespace
}  // namespace stet
