// Writing documents whole: what becomes a chunk, where it is cut, and that it comes back.
#include "support/seed.hpp"
#include "tree/tree_support.hpp"

namespace stet::test {
namespace {

constexpr std::size_t kInlineBytesMax = 1536;
constexpr std::size_t kChunkBytesUsual = 3072 + 1536 + 200;  // a leaf, its last item, its head

// How many chunks of `after` are new beside those of `before`.
std::size_t new_chunks(const Value& before, const Value& after) {
  MemoryChunks chunks;
  write_to(chunks, before);
  write_to(chunks, after);
  return chunks.chunks_new;
}

TEST(TreeWrite, AValueThatFitsOneChunkIsItsPlainEncoding) {
  for (const Value& value : {Value(nullptr), Value(1), Value("text"), Value::empty_list(), note(5),
                             Value(std::string(kInlineBytesMax - 3, 'x'))}) {
    MemoryChunks chunks;
    const auto root = write_to(chunks, value);
    EXPECT_EQ(root.kind, tree::RootKind::plain);
    EXPECT_EQ(root.id, id_of(dag_cbor::encode(value)));
    EXPECT_EQ(chunks.chunks_written(), 1u);
  }
  const Value longer(std::string(kInlineBytesMax - 2, 'x'));
  EXPECT_EQ(dag_cbor::encode(longer).size(), kInlineBytesMax + 1);
  EXPECT_EQ(root_of(longer).kind, tree::RootKind::node);
}

TEST(TreeWrite, EveryChunkIsDagCborOfAboutItsTargetSize) {
  MemoryChunks chunks;
  write_to(chunks, notes(20'000));
  std::size_t total = 0;
  for (const auto& [id, bytes] : chunks.chunks) {
    EXPECT_TRUE(dag_cbor::decode(bytes).ok());
    EXPECT_LE(bytes.size(), kChunkBytesUsual);
    total += bytes.size();
  }
  const std::size_t mean = total / chunks.chunks.size();
  EXPECT_GE(mean, 1'300u);
  EXPECT_LE(mean, 2'000u);
}

TEST(TreeWrite, RandomDocumentsComeBackAndKnowTheirSize) {
  const std::uint64_t seed = first_seed();
  for (int i = 0; i < 100; ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + i));
    Rng rng(seed + i);
    const Value value = random_value(rng, 3);
    MemoryChunks chunks;
    const auto root = write_to(chunks, value);
    ASSERT_EQ(tree::load(root, chunks).value(), value);
    EXPECT_EQ(tree::plain_bytes(root, chunks).value(), dag_cbor::encoded_size(value.ref()));
    EXPECT_EQ(reachable(chunks, root).size(), chunks.chunks.size());
  }
}

TEST(TreeWrite, ChangesAtFrontMiddleAndEndLeaveTheRestOfTheChunks) {
  const Value list = notes(10'000);
  MapBuilder members;
  for (std::size_t i = 0; i < 10'000; ++i) members.set("key " + std::to_string(i), note(i));
  const Value map = members.build();
  for (const std::size_t at : {std::size_t{0}, std::size_t{5'000}, std::size_t{9'999}}) {
    EXPECT_LE(new_chunks(list, list.insert_item(at, note(1))), 12u);
    EXPECT_LE(new_chunks(list, list.without_item(at)), 12u);
    const std::string key = "key " + std::to_string(at);
    EXPECT_LE(new_chunks(map, map.without_member(key)), 12u);
    EXPECT_LE(new_chunks(map, map.with_member(key + "x", 1)), 12u);
    EXPECT_LE(new_chunks(map, map.with_member(key, 1)), 12u);
  }
}

TEST(TreeWrite, EqualAndPeriodicItemsShareTheirChunks) {
  for (const std::size_t period : {1u, 3u, 50u}) {
    ListBuilder list;
    for (std::size_t i = 0; i < 50'000; ++i) list.append(note(i % period));
    MemoryChunks chunks;
    const Value value = list.build();
    EXPECT_EQ(tree::load(write_to(chunks, value), chunks).value(), value);
    EXPECT_LE(chunks.chunks_written(), 200u) << "period " << period;
    EXPECT_LE(new_chunks(value, value.insert_item(25'000, note(1))), 60u);
  }
}

TEST(TreeWrite, LongTextIsCutBetweenCharacters) {
  Rng rng(3);
  std::string text;
  while (text.size() < 200'000) text += random_text(rng, 100);
  for (const Value& value : {Value(text), Value(std::string(50'000, 'a'))}) {
    MemoryChunks chunks;
    const auto root = write_to(chunks, value);
    EXPECT_EQ(tree::load(root, chunks).value(), value);
    for (const auto& [id, bytes] : chunks.chunks) {
      EXPECT_TRUE(dag_cbor::decode(bytes).ok()) << "a text that isn't UTF-8";
    }
  }
}

TEST(TreeWrite, UserDataThatLooksLikeOursIsOnlyData) {
  MemoryChunks chunks;
  const auto notes_root = write_to(chunks, notes(500));
  const Value link = Value::link(Cid::of(notes_root.id));
  const Value lookalike = list_of({0, 0, list_of({0, 5'000}), list_of({link, link})});
  const Value document = Value::map({{"a", lookalike}, {"b", link}, {"notes", notes(200)}});
  const auto root = write_to(chunks, document);
  EXPECT_EQ(tree::load(root, chunks).value(), document);
  EXPECT_FALSE(reachable(chunks, root).contains(notes_root.id));
  EXPECT_EQ(tree::load(write_to(chunks, lookalike), chunks).value(), lookalike);
}

TEST(TreeWrite, OversizedKeysAndLinksAreStoredWhole) {
  MapBuilder map;
  for (char c = 'a'; c <= 'z'; ++c) map.set(std::string(20'000, c), note(1));
  const Value value = map.build();
  MemoryChunks chunks;
  const auto root = write_to(chunks, value);
  EXPECT_EQ(tree::load(root, chunks).value(), value);
  const Value huge = Value::map({{std::string(9u << 20, 'k'), 1}});
  const auto refused = tree::write(huge, chunks);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::too_large);
}

TEST(TreeWrite, NestingPastTheBoundIsRefusedAndUpToItComesBack) {
  const auto nested = [](std::size_t depth, const Value& inside) {
    Value value = inside;
    for (std::size_t i = 0; i < depth; ++i) value = list_of({value});
    return value;
  };
  const Value large(std::string(2'000, 'x'));
  for (const Value& inside : {Value(1), large}) {
    MemoryChunks chunks;
    const Value deepest = nested(1'000, inside);
    const auto root = write_to(chunks, deepest);
    EXPECT_EQ(tree::load(root, chunks).value(), deepest);
    const auto refused = tree::write(nested(1'001, inside), chunks);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), ErrorCode::too_large);
    EXPECT_FALSE(tree::write(nested(100'000, inside), chunks).ok());
  }
}

TEST(TreeWrite, AnErrorOfTheSinkIsPassedOn) {
  class FullSink : public tree::ChunkSink {
    Result<void> put(std::span<const ChunkView>) override {
      return Error(ErrorCode::no_space, "full");
    }
  } sink;
  const auto written = tree::write(notes(100), sink);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code(), ErrorCode::no_space);
}

}  // namespace
}  // namespace stet::test
