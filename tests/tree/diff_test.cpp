// Diffs of stored documents: a patch that turns one into the other, at the cost of what changed.
#include "support/seed.hpp"
#include "tree/tree_support.hpp"

namespace stet::test {
namespace {

Patch diff_of(MemoryChunks& chunks, const Value& before, const Value& after) {
  const auto before_root = write_to(chunks, before);
  const auto after_root = write_to(chunks, after);
  chunks.reset_counters();
  auto patch = tree::diff(before_root, after_root, chunks).value();
  EXPECT_EQ(apply_patch(before, patch).value(), after);
  return patch;
}

TEST(TreeDiff, RandomDocumentsBecomeEachOther) {
  const std::uint64_t seed = first_seed();
  const int documents = std::getenv("STET_DEEP") ? 1000 : 60;
  for (int i = 0; i < documents; ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + i));
    Rng rng(seed + i);
    const Value before = random_value(rng, 3);
    Value after = before;
    for (int edits = 0; edits < 6; ++edits) after = random_edit(rng, after);
    MemoryChunks chunks;
    diff_of(chunks, before, after);
    diff_of(chunks, after, before);
    diff_of(chunks, before, random_value(rng, 2));
    if (HasFailure()) return;
  }
}

TEST(TreeDiff, ScatteredEditsGiveAnOperationEachAndReadTheirPaths) {
  const Value before = Value::map({{"notes", notes(50'000)}});
  Value after = before;
  constexpr std::size_t kEdits = 20;
  for (std::size_t i = 0; i < kEdits; ++i) {
    const Path place = path_of("/notes").child(1'000 + i * 2'000);
    if (i % 3 == 0) after = after.insert(place, note(i)).value();
    if (i % 3 == 1) after = after.without(place).value();
    if (i % 3 == 2) after = after.with(place.child("pitch"), Value(1'000)).value();
  }
  MemoryChunks chunks;
  const Patch patch = diff_of(chunks, before, after);
  EXPECT_EQ(patch.size(), kEdits);
  EXPECT_LE(chunks.chunks_read, kEdits * 16);
}

TEST(TreeDiff, EqualDocumentsDifferInNothing) {
  MemoryChunks chunks;
  EXPECT_TRUE(diff_of(chunks, notes(1'000), notes(1'000)).empty());
  EXPECT_EQ(chunks.chunks_read, 0u);
}

TEST(TreeDiff, OneInsertionAmongEqualItemsIsOneOperation) {
  ListBuilder list;
  for (int i = 0; i < 20'000; ++i) list.append(note(1));
  const Value before = list.build();
  MemoryChunks chunks;
  EXPECT_EQ(diff_of(chunks, before, before.insert_item(7'000, note(2))).size(), 1u);
  EXPECT_EQ(diff_of(chunks, before, before.insert_item(7'000, note(1))).size(), 1u);
}

}  // namespace
}  // namespace stet::test
