#include "stet/schema.hpp"

#include <gtest/gtest.h>

namespace stet::schema {
namespace {

Value shot_schema() {
  return Value::map(
      {{"type", "object"},
       {"required", Value::list({"id", "duration"})},
       {"additionalProperties", false},
       {"properties", Value::map({{"id", Value::map({{"type", "string"}, {"pattern", "^[a-z]+$"}})},
                                  {"duration", Value::map({{"exclusiveMinimum", 0}})}})}});
}

TEST(Schema, SaysWhereWhichRuleAndWhatIsThere) {
  const Schema schema = Schema::compile(shot_schema()).value();
  const auto violations =
      schema.validate(Value::map({{"id", "A1"}, {"duration", -2}, {"colour", "red"}})).value();
  ASSERT_EQ(violations.size(), 3u);
  EXPECT_EQ(violations[0].pointer.to_string(), "/id");
  EXPECT_EQ(violations[0].rule, "pattern");
  EXPECT_EQ(violations[1].pointer.to_string(), "/colour");
  EXPECT_EQ(violations[1].rule, "additionalProperties");
  EXPECT_EQ(violations[2].pointer.to_string(), "/duration");
  EXPECT_EQ(violations[2].rule, "exclusiveMinimum");
  EXPECT_EQ(violations[2].value, Value(-2));
}

TEST(Schema, IsValidWhereNothingIsBroken) {
  const Schema schema = Schema::compile(shot_schema()).value();
  EXPECT_TRUE(schema.validate(Value::map({{"id", "a"}, {"duration", 1.5}})).value().empty());
}

TEST(Schema, ThatIsBadIsRefusedWithItsPlace) {
  const auto bad = [](Value schema) {
    const auto compiled = Schema::compile(schema);
    return compiled.ok() ? "accepted" : compiled.error().context().path;
  };
  EXPECT_EQ(bad(Value::map({{"type", "number-ish"}})), "");
  EXPECT_EQ(bad(Value::map({{"properties", Value::map({{"a", 3}})}})), "/properties/a");
  EXPECT_EQ(bad(Value::map({{"$defs", Value::map({{"a", Value::map({{"pattern", "("}})}})}})),
            "/$defs/a/pattern");
  EXPECT_NE(bad(Value::map({{"$ref", "http://example.com/other"}})), "accepted");
  EXPECT_NE(bad(Value::map({{"$ref", "#/$defs/none"}})), "accepted");
}

TEST(Schema, OfAnUnknownDraftIsRefused) {
  const auto of_draft = [](const char* uri) {
    return Schema::compile(Value::map({{"$schema", uri}, {"type", "string"}}));
  };
  EXPECT_TRUE(of_draft("http://json-schema.org/draft-07/schema#").ok());
  EXPECT_TRUE(of_draft("https://json-schema.org/draft/2020-12/schema").ok());
  const auto old = of_draft("http://json-schema.org/draft-04/schema#");
  ASSERT_FALSE(old.ok());
  EXPECT_EQ(old.error().code(), ErrorCode::invalid);
  EXPECT_EQ(old.error().context().path, "/$schema");
}

std::string stubborn_text() { return std::string(40, 'a').append("b"); }

// What a pattern says of a text that takes too many steps isn't known: neither valid nor invalid.
TEST(Schema, APatternThatTakesTooManyStepsIsAnErrorAlsoUnderNot) {
  const Value pattern = Value::map({{"pattern", "^(a|a)*$"}});
  const Value document = Value::map({{"name", stubborn_text()}});
  const auto result_of = [&](const Value& rule) {
    const Value schema = Value::map({{"properties", Value::map({{"name", rule}})}});
    return Schema::compile(schema).value().validate(document);
  };
  for (const Value& rule : {pattern, Value::map({{"not", pattern}})}) {
    const auto result = result_of(rule);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), ErrorCode::too_large);
    EXPECT_EQ(result.error().context().path, "/name");
    EXPECT_NE(result.error().message().find("^(a|a)*$"), std::string::npos);
  }
  const Value keys = Value::map({{"patternProperties", Value::map({{"^(a|a)*$", false}})}});
  const auto of_key =
      Schema::compile(keys).value().validate(Value::map({{stubborn_text(), Value(1)}}));
  EXPECT_EQ(of_key.error().code(), ErrorCode::too_large);
}

TEST(Schema, APatternMayBacktrackAlongALongText) {
  const Schema schema = Schema::compile(Value::map({{"pattern", "^(a|b)*$"}})).value();
  EXPECT_TRUE(schema.validate(Value(std::string(20'000, 'a'))).value().empty());
  EXPECT_EQ(schema.validate(Value(std::string(20'000, 'a').append("c"))).value().size(), 1u);
}

TEST(Schema, WithAReferenceToItselfEndsInAnError) {
  const Schema schema = Schema::compile(Value::map({{"$ref", "#"}})).value();
  EXPECT_EQ(schema.validate(Value(1)).error().code(), ErrorCode::too_large);
}

TEST(Schema, NestedTooDeepIsRefused) {
  Value deep = Value::empty_map();
  for (int i = 0; i < 100'000; ++i) deep = Value::map({{"not", deep}});
  EXPECT_EQ(Schema::compile(deep).error().code(), ErrorCode::too_large);
}

TEST(Schema, ADocumentNestedTooDeepIsAnErrorAndNoCrash) {
  const Value recursive = Value::map({{"items", Value::map({{"$ref", "#"}})}});
  const Schema schema = Schema::compile(recursive).value();
  Value deep = Value::empty_list();
  for (int i = 0; i < 100'000; ++i) deep = Value::list({deep});
  EXPECT_EQ(schema.validate(deep).error().code(), ErrorCode::too_large);
}

TEST(Schema, FormatsAreRulesOnlyWhenAsked) {
  const Value schema = Value::map({{"format", "date"}});
  Options strict;
  strict.assert_formats = true;
  EXPECT_TRUE(Schema::compile(schema).value().validate("2026-02-30").value().empty());
  EXPECT_EQ(Schema::compile(schema, strict).value().validate("2026-02-30").value().size(), 1u);
  EXPECT_TRUE(Schema::compile(schema, strict).value().validate("2024-02-29").value().empty());
}

}  // namespace
}  // namespace stet::schema
