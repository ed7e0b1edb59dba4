// A value that is large enough to have memory of its own.
#pragma once

#include <gtest/gtest.h>

#include "stet/value.hpp"
#include "stet/value/builder.hpp"

namespace stet::test {

inline constexpr std::int64_t kMaps = 200'000;

inline void add_map(ValueBuilder& builder, std::int64_t number) {
  builder.begin_map(2);
  builder.key("number");
  builder.integer(number);
  builder.key("text");
  builder.text("a text that needs a place of its own");
  EXPECT_TRUE(builder.end_map());
}

inline Value large_value(std::int64_t first) {
  ValueBuilder builder;
  builder.begin_list(kMaps);
  for (std::int64_t i = 0; i < kMaps; ++i) add_map(builder, first + i);
  builder.end_list();
  return builder.finish();
}

inline void expect_holds(const Value& value, std::int64_t first) {
  ASSERT_EQ(value.size(), static_cast<std::size_t>(kMaps));
  std::int64_t expected = first;
  for (const ValueRef item : value.items()) {
    ASSERT_EQ(item.member("number")->to_int64(), expected++);
    ASSERT_EQ(item.member("text")->to_text(), "a text that needs a place of its own");
  }
}

}  // namespace stet::test
