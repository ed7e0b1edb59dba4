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
