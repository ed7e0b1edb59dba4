// Documents so large that a thread names and passes on what the caller encodes.
#include <stdexcept>

#include "tree/tree_support.hpp"

namespace stet::test {
namespace {

Value large_document() {
  std::vector<Value> parts;
  for (int i = 0; i < 40; ++i) parts.push_back(notes(20));  // small trees among large ones
  return Value::map({{"notes", notes(60'000)},
                     {"parts", list_of(parts)},
                     {"text", std::string(2'000'000, 'x') + "end"}});
}

// Remembers the order; fails after so many chunks, in one of two ways.
class StubbornSink : public tree::ChunkSink {
 public:
  enum class Way { error, exception };
  StubbornSink(std::size_t chunks_max, Way way) : chunks_max_(chunks_max), way_(way) {}

  Result<void> put(std::span<const ChunkView> chunks) override {
    EXPECT_FALSE(has_failed_) << "put after a failure";
    for (const auto& [id, bytes, base] : chunks) {
      if (ids.size() == chunks_max_) {
        has_failed_ = true;
        if (way_ == Way::exception) throw std::runtime_error("enough");
        return Error(ErrorCode::no_space, "enough");
      }
      ids.push_back(id);
    }
    return {};
  }
  std::vector<Id> ids;

 private:
  std::size_t chunks_max_;
  Way way_;
  bool has_failed_ = false;
};

std::vector<Id> order_of(const Value& value) {
  StubbornSink sink(SIZE_MAX, StubbornSink::Way::error);
  EXPECT_TRUE(tree::write(value, sink).ok());
  return sink.ids;
}

TEST(TreeLargeWrite, ChunksComeInTheSameOrderEachTimeChildrenFirst) {
  const Value value = large_document();
  const std::vector<Id> order = order_of(value);
  ASSERT_GT(order.size(), 1'500u);
  for (int i = 0; i < 5; ++i) ASSERT_EQ(order_of(value), order);
  MemoryChunks chunks;
  const tree::Root root = write_to(chunks, value);
  EXPECT_EQ(order.back(), root.id);
  std::set<Id> seen;
  for (const Id& id : order) {
    const auto below = tree::children({id, tree::RootKind::node}, chunks.chunks.at(id)).value();
    for (const auto& child : below) {
      ASSERT_TRUE(seen.contains(child.id)) << "a parent before its child";
    }
    seen.insert(id);
  }
  EXPECT_EQ(tree::load(root, chunks).value(), value);
}

TEST(TreeLargeWrite, WhatTheSinkSaysComesBackAndNothingIsPutAfterIt) {
  const Value value = large_document();
  const std::size_t count = order_of(value).size();
  for (const std::size_t at : {std::size_t{0}, std::size_t{700}, count / 2, count - 1}) {
    StubbornSink failing(at, StubbornSink::Way::error);
    const auto failed = tree::write(value, failing);
    ASSERT_FALSE(failed.ok()) << at;
    EXPECT_EQ(failed.error().code(), ErrorCode::no_space);
    EXPECT_EQ(failing.ids.size(), at);
    StubbornSink throwing(at, StubbornSink::Way::exception);
    EXPECT_THROW((void)tree::write(value, throwing), std::runtime_error) << at;
  }
}

TEST(TreeLargeWrite, AnErrorInTheDocumentEndsTheThread) {
  Value deep = 1;
  for (int i = 0; i < 1'001; ++i) deep = Value::list({deep});
  StubbornSink sink(SIZE_MAX, StubbornSink::Way::error);
  const auto written = tree::write(Value::list({large_document(), deep}), sink);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code(), ErrorCode::too_large);
}

TEST(TreeLargeWrite, ContainersAroundTheLimitBecomeTreesWhereTheFormatSaysSo) {
  for (std::size_t size = 1'400; size < 1'600; ++size) {
    const Value inner = Value::list({std::string(700, 'a'), std::string(size - 700 - 7, 'b')});
    const Value value = Value::map({{"a", inner}, {"b", Value::list({inner, 1, 2})}});
    MemoryChunks chunks;
    const tree::Root root = write_to(chunks, value);
    ASSERT_EQ(tree::load(root, chunks).value(), value);
    ASSERT_EQ(reachable(chunks, root).size(), chunks.chunks.size());
  }
}

}  // namespace
}  // namespace stet::test
