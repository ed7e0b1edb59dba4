#include <gtest/gtest.h>

#include "codec/codec_help.hpp"
#include "stet/codec.hpp"

namespace stet {
namespace {

Result<Value> decode(std::string_view text) { return decode_dag_json(as_bytes(text)); }

const std::string kCid = id_of(as_bytes("x")).to_string();

TEST(DagJson, WritesKeysBytewiseWithoutSpaces) {
  const Value value = Value::map({{"b", 1}, {"aa", Value::list({1.0, -1})}, {"é", nullptr}});
  EXPECT_EQ(encode_dag_json(value).value(), R"({"aa":[1.0,-1],"b":1,"é":null})");
}

TEST(DagJson, LinksAndBytesComeBack) {
  const Value link = Value::link(Cid::parse(kCid).value());
  const Value bytes = Value::bytes(as_bytes("hello"));
  for (const Value& value : {link, bytes, Value::bytes({}), Value::list({link, bytes}),
                             Value::map({{"/", link}}), Value::map({{"/", bytes}, {"a", 1}})}) {
    const auto text = encode_dag_json(value);
    ASSERT_TRUE(text.ok());
    EXPECT_EQ(decode(*text).value(), value) << *text;
  }
  EXPECT_EQ(decode(" { \"\\u002f\" : { \"bytes\" : \"aGVsbG8\" } } ").value(), bytes);
  EXPECT_EQ(decode("[{\"/\":\"" + kCid + "\"}]").value(), Value::list({link}));
}

TEST(DagJson, CidsOfVersion0AndOtherBasesAreRead) {
  const char* v0 = "QmaUAwAQJNtvUdJB42qNbTTgDpzPYD1qdsKNtctM5i7DGB";
  const auto link = decode(R"({"/":"QmaUAwAQJNtvUdJB42qNbTTgDpzPYD1qdsKNtctM5i7DGB"})");
  ASSERT_TRUE(link.ok());
  EXPECT_EQ(link->to_link()->to_string(), v0);
}

TEST(DagJson, RefusesWhatOnlyLooksLikeALinkOrBytes) {
  for (const std::string& text : {
           std::string(R"({"/":"not a cid"})"),
           std::string(R"({"/":""})"),
           "{\"/\":\"" + kCid + "\",\"a\":1}",
           "{\"a\":1,\"/\":\"" + kCid + "\"}",
           std::string(R"({"/":{"bytes":"aGk="}})"),  // padding
           std::string(R"({"/":{"bytes":"aGl"}})"),   // bits left over
           std::string(R"({"/":{"bytes":"a"}})"),     //
           std::string(R"({"/":{"bytes":"a_-"}})"),   // the other alphabet
           std::string(R"({"/":{"bytes":"aGk","x":1}})"),
           std::string(R"({"/":{"x":1,"bytes":"aGk"}})"),
           std::string(R"({"/":{"bytes":"aGk"},"x":1})"),
           std::string(R"({"x":1,"/":{"bytes":"aGk"}})"),
           std::string(R"({"/":{"bytes":"aGk"}})").substr(0, 20),
           std::string(R"({"/":{"bytes":"aGk")"),
           std::string(R"({"/":{"bytes":)"),
           std::string(R"({"/":{)"),
           std::string(R"({"/":)"),
           std::string(R"({"/")"),
           std::string(R"({"/":"\ud800"})"),
       }) {
    const auto result = decode(text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().code(), ErrorCode::invalid) << text;
    EXPECT_TRUE(result.error().context().offset.has_value()) << text;
  }
}

TEST(DagJson, OtherMapsWithASlashAreMaps) {
  for (const char* text : {R"({"/":1})", R"({"/":null,"a":1})", R"({"/":{"x":"y"}})",
                           R"({"/":{"bytes":1}})", R"({"/":{}})", R"({"/":[{"bytes":"x"}]})",
                           R"({"/":{"/":{"a":1}}})", R"({"//":"x"})", R"({"bytes":"x"})"}) {
    const auto value = decode(text);
    ASSERT_TRUE(value.ok()) << text;
    EXPECT_EQ(encode_dag_json(*value).value(), text);
  }
}

TEST(DagJson, RefusesToWriteWhatWouldReadBackAsSomethingElse) {
  const Value link_like = Value::map({{"/", "text"}});
  const Value bytes_like = Value::map({{"/", Value::map({{"bytes", "x"}})}});
  for (const Value& value : {link_like, bytes_like, Value::map({{"/", "text"}, {"a", 1}}),
                             Value::map({{"/", Value::map({{"a", 1}, {"bytes", "x"}})}})}) {
    const auto refused = encode_dag_json(Value::list({0, Value::map({{"k", value}})}));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), ErrorCode::unserializable);
    EXPECT_EQ(refused.error().context().path, "/1/k/~1");
  }
}

TEST(DagJson, TooDeepIsAnErrorNotACrash) {
  Value value = 7;
  for (std::size_t i = 0; i < 100'000; ++i) value = Value::list({std::move(value)});
  EXPECT_EQ(encode_dag_json(value).error().code(), ErrorCode::too_large);
}

TEST(DagJson, RandomValuesComeBackEqualOrAreRefused) {
  std::mt19937_64 random(test::test_seed());
  int written = 0;
  for (int i = 0; i < test::rounds(3000); ++i) {
    const Value value = test::random_value(random, 4);
    const auto text = encode_dag_json(value);
    if (!text.ok()) {
      ASSERT_EQ(text.error().code(), ErrorCode::unserializable);
      continue;
    }
    ++written;
    const auto back = decode(*text);
    ASSERT_TRUE(back.ok()) << *text << ": " << back.error().to_string();
    ASSERT_EQ(*back, value) << *text;
  }
  EXPECT_GT(written, 2000);
}

}  // namespace
}  // namespace stet
