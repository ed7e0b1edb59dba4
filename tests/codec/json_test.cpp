#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "codec/codec_help.hpp"
#include "stet/codec.hpp"

namespace stet {
namespace {

Result<Value> decode(std::string_view text, const DecodeLimits& limits = {}) {
  return decode_json(as_bytes(text), limits);
}

Value decoded(std::string_view text) {
  auto result = decode(text);
  EXPECT_TRUE(result.ok()) << text << ": " << result.error().to_string();
  return result.ok() ? *result : Value("decoding failed");
}

ErrorCode code_of(std::string_view text) {
  const auto result = decode(text);
  EXPECT_FALSE(result.ok()) << text;
  return result.ok() ? ErrorCode::internal : result.error().code();
}

TEST(Json, ReadsEveryKind) {
  EXPECT_EQ(decoded(" null "), Value(nullptr));
  EXPECT_EQ(decoded("true"), Value(true));
  EXPECT_EQ(decoded("false"), Value(false));
  EXPECT_EQ(decoded("\"\""), Value(""));
  EXPECT_EQ(decoded("[]"), Value::empty_list());
  EXPECT_EQ(decoded("{}"), Value::empty_map());
  EXPECT_EQ(decoded("[1,\t[ ],\n{ } ,\r\"a\"]"),
            Value::list({1, Value::empty_list(), Value::empty_map(), "a"}));
  EXPECT_EQ(decoded(R"({"b":1,"a":[{"c":null}]})"),
            Value::map({{"a", Value::list({Value::map({{"c", nullptr}})})}, {"b", 1}}));
}

TEST(Json, KeepsIntegersAndFloatsApart) {
  EXPECT_EQ(decoded("1"), Value(1));
  EXPECT_EQ(decoded("1.0"), Value(1.0));
  EXPECT_EQ(decoded("1e0"), Value(1.0));
  EXPECT_EQ(decoded("10E-1"), Value(1.0));
  EXPECT_EQ(decoded("0"), Value(0));
  EXPECT_EQ(decoded("-0"), Value(-0.0));
  EXPECT_EQ(decoded("-0.0"), Value(-0.0));
  EXPECT_EQ(decoded("-0e5"), Value(-0.0));
  EXPECT_EQ(decoded("0e-999999"), Value(0.0));
  EXPECT_NE(decoded("-0"), Value(0.0));
}

TEST(Json, IntegersAreExactToTheEndsOfTheirRange) {
  EXPECT_EQ(decoded("18446744073709551615"), Value(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_EQ(decoded("-9223372036854775808"), Value(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(decoded("9999999999999999999"), Value(std::uint64_t{9999999999999999999u}));
  EXPECT_EQ(decoded("-1"), Value(-1));
  for (const char* text : {"18446744073709551616", "-9223372036854775809", "99999999999999999999",
                           "-18446744073709551615", "100000000000000000000000000000"}) {
    EXPECT_EQ(code_of(text), ErrorCode::unserializable) << text;
  }
}

TEST(Json, DecimalsTakeTheNearestDouble) {
  EXPECT_EQ(decoded("0.1"), Value(0.1));
  EXPECT_EQ(decoded("9007199254740993.0"), Value(9007199254740992.0));  // ties to even
  EXPECT_EQ(decoded("9007199254740993.00000000000000000000000001"), Value(9007199254740994.0));
  EXPECT_EQ(decoded("2.2250738585072011e-308"), Value(2.2250738585072011e-308));
  EXPECT_EQ(decoded("1.7976931348623157e308"), Value(std::numeric_limits<double>::max()));
  EXPECT_EQ(decoded("5e-324"), Value(std::numeric_limits<double>::denorm_min()));
  EXPECT_EQ(decoded("2.4703282292062328e-324"), Value(std::numeric_limits<double>::denorm_min()));
  for (const char* text :
       {"1e309", "-1e400", "1.7976931348623159e308", "1e-400", "-1e-400", "2.4703282292062327e-324",
        "0.0000e1000000000000000000001e", "1e99999999999999999999"}) {
    EXPECT_FALSE(decode(text).ok()) << text;
  }
  EXPECT_EQ(code_of("1e309"), ErrorCode::unserializable);
  EXPECT_EQ(code_of("1e-400"), ErrorCode::unserializable);
}

TEST(Json, UnescapesStrings) {
  EXPECT_EQ(decoded(R"("\"\\\/\b\f\n\r\t")"), Value("\"\\/\b\f\n\r\t"));
  EXPECT_EQ(decoded(R"("\u0041\u00e9\u6c34\ud800\udd51")"), Value("Aé水𐅑"));
  EXPECT_EQ(decoded(R"("a\u0000b")"), Value(std::string_view("a\0b", 3)));
  EXPECT_EQ(decoded(R"({"\u0061":1})"), Value::map({{"a", 1}}));
  for (const char* text : {R"("\ud800")", R"("\ud800x")", R"("\udd51")", R"("\ud800\u0041")",
                           R"("\ud800\ud800\udd51")", R"("\x41")", R"("\u12")", R"("\u12g4")",
                           R"("\U0041")", "\"\\", R"({"\ud800":1})"}) {
    EXPECT_EQ(code_of(text), ErrorCode::invalid) << text;
  }
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const char* text : {"",          " ",          "\n\t",
                           "[",         "]",          "{",
                           "}",         "[1",         "[1,",
                           "[1,]",      "[,1]",       "[1 2]",
                           "[1]]",      "1 2",        "{\"a\"}",
                           "{\"a\":}",  "{\"a\":1,}", "{,}",
                           "{1:2}",     "{\"a\" 1}",  "{\"a\":1 \"b\":2}",
                           "{\"a\":1]", "[1}",        "{\"a\":1}}",
                           "nul",       "nulll",      "True",
                           "tru",       "NaN",        "Infinity",
                           "+1",        "01",         "-",
                           "-01",       ".5",         "1.",
                           "1.e3",      "1e",         "1e+",
                           "0x10",      "1a",         "1\"a\"",
                           "\"a\"1",    "\"a\"\"b\"", "true false",
                           "truefalse", "true\"\"",   "'a'",
                           "\"a",       "a",          "[\"a\":1]",
                           "// c\n1",   "1 // c",     "/**/1",
                           "\"\t\"",    "\"\x01\"",   "[1,2",
                           "{\"a\":",   ":",          ","}) {
    EXPECT_EQ(code_of(text), ErrorCode::invalid) << text;
  }
  EXPECT_EQ(code_of(std::string_view("1\0", 2)), ErrorCode::invalid);
  EXPECT_EQ(code_of(std::string_view("\0", 1)), ErrorCode::invalid);
}

TEST(Json, RefusesBadUtf8AndByteOrderMarks) {
  for (const char* text : {"\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xc0\xaf\"",
                           "\"\xf4\x90\x80\x80\"", "\xe9"}) {
    EXPECT_EQ(code_of(text), ErrorCode::invalid) << text;
  }
  const auto marked = decode("\xef\xbb\xbf{}");
  ASSERT_FALSE(marked.ok());
  EXPECT_NE(marked.error().message().find("byte order mark"), std::string::npos);
  EXPECT_EQ(code_of(std::string_view("\xff\xfe{\0}\0", 6)), ErrorCode::invalid);  // UTF-16
}

struct Place {
  const char* text;
  const char* place;
  std::uint64_t offset;
};

TEST(Json, ErrorsSayLineColumnAndOffset) {
  const Place places[] = {
      {"[1,\n 2,\n x]", "line 3, column 2", 9},
      {"[1, 01]", "line 1, column 5", 4},
      {"{\"é\": tru}", "line 1, column 7", 7},  // columns are characters, offsets bytes
      {"[\n\"a\",\n\"b\\q\"]", "line 3, column 3", 9},
      {"[1,\n\"\xff\"]", "line 2, column 2", 5},
      {"[\"a\nb\"]", "line 1, column 4", 3},
      {"[1,\n  \"abc", "line 2, column 3", 6},
      {"[1,\n2", "line 2, column 2", 5},
      {"{\"a\":1,\n\"b\":2,\n\"a\":3}", "line 3, column 1", 15},
      {"{\"x\":{\"a\":1},\"a\":2,\"b\":[\"a\",{\"a\":3}],\"\\u0061\":3}", "line 1, column 38", 37},
      {"1 2", "line 1, column 3", 2},
      {"[123456789012345678901234567890]", "line 1, column 2", 1},
      {"", "line 1, column 1", 0},
  };
  for (const auto& [text, place, offset] : places) {
    const auto result = decode(text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_NE(result.error().message().find(place), std::string::npos)
        << text << ": " << result.error().message();
    EXPECT_EQ(result.error().context().offset, offset) << text;
  }
}

TEST(Json, RefusesDuplicateKeysAtEveryDepth) {
  EXPECT_EQ(code_of(R"({"a":1,"a":1})"), ErrorCode::invalid);
  EXPECT_EQ(code_of(R"([{"x":{"a":1,"b":2,"a":3}}])"), ErrorCode::invalid);
  EXPECT_EQ(code_of(R"({"":1,"":2})"), ErrorCode::invalid);
  EXPECT_NE(decode(R"({"twice":1,"twice":1})").error().message().find("\"twice\""),
            std::string::npos);
  std::string many = "{";
  for (int i = 0; i < 5000; ++i) many += "\"k" + std::to_string(i) + "\":1,";
  EXPECT_TRUE(decode(many + "\"z\":1}").ok());
  EXPECT_EQ(code_of(many + "\"k4321\":1}"), ErrorCode::invalid);
}

TEST(Json, LimitsAreNamedWhenTheyArePassed) {
  DecodeLimits limits;
  limits.depth_max = 2;
  EXPECT_TRUE(decode("[[1]]", limits).ok());
  EXPECT_TRUE(decode("[{\"a\":1}]", limits).ok());
  const auto deep = decode("[\n[[1]]]", limits);
  ASSERT_FALSE(deep.ok());
  EXPECT_EQ(deep.error().code(), ErrorCode::too_large);
  EXPECT_NE(deep.error().message().find("depth_max, 2"), std::string::npos);
  EXPECT_NE(deep.error().message().find("line 2, column 2"), std::string::npos);

  limits = {};
  limits.members_max = 3;
  EXPECT_TRUE(decode("[1,[2]]", limits).ok());
  EXPECT_EQ(decode("[1,{\"a\":2,\"b\":3}]", limits).error().code(), ErrorCode::too_large);

  limits = {};
  limits.input_bytes_max = 3;
  EXPECT_TRUE(decode("[1]", limits).ok());
  EXPECT_EQ(decode("[10]", limits).error().code(), ErrorCode::too_large);
}

TEST(Json, HundredThousandLevelsAreRefusedAndNameDepthMax) {
  for (const std::string& text : {std::string(100'000, '['), [] {
                                    std::string maps;
                                    for (int i = 0; i < 100'000; ++i) maps += "{\"a\":";
                                    return maps;
                                  }()}) {
    for (const std::size_t depth_max : {std::size_t{1000}, std::size_t{10'000'000}}) {
      DecodeLimits limits;
      limits.depth_max = depth_max;
      const auto result = decode(text, limits);
      ASSERT_FALSE(result.ok());
      EXPECT_EQ(result.error().code(), ErrorCode::too_large);
      EXPECT_NE(result.error().message().find("depth_max"), std::string::npos);
    }
  }
}

TEST(Json, PrintsPrettyAndCompact) {
  const Value value = decoded(R"({"list":[1,[],{}],"a":{"b":"x"}})");
  EXPECT_EQ(encode_json(value, TextLayout::compact), R"({"a":{"b":"x"},"list":[1,[],{}]})");
  EXPECT_EQ(
      encode_json(value),
      "{\n  \"a\": {\n    \"b\": \"x\"\n  },\n  \"list\": [\n    1,\n    [],\n    {}\n  ]\n}");
  EXPECT_EQ(encode_json(Value(nullptr)), "null");
  EXPECT_EQ(encode_json(Value::empty_list()), "[]");
}

TEST(Json, FloatsPrintShortestAndAlwaysAsFloats) {
  const struct {
    double value;
    const char* text;
  } cases[] = {{1.0, "1.0"},
               {-0.0, "-0.0"},
               {0.0, "0.0"},
               {0.1, "0.1"},
               {123.456, "123.456"},
               {100.0, "100.0"},
               {1e20, "100000000000000000000.0"},
               {1e21, "1e+21"},
               {1.5e300, "1.5e+300"},
               {1e-6, "0.000001"},
               {1e-7, "1e-7"},
               {-1.25e-9, "-1.25e-9"},
               {5e-324, "5e-324"},
               {1.7976931348623157e308, "1.7976931348623157e+308"},
               {9007199254740993.0, "9007199254740992.0"}};
  for (const auto& [value, text] : cases) {
    EXPECT_EQ(encode_json(Value(value)), text);
    EXPECT_EQ(decoded(text), Value(value)) << text;
  }
}

TEST(Json, EscapesOnlyWhatItMust) {
  EXPECT_EQ(encode_json(Value(std::string_view("\"\\/\b\f\n\r\t\x01\x1f\0\x7f é水𐅑", 22))),
            R"("\"\\/\b\f\n\r\t\u0001\u001f\u0000)"
            "\x7f é水𐅑\"");
}

TEST(Json, ShowsBytesAndLinksAsDagJsonDoes) {
  const Value link = Value::link(Cid::of(id_of(as_bytes("x"))));
  EXPECT_EQ(encode_json(Value::bytes(as_bytes("hi!?")), TextLayout::compact),
            R"({"/":{"bytes":"aGkhPw"}})");
  EXPECT_EQ(encode_json(link, TextLayout::compact),
            "{\"/\":\"" + id_of(as_bytes("x")).to_string() + "\"}");
}

TEST(Json, AMapWithASlashIsAMap) {
  const char* text = R"({"/":{"bytes":"aGk"}})";
  EXPECT_EQ(decoded(text), Value::map({{"/", Value::map({{"bytes", "aGk"}})}}));
  EXPECT_EQ(encode_json(decoded(text), TextLayout::compact), text);
}

TEST(Json, ReadsToTheLastByteOfTheBuffer) {
  // Exact allocations, so that a sanitizer sees a read past the end.
  for (const std::string_view text : {"12345678", "true", "\"abc\"", "[1,\"é\"]", "-0.5e-3"}) {
    const Bytes exact(text.begin(), text.end());
    EXPECT_TRUE(decode_json(exact).ok()) << text;
    for (std::size_t size = 0; size < text.size(); ++size) {
      const Bytes cut(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
      (void)decode_json(cut);
    }
  }
}

// Bytes and links become maps in JSON, so the property is about what JSON can hold.
bool is_plain(ValueRef value) {
  if (value.is_bytes() || value.is_link()) return false;
  for (const ValueRef item : value.items()) {
    if (!is_plain(item)) return false;
  }
  for (const Member member : value.members()) {
    if (!is_plain(member.value)) return false;
  }
  return true;
}

TEST(Json, RandomValuesComeBackEqual) {
  std::mt19937_64 random(test::test_seed());
  int plain = 0;
  for (int i = 0; i < test::rounds(3000); ++i) {
    const Value value = test::random_value(random, 4);
    if (!is_plain(value.ref())) continue;
    ++plain;
    for (const TextLayout layout : {TextLayout::pretty, TextLayout::compact}) {
      const std::string text = encode_json(value, layout);
      ASSERT_EQ(decoded(text), value) << text;
    }
  }
  EXPECT_GT(plain, 100);
}

TEST(Json, RandomDoublesComeBackToTheBit) {
  std::mt19937_64 random(test::test_seed());
  for (int i = 0; i < test::rounds(100'000); ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const std::string text = encode_json(Value(value));
    ASSERT_EQ(decoded(text), Value(value)) << text;
  }
}

}  // namespace
}  // namespace stet
