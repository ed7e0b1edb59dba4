#include <gtest/gtest.h>

#include "stet/engine.hpp"

namespace stet {
namespace {

TEST(OpenEngine, FindsAMemoryStoreByItsName) {
  MemoryRegistry registry;
  const EngineOptions options{.file = {}, .memory = &registry};
  const auto first = open_engine("mem:a", options);
  const auto again = open_engine("mem:a", options);
  const auto other = open_engine("mem:b", options);
  ASSERT_TRUE(first.ok() && again.ok() && other.ok());
  EXPECT_EQ(first->get(), again->get());
  EXPECT_NE(first->get(), other->get());
  EXPECT_NE(open_engine("mem:", options)->get(), open_engine("mem:", options)->get());
}

TEST(OpenEngine, RefusesOtherUrlsAndNamesTheSchemesItKnows) {
  for (const char* url : {"", "symphony.stet", "redis://host", "FILE:x", ":", "file:", "mem:a"}) {
    const auto opened = open_engine(url, {});
    ASSERT_FALSE(opened.ok()) << url;
    EXPECT_EQ(opened.error().code(), ErrorCode::invalid) << url;
  }
  EXPECT_NE(open_engine("redis://host", {}).error().message().find("file:PATH, mem:"),
            std::string::npos);
}

}  // namespace
}  // namespace stet
