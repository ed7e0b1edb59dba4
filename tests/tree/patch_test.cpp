// Patching stored documents: as patching the value, at the cost of the paths.
#include "stet/value/patch.hpp"

#include "support/seed.hpp"
#include "tree/tree_support.hpp"

namespace stet::test {
namespace {

using OperationKind = Operation::Kind;

// Patches the stored value and compares with patching the value in memory.
void expect_same(const Value& document, const Patch& patch) {
  MemoryChunks chunks;
  const auto root = write_to(chunks, document);
  chunks.reset_counters();
  const auto patched = tree::patch(root, patch, chunks, chunks);
  const auto expected = apply_patch(document, patch);
  ASSERT_EQ(patched.ok(), expected.ok());
  if (!expected.ok()) {
    EXPECT_EQ(patched.error().code(), expected.error().code());
    EXPECT_EQ(patched.error().context().path, expected.error().context().path);
    EXPECT_EQ(chunks.chunks_written(), 0u);
    return;
  }
  EXPECT_EQ(*patched, root_of(*expected));
  const auto held = reachable(chunks, *patched);
  for (const Id& id : chunks.put_in_call) EXPECT_TRUE(held.contains(id)) << "put, but not held";
}

Operation operation(OperationKind kind, std::string_view path, Value value = nullptr,
                    std::string_view from = "") {
  return {kind, path_of(path), path_of(from), std::move(value)};
}

Value large_document() {
  return Value::map({{"notes", notes(3'000)},
                     {"small", list_of({1, 2, 3})},
                     {"text", Value(std::string(9'000, 'x'))},
                     {"a/b", Value::map({{"~", 1.0}})}});
}

TEST(TreePatch, EveryOperationAndEveryErrorIsThatOfTheValue) {
  const Value document = large_document();
  const std::vector<std::string> paths = {"",
                                          "/notes",
                                          "/notes/0",
                                          "/notes/2999/pitch",
                                          "/notes/3000",
                                          "/notes/-",
                                          "/notes/x",
                                          "/notes/01",
                                          "/notes/1/new",
                                          "/small",
                                          "/small/1",
                                          "/small/3",
                                          "/small/-",
                                          "/text",
                                          "/text/0",
                                          "/a~1b/~0",
                                          "/a~1b/none",
                                          "/none",
                                          "/none/deeper",
                                          "/notes/5/voice/deep",
                                          "/small/1/2"};
  for (const auto& path : paths) {
    SCOPED_TRACE(path);
    for (const auto& value : {Value(5), notes(200)}) {
      expect_same(document, {operation(OperationKind::add, path, value)});
      expect_same(document, {operation(OperationKind::replace, path, value)});
      expect_same(document, {operation(OperationKind::test, path, value)});
    }
    expect_same(document, {operation(OperationKind::remove, path)});
    for (const auto& from : paths) {
      SCOPED_TRACE(from);
      expect_same(document, {operation(OperationKind::move, path, nullptr, from)});
      expect_same(document, {operation(OperationKind::copy, path, nullptr, from)});
    }
    if (HasFailure()) return;
  }
}

TEST(TreePatch, TestsCompareNumbersAsJsonDoes) {
  const Value document = large_document();
  for (const Value& value : {Value(1), Value(1.0), Value(2)}) {
    expect_same(document, {operation(OperationKind::test, "/a~1b/~0", value)});
  }
  expect_same(document, {operation(OperationKind::test, "/notes", notes(3'000))});
}

TEST(TreePatch, OneOfManyOperationsThatFailsLeavesNothing) {
  Patch patch;
  for (int i = 0; i < 600; ++i) patch.push_back(operation(OperationKind::add, "/small/0", i));
  patch.push_back(operation(OperationKind::remove, "/none"));
  expect_same(large_document(), patch);
  patch.pop_back();
  expect_same(large_document(), patch);
}

TEST(TreePatch, OneOperationTouchesAFewChunksAndCopiesLoadNothing) {
  const Value document = Value::map({{"notes", notes(100'000)}, {"more", Value::empty_map()}});
  MemoryChunks chunks;
  const auto root = write_to(chunks, document);
  for (const auto& patch : {Patch{operation(OperationKind::replace, "/notes/50000/pitch", 5)},
                            Patch{operation(OperationKind::add, "/notes/0", note(1))},
                            Patch{operation(OperationKind::copy, "/again", nullptr, "/notes")},
                            Patch{operation(OperationKind::move, "/again", nullptr, "/notes")},
                            Patch{operation(OperationKind::remove, "/notes")}}) {
    chunks.reset_counters();
    ASSERT_TRUE(tree::patch(root, patch, chunks, chunks).ok());
    EXPECT_LE(chunks.chunks_read, 16u);
    EXPECT_LE(chunks.chunks_written(), 16u);
  }
}

// A copy costs nothing, so what it doubles again and again soon passes any number.
TEST(TreePatch, CopiesOfCopiesStopAtTheSizeThatCanBeLoaded) {
  constexpr int kDoublings = 70;
  Value document = Value::map({{"v", Value(std::string(2'000, 'x'))}});
  for (int i = 0; i < kDoublings; ++i) document = Value::map({{"n", document}});
  MemoryChunks chunks;
  const auto root = write_to(chunks, document);
  Patch patch;
  std::string place;
  std::vector<std::string> places;
  for (int i = 0; i < kDoublings; ++i) places.push_back(place += "/n");
  patch.push_back(operation(OperationKind::copy, places[kDoublings - 2] + "/v", nullptr,
                            places[kDoublings - 1] + "/v"));
  for (int i = kDoublings - 2; i > 0; --i) {
    patch.push_back(operation(OperationKind::copy, places[i - 1] + "/v", nullptr, places[i]));
  }
  chunks.reset_counters();
  const auto patched = tree::patch(root, patch, chunks, chunks);
  ASSERT_FALSE(patched.ok());
  EXPECT_EQ(patched.error().code(), ErrorCode::too_large);
  EXPECT_EQ(chunks.chunks_written(), 0u);
  patch.resize(10);
  EXPECT_EQ(tree::patch(root, patch, chunks, chunks).value(),
            root_of(apply_patch(document, patch).value()));
}

TEST(TreePatch, CopiesIntoThemselvesStopAtTheBoundOfNesting) {
  Value document = Value::map({{"a", notes(40)}});
  MemoryChunks chunks;
  auto root = write_to(chunks, document);
  Result<tree::Root> patched = root;
  for (int i = 0; i < 14 && patched.ok(); ++i) {
    root = *patched;
    ASSERT_TRUE(tree::load(root, chunks).ok());
    std::string path;
    for (int step = 0; step < (1 << i); ++step) path += "/a";
    chunks.reset_counters();
    const Patch patch = {operation(OperationKind::copy, "/b", nullptr, ""),
                         operation(OperationKind::move, "/c", nullptr, "/b"),
                         operation(OperationKind::replace, path, nullptr),
                         operation(OperationKind::copy, path, nullptr, "/c"),
                         operation(OperationKind::remove, "/c")};
    patched = tree::patch(root, patch, chunks, chunks);
  }
  ASSERT_FALSE(patched.ok());
  EXPECT_EQ(patched.error().code(), ErrorCode::too_large);
}

TEST(TreePatch, RandomPatchesGiveTheRootOfThePatchedValue) {
  const std::uint64_t seed = first_seed();
  const int documents = std::getenv("STET_DEEP") ? 1000 : 40;
  for (int i = 0; i < documents; ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + i));
    Rng rng(seed + i);
    const Value before = random_value(rng, 3);
    Value after = before;
    for (int edits = 0; edits < 5; ++edits) after = random_edit(rng, after);
    expect_same(before, diff(before, after));
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace stet::test
