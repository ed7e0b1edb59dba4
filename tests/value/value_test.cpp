#include "stet/value/value.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "stet/value.hpp"
#include "stet/value/utf8.hpp"
#include "value/random_value.hpp"

namespace stet {
namespace {

TEST(Value, IsSixteenBytesAndNullAtFirst) {
  EXPECT_EQ(sizeof(Value), 16u);
  EXPECT_TRUE(Value().is_null());
  EXPECT_EQ(Value(), Value(nullptr));
}

TEST(Value, KeepsIntegersOfTheWholeRange) {
  const Value least = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(least.to_int64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(least.to_uint64(), std::nullopt);
  EXPECT_EQ(least.ref().to_negative(), (std::uint64_t{1} << 63) - 1);
  EXPECT_EQ(least, Value::negative_integer((std::uint64_t{1} << 63) - 1));
  const Value most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(most.to_int64(), std::nullopt);
  EXPECT_EQ(most.to_uint64(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(Value(std::int8_t{-1}).to_int64(), -1);
  EXPECT_EQ(Value(std::uint8_t{255}).to_int64(), 255);
}

TEST(Value, RefusesWhatTheModelCantHold) {
  EXPECT_THROW(Value(std::nan("")), UnserializableError);
  EXPECT_EQ(Value::number(INFINITY).error().code(), ErrorCode::unserializable);
  EXPECT_THROW(Value("\xff"), InvalidError);
  EXPECT_EQ(Value::text("ab\xc3").error().context().offset, 2u);
  EXPECT_THROW(Value::map({{"\xff", 1}}), InvalidError);
}

TEST(Value, KeepsTextsAndBytesOfAllSizes) {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string text(size, 't');
    const Value value(text);
    EXPECT_EQ(value.to_text(), text);
    EXPECT_EQ(value.to_bytes(), std::nullopt);
    const Value bytes = Value::bytes(as_bytes(text));
    EXPECT_EQ(as_text(*bytes.to_bytes()), text);
    EXPECT_EQ(bytes.to_text(), std::nullopt);
    EXPECT_NE(bytes, value);
    const Value copy = value;
    EXPECT_EQ(copy, value);
  }
  const std::string zeros("a\0b", 3);
  EXPECT_EQ(Value(zeros).to_text(), zeros);
}

TEST(Value, KeepsLinks) {
  const Cid cid = Cid::of(id_of(as_bytes("x")));
  const Value link = Value::link(cid);
  EXPECT_EQ(link.kind(), Kind::link);
  EXPECT_EQ(link.to_link(), cid);
  EXPECT_EQ(Value("x").to_link(), std::nullopt);
}

TEST(Value, TellsNumbersApartThatAreDifferentDocuments) {
  EXPECT_NE(Value(1), Value(1.0));
  EXPECT_NE(Value(0.0), Value(-0.0));
  EXPECT_NE(Value(0), Value(false));
  EXPECT_NE(Value(false), Value(nullptr));
  EXPECT_NE(Value(true), Value(false));
  EXPECT_EQ(Value(true).to_bool(), true);
  EXPECT_EQ(Value(false).to_bool(), false);
  EXPECT_EQ(Value(0).to_bool(), std::nullopt);
}

TEST(Value, IsOrderedTotally) {
  const std::vector<Value> ascending = {nullptr,
                                        false,
                                        true,
                                        std::numeric_limits<std::int64_t>::min(),
                                        -2,
                                        -1,
                                        0,
                                        1,
                                        std::numeric_limits<std::uint64_t>::max(),
                                        -1e300,
                                        -0.5,
                                        -0.0,
                                        0.0,
                                        1e-300,
                                        7.0,
                                        "",
                                        "a",
                                        "aa",
                                        "b",
                                        "b text that is longer than a cell",
                                        Value::bytes({}),
                                        Value::empty_list(),
                                        Value::list({1}),
                                        Value::list({1, 0}),
                                        Value::list({2}),
                                        Value::empty_map(),
                                        Value::map({{"b", 1}}),
                                        Value::map({{"b", 2}}),
                                        Value::map({{"aa", 0}})};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(ascending[i] <=> ascending[j], i <=> j) << i << " " << j;
      EXPECT_EQ(ascending[i] == ascending[j], i == j) << i << " " << j;
    }
  }
}

TEST(Value, EqualsAndHashesWhateverTheShapeOfItsTrees) {
  ListBuilder built;
  Value pushed = Value::empty_list();
  for (int i = 0; i < 3000; ++i) {
    built.append(i);
    pushed = std::move(pushed).insert_item(0, 2999 - i);
  }
  const Value list = built.build();
  EXPECT_EQ(list, pushed);
  EXPECT_EQ(list.hash(), pushed.hash());
  EXPECT_EQ(list <=> pushed, std::strong_ordering::equal);
  EXPECT_FALSE(list.same_node(pushed));
  EXPECT_TRUE(list.same_node(Value(list)));
  EXPECT_NE(list, pushed.with_item(1500, 0));
}

TEST(Value, GivesNothingWhereNothingIs) {
  const Value list = Value::list({1});
  EXPECT_EQ(list.item(1), std::nullopt);
  EXPECT_EQ(list.member("a"), std::nullopt);
  EXPECT_EQ(Value(5).size(), 0u);
  EXPECT_TRUE(Value(5).items().empty());
  EXPECT_TRUE(list.members().empty());
  EXPECT_EQ(Value::empty_map().member(""), std::nullopt);
  EXPECT_EQ(Value::map({{"", 1}}).member(""), Value(1));
}

TEST(Value, OrdersKeysByLengthFirst) {
  const Value map = Value::map({{"aaa", 1}, {"b", 2}, {"", 3}, {"a", 4}, {"b", 5}});
  std::string keys;
  for (const Member member : map.members()) keys += std::string(member.key) + ",";
  EXPECT_EQ(keys, ",a,b,aaa,");
  EXPECT_EQ(map.member("b"), Value(5));
}

TEST(Value, ViewsOfShortTextsLiveAsLongAsTheirContainer) {
  const Value list = Value::list({"one", "two", "a text that is longer than a cell"});
  std::vector<std::string_view> texts;
  for (const ValueRef item : list.items()) texts.push_back(*item.to_text());
  const Value moved = list;
  EXPECT_EQ(texts,
            (std::vector<std::string_view>{"one", "two", "a text that is longer than a cell"}));
}

TEST(Value, CountsSharedPartsOnce) {
  const Value text = std::string(1000, 'x');
  const Value once = Value::list({text});
  const Value twice = Value::list({text, text});
  EXPECT_GT(once.memory_bytes(), 1000u);
  EXPECT_LT(twice.memory_bytes(), once.memory_bytes() + 100);
}

TEST(Utf8, AcceptsScalarValuesOnly) {
  for (const char* good : {"", "a", "é", "€", "𝄞", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xf4\x8f\xbf\xbf", "a long ASCII text and then é"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const char* bad :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9d\x84",
        "a long ASCII text and then \xc3", "0123456\xff", "01234567\xff", "012345678\xff"}) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
  std::string long_text(100, 'a');
  long_text[70] = '\x80';
  EXPECT_EQ(valid_utf8_prefix(long_text), 70u);
}

}  // namespace
}  // namespace stet
