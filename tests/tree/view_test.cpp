// Reading parts of stored documents.
#include "tree/tree_support.hpp"

namespace stet::test {
namespace {

TEST(TreeView, EveryPathReadsAsInTheValue) {
  Rng rng(5);
  const std::string text = random_text(rng, 6'000);
  const Value document = Value::map({{"notes", notes(2'000)},
                                     {"text", Value(text)},
                                     {"bytes", Value::bytes(random_bytes(rng, 9'000))},
                                     {"small", list_of({nullptr, true, -1, 1.5})},
                                     {"empty", Value::empty_map()}});
  MemoryChunks chunks;
  const tree::View view(write_to(chunks, document), chunks);
  for (const std::string pointer :
       {"", "/notes", "/notes/0", "/notes/1999/voice", "/notes/2000", "/notes/-", "/notes/x",
        "/text", "/text/1", "/bytes", "/small", "/small/0", "/small/1", "/small/2", "/small/3",
        "/empty", "/empty/a", "/none"}) {
    SCOPED_TRACE(pointer);
    const Path path = path_of(pointer);
    const auto expected = document.at(path);
    const auto read = view.at(path);
    ASSERT_EQ(read.ok(), expected.ok());
    if (!expected.ok()) {
      EXPECT_EQ(read.error().code(), expected.error().code());
      EXPECT_EQ(read.error().context().path, expected.error().context().path);
      continue;
    }
    EXPECT_EQ(*read, *expected);
    EXPECT_EQ(view.kind_at(path).value(), expected->kind());
    std::uint64_t size = expected->size();
    if (const auto content = expected->to_text()) size = content->size();
    if (const auto content = expected->to_bytes()) size = content->size();
    EXPECT_EQ(view.size_at(path).value(), size);
  }
}

TEST(TreeView, RangesOfItemsAndKeysReadTheirChunksOnly) {
  MapBuilder members;
  for (int i = 0; i < 5'000; ++i) members.set("key " + std::to_string(i), i);
  const Value map = members.build();
  const Value document = Value::map({{"notes", notes(30'000)}, {"map", map}});
  MemoryChunks chunks;
  const tree::View view(write_to(chunks, document), chunks);
  chunks.reset_counters();
  const auto items = view.items_at(path_of("/notes"), 20'000, 20'100).value();
  ASSERT_EQ(items.size(), 100u);
  EXPECT_EQ(items[0], note(20'000));
  EXPECT_EQ(items[99], note(20'099));
  const auto keys = view.keys_at(path_of("/map"), 10, 4'000).value();
  ASSERT_EQ(keys.size(), 3'990u);
  EXPECT_EQ(view.keys_at(path_of("/map"), 4'999, 9'000).value().size(), 1u);
  EXPECT_EQ(view.items_at(path_of("/notes"), 30'000, 40'000).value().size(), 0u);
  std::vector<std::string> expected;
  for (const auto& member : map.members()) expected.emplace_back(member.key);
  EXPECT_TRUE(std::equal(keys.begin(), keys.end(), expected.begin() + 10));
  EXPECT_EQ(view.items_at(path_of("/map"), 7, 8).value().at(0), *map.member(expected[7]));
  EXPECT_FALSE(view.items_at(path_of("/notes/0/pitch"), 0, 1).ok());
}

TEST(TreeView, OnePathReadsAFewChunksOfMany) {
  MemoryChunks chunks;
  const Value document = Value::map({{"notes", notes(100'000)}});
  const tree::View view(write_to(chunks, document), chunks);
  ASSERT_GT(chunks.chunks_written(), 2'000u);
  chunks.reset_counters();
  EXPECT_EQ(view.at(path_of("/notes/77777/voice")).value(), Value("flute 2"));
  EXPECT_LE(chunks.chunks_read, 6u);
}

}  // namespace
}  // namespace stet::test
