// Values that are nested deeper than a stack could follow.
#include <gtest/gtest.h>

#include "stet/value.hpp"

namespace stet {
namespace {

constexpr int kDepth = 100'000;

// Containers in turn, each with a number beside what is inside.
Value nested_by_handles(Value core) {
  for (int i = 0; i < kDepth; ++i) {
    core = i % 2 == 0 ? Value::list({std::move(core)})
                      : Value::map({{"a", std::move(core)}, {"n", i}});
  }
  return core;
}

Value nested_by_builder(std::uint64_t core) {
  ValueBuilder builder;
  for (int i = kDepth; i-- > 0;) {
    if (i % 2 == 0) {
      builder.begin_list(1);
    } else {
      builder.begin_map(2);
      builder.key("a");
    }
  }
  builder.integer(core);
  for (int i = 0; i < kDepth; ++i) {
    if (i % 2 == 0) {
      builder.end_list();
    } else {
      builder.key("n");
      builder.integer(static_cast<std::uint64_t>(i));
      EXPECT_TRUE(builder.end_map());
    }
  }
  return builder.finish();
}

Path path_to_core() {
  Path path;
  for (int i = kDepth; i-- > 0;) path.push(i % 2 == 0 ? "0" : "a");
  return path;
}

TEST(DeepValues, AreComparedHashedAndDestroyed) {
  const Value handles = nested_by_handles(1);
  const Value built = nested_by_builder(1);
  EXPECT_EQ(handles, built);
  EXPECT_EQ(handles.hash(), built.hash());
  EXPECT_EQ(handles <=> built, std::strong_ordering::equal);
  EXPECT_EQ(nested_by_builder(0) <=> built, std::strong_ordering::less);
  EXPECT_NE(nested_by_handles(2), built);
  EXPECT_GT(handles.memory_bytes(), built.memory_bytes());
}

TEST(DeepValues, AreEditedByPath) {
  const Value before = nested_by_builder(1);
  const Path path = path_to_core();
  const Value after = before.with(path, 2).value();
  EXPECT_EQ(after, nested_by_handles(2));
  EXPECT_EQ(before, nested_by_handles(1));
}

TEST(DeepValues, AreDiffedAndPatched) {
  const Value before = nested_by_builder(1);
  const Value after = nested_by_handles(2);
  const Patch patch = diff(before, after);
  ASSERT_EQ(patch.size(), 1u);
  EXPECT_EQ(patch[0].path, path_to_core());
  EXPECT_EQ(apply_patch(before, patch).value(), after);
}

TEST(DeepValues, AreMerged) {
  Value before = 1, merge = 2, after = 2;
  for (int i = 0; i < kDepth; ++i) {
    before = Value::map({{"a", std::move(before)}, {"b", i}});
    merge = Value::map({{"a", std::move(merge)}});
    after = Value::map({{"a", std::move(after)}, {"b", i}});
  }
  EXPECT_EQ(apply_merge(before, merge), after);
}

}  // namespace
}  // namespace stet
