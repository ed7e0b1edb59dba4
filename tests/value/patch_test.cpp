#include "stet/value/patch.hpp"

#include <gtest/gtest.h>

#include <random>

#include "support/seed.hpp"
#include "value/random_value.hpp"

namespace stet {
namespace {

Path path(std::string_view text) { return Path::parse(text).value(); }

Value notes() {
  ListBuilder builder;
  for (int i = 0; i < 1000; ++i) {
    builder.append(Value::map({{"pitch", i % 12}, {"start", i}, {"text", "la"}, {"length", 2}}));
  }
  return Value::map({{"notes", builder.build()}, {"title", "song"}});
}

TEST(Path, ParsesWhatItPrints) {
  for (const char* text : {"", "/", "/a/b", "/~0~1", "/0/-", "//", "/a~1b"}) {
    const auto parsed = Path::parse(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(parsed->to_string(), text);
  }
  EXPECT_EQ(Path::parse("a").error().code(), ErrorCode::invalid);
  EXPECT_EQ(Path::parse("/a~2").error().context().offset, 2u);
  EXPECT_EQ(Path::parse("/a~").error().context().offset, 2u);
}

TEST(Path, KnowsCanonicalIndicesOnly) {
  EXPECT_EQ(Path::index_of("0"), 0u);
  EXPECT_EQ(Path::index_of("120"), 120u);
  for (const char* step : {"", "-", "01", "-1", "+1", "1e0", " 1", "99999999999999999999"}) {
    EXPECT_EQ(Path::index_of(step), std::nullopt) << step;
  }
}

TEST(Patch, AppliesAllSixOperations) {
  const Value before = Value::map({{"a", Value::list({1, 2})}, {"b", 3}});
  Patch patch = {{Operation::Kind::test, path("/a/0"), {}, Value(1)},
                 {Operation::Kind::add, path("/a/1"), {}, Value("new")},
                 {Operation::Kind::remove, path("/a/0"), {}, {}},
                 {Operation::Kind::replace, path("/b"), {}, Value(4)},
                 {Operation::Kind::copy, path("/a/-"), path("/b"), {}},
                 {Operation::Kind::move, path("/c"), path("/a/1"), {}}};
  const Value after = apply_patch(before, patch).value();
  EXPECT_EQ(after, Value::map({{"a", Value::list({"new", 4})}, {"b", 4}, {"c", 2}}));
  EXPECT_EQ(before, Value::map({{"a", Value::list({1, 2})}, {"b", 3}}));
  EXPECT_EQ(apply_patch(before, patch_from_value(patch_to_value(patch)).value()).value(), after);
}

TEST(Patch, NamesTheOperationThatFailsAndChangesNothing) {
  const Value before = Value::map({{"a", Value::list({1})}});
  const auto failure = [&](Operation operation) {
    const Patch patch = {{Operation::Kind::add, path("/new"), {}, Value(1)}, std::move(operation)};
    const auto result = apply_patch(before, patch);
    EXPECT_FALSE(result.ok());
    EXPECT_NE(result.error().message().find("operation 1"), std::string::npos);
    EXPECT_EQ(before, Value::map({{"a", Value::list({1})}}));
    return result.error().code();
  };
  using enum Operation::Kind;
  EXPECT_EQ(failure({remove, path("/b"), {}, {}}), ErrorCode::not_found);
  EXPECT_EQ(failure({remove, path("/a/-"), {}, {}}), ErrorCode::not_found);
  EXPECT_EQ(failure({remove, path(""), {}, {}}), ErrorCode::invalid);
  EXPECT_EQ(failure({replace, path("/b"), {}, Value(1)}), ErrorCode::not_found);
  EXPECT_EQ(failure({replace, path("/a/-"), {}, Value(1)}), ErrorCode::not_found);
  EXPECT_EQ(failure({add, path("/a/2"), {}, Value(1)}), ErrorCode::not_found);
  EXPECT_EQ(failure({add, path("/a/x"), {}, Value(1)}), ErrorCode::invalid);
  EXPECT_EQ(failure({add, path("/new/x"), {}, Value(1)}), ErrorCode::invalid);
  EXPECT_EQ(failure({add, path("/b/x"), {}, Value(1)}), ErrorCode::not_found);
  EXPECT_EQ(failure({test, path("/a"), {}, Value(1)}), ErrorCode::conflict);
  EXPECT_EQ(failure({test, path("/b"), {}, Value(1)}), ErrorCode::not_found);
  EXPECT_EQ(failure({move, path("/a/0"), path("/a"), {}}), ErrorCode::invalid);
  EXPECT_EQ(failure({move, path("/c"), path("/b"), {}}), ErrorCode::not_found);
  EXPECT_EQ(failure({copy, path("/c"), path("/b"), {}}), ErrorCode::not_found);
}

TEST(Patch, TestsNumbersByTheirValue) {
  const Value document = Value::list({1, 1.5, std::uint64_t{1} << 53, -1});
  const auto holds = [&](std::string_view at, Value value) {
    return apply_patch(document, {{Operation::Kind::test, path(at), {}, std::move(value)}}).ok();
  };
  EXPECT_TRUE(holds("/0", 1.0));
  EXPECT_TRUE(holds("/3", -1.0));
  EXPECT_FALSE(holds("/1", 1));
  EXPECT_TRUE(holds("/2", 9007199254740992.0));
  EXPECT_FALSE(holds("/2", (std::uint64_t{1} << 53) + 1));
  EXPECT_FALSE(apply_patch(Value((std::uint64_t{1} << 53) + 1),
                           {{Operation::Kind::test, path(""), {}, Value(9007199254740992.0)}})
                   .ok());
}

TEST(Patch, SaysWhereItsJsonFormIsWrong) {
  const auto where = [](Value operation) {
    const auto result = patch_from_value(Value::list({std::move(operation)}));
    EXPECT_EQ(result.error().code(), ErrorCode::invalid);
    return result.error().context().path;
  };
  EXPECT_EQ(where(Value(1)), "/0");
  EXPECT_EQ(where(Value::map({{"path", ""}})), "/0/op");
  EXPECT_EQ(where(Value::map({{"op", "spam"}, {"path", ""}})), "/0/op");
  EXPECT_EQ(where(Value::map({{"op", "remove"}})), "/0/path");
  EXPECT_EQ(where(Value::map({{"op", "remove"}, {"path", "a"}})), "/0/path");
  EXPECT_EQ(where(Value::map({{"op", "remove"}, {"path", nullptr}})), "/0/path");
  EXPECT_EQ(where(Value::map({{"op", "add"}, {"path", ""}})), "/0/value");
  EXPECT_EQ(where(Value::map({{"op", "move"}, {"path", ""}})), "/0/from");
  EXPECT_FALSE(patch_from_value(Value::empty_map()).ok());
}

TEST(Diff, OfOneChangedFieldIsOneReplacement) {
  const Value before = notes();
  const Value after = before.with(path("/notes/500/pitch"), 99).value();
  const Patch patch = diff(before, after);
  ASSERT_EQ(patch.size(), 1u);
  EXPECT_EQ(patch[0].kind, Operation::Kind::replace);
  EXPECT_EQ(patch[0].path.to_string(), "/notes/500/pitch");
}

TEST(Diff, SeesFieldsInsertionsAndRemovalsTogether) {
  const Value before = notes();
  Value after = before.with(path("/notes/501/pitch"), 99).value();
  after = after.without(path("/notes/700")).value();
  after = after.without(path("/notes/500")).value();
  after = after.insert(path("/notes/3"), Value::map({{"pitch", "new"}})).value();
  after = after.with(path("/title"), "other").value();
  const Patch patch = diff(before, after);
  EXPECT_EQ(patch.size(), 5u);
  EXPECT_EQ(apply_patch(before, patch).value(), after);
}

TEST(Diff, WorksWithoutSharedNodes) {
  ListBuilder copy;
  const Value before = notes();
  for (const ValueRef note : before.member("notes")->items()) {
    MapBuilder fields;
    for (const Member field : note.members()) fields.set(field.key, field.value.to_value());
    copy.append(fields.build());
  }
  Value after = Value::map({{"notes", copy.build()}, {"title", "song"}});
  EXPECT_TRUE(diff(before, after).empty());
  after = after.with(path("/notes/10/start"), -1).value();
  EXPECT_EQ(diff(before, after).size(), 1u);
}

TEST(Diff, TurnsAnyValueIntoAnyOther) {
  const std::uint64_t seed = test::first_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 1000; ++round) {
    const Value before = test::random_value(random, random() % 300);
    const Value after = test::random_value(random, random() % 300);
    const Patch patch = diff(before, after);
    const auto patched = apply_patch(before, patch);
    ASSERT_TRUE(patched.ok()) << patched.error().to_string();
    ASSERT_EQ(*patched, after);
    ASSERT_EQ(patch.empty(), before == after);
  }
}

// A random path to something in the value.
Path random_path(ValueRef value, std::mt19937_64& random) {
  Path at;
  while (value.size() != 0 && (at.empty() || random() % 3 != 0)) {
    const std::size_t index = random() % value.size();
    if (value.is_list()) {
      at.push_index(index);
      value = *value.item(index);
    } else {
      const Member member = *value.members().slice(index, index + 1).begin();
      at.push(member.key);
      value = member.value;
    }
  }
  return at;
}

TEST(Diff, FollowsRandomEdits) {
  const std::uint64_t seed = test::first_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    const Value before = test::random_value(random, 20 + random() % 2000);
    Value after = before;
    for (int edit = 0; edit < 6; ++edit) {
      const Path at = random_path(after, random);
      if (at.empty()) continue;
      const Value item = test::random_value(random, random() % 6);
      switch (random() % 3) {
        case 0:
          after = after.with(at, item).value();
          break;
        case 1:
          after = after.insert(at, item).value();
          break;
        default:
          after = after.without(at).value();
      }
      test::check_form(after);
    }
    const Patch patch = diff(before, after);
    ASSERT_EQ(apply_patch(before, patch).value(), after);
    ASSERT_EQ(apply_patch(before, patch_from_value(patch_to_value(patch)).value()).value(), after);
  }
}

TEST(MergePatch, FollowsTheExamplesOfItsRfc) {
  const Value document =
      Value::map({{"title", "Goodbye!"},
                  {"author", Value::map({{"givenName", "John"}, {"familyName", "Doe"}})},
                  {"tags", Value::list({"example", "sample"})},
                  {"content", "This will be unchanged"}});
  const Value merge = Value::map({{"title", "Hello!"},
                                  {"phoneNumber", "+01-123-456-7890"},
                                  {"author", Value::map({{"familyName", nullptr}})},
                                  {"tags", Value::list({"example"})}});
  EXPECT_EQ(apply_merge(document, merge),
            Value::map({{"title", "Hello!"},
                        {"author", Value::map({{"givenName", "John"}})},
                        {"tags", Value::list({"example"})},
                        {"content", "This will be unchanged"},
                        {"phoneNumber", "+01-123-456-7890"}}));
  EXPECT_EQ(apply_merge(Value::list({1}), Value::map({{"a", Value::map({{"b", nullptr}})}})),
            Value::map({{"a", Value::empty_map()}}));
  EXPECT_EQ(apply_merge(document, Value(3)), Value(3));
}

TEST(MergePatch, IsFoundBetweenAnyTwoWhereThereIsOne) {
  const std::uint64_t seed = test::first_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  int found = 0;
  for (int round = 0; round < 2000; ++round) {
    const Value before = test::random_value(random, random() % 60);
    const Value after = test::random_value(random, random() % 20);
    const auto merge = merge_diff(before, after);
    if (!merge.ok()) {
      const Value at = after.at(path(merge.error().context().path)).value();
      ASSERT_TRUE(at.is_null());
      continue;
    }
    ++found;
    ASSERT_EQ(apply_merge(before, *merge), after);
  }
  EXPECT_GT(found, 100);
}

}  // namespace
}  // namespace stet
