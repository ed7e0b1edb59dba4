// Saving edited values: the root is that of writing the value from nothing, and the cost is that of
// the change.
#include "support/seed.hpp"
#include "tree/tree_support.hpp"

namespace stet::test {
namespace {

// Edits the stored value and checks the root, that all is there, and that nothing is put that the
// tree doesn't hold.
tree::Root edit_to(MemoryChunks& chunks, const Value& before, const tree::Root& before_root,
                   const Value& after) {
  chunks.reset_counters();
  const auto root = tree::write_edit(before, before_root, after, chunks, chunks).value();
  EXPECT_EQ(root, root_of(after));
  const auto held = reachable(chunks, root);
  for (const Id& id : chunks.put_in_call) EXPECT_TRUE(held.contains(id)) << "put, but not held";
  return root;
}

TEST(TreeEdit, RandomEditsGiveTheRootOfTheirResult) {
  const int documents = std::getenv("STET_DEEP") ? 3000 : 30;
  const std::uint64_t seed = first_seed();
  for (int i = 0; i < documents; ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + i));
    Rng rng(seed + i);
    MemoryChunks chunks;
    Value value = random_value(rng, 3);
    auto root = write_to(chunks, value);
    for (int step = 0; step < 12; ++step) {
      Value after = value;
      for (std::size_t edits = 1 + below(rng, 4); edits > 0; --edits) {
        after = random_edit(rng, after);
      }
      root = edit_to(chunks, value, root, after);
      value = after;
      if (testing::Test::HasFailure()) return;
    }
    ASSERT_EQ(tree::load(root, chunks).value(), value);
  }
}

// What is put before the first item may end a node right there, and the old root is kept whole.
TEST(TreeEdit, InsertingAtTheFrontKeepsTheWholeRoot) {
  for (const std::size_t old_items : {2u, 5u, 40u, 400u}) {
    for (const std::size_t new_items : {1u, 2u, 12u, 100u}) {
      for (std::size_t bytes = 700; bytes <= 1500; bytes += 50) {
        MemoryChunks chunks;
        Value before = Value::empty_list();
        for (std::size_t i = 0; i < old_items; ++i) {
          before = before.append(std::to_string(i) + std::string(900, 'o'));
        }
        Value after = before;
        for (std::size_t i = 0; i < new_items; ++i) {
          after = after.insert_item(0, std::to_string(i) + std::string(bytes, 'n'));
        }
        edit_to(chunks, before, write_to(chunks, before), after);
        ASSERT_FALSE(HasFailure()) << old_items << ' ' << new_items << ' ' << bytes;
      }
    }
  }
}

TEST(TreeEdit, UnrelatedValuesAreEditsToo) {
  const std::uint64_t seed = first_seed();
  for (int i = 0; i < 50; ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + i));
    Rng rng(seed + i);
    MemoryChunks chunks;
    const Value before = random_value(rng, 2);
    const Value after = random_value(rng, 2);
    edit_to(chunks, before, write_to(chunks, before), after);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(TreeEdit, InsertingAndRemovingAtFrontMiddleAndEndRewritesAFewChunks) {
  const Value value = notes(20'000);
  MemoryChunks chunks;
  const auto root = write_to(chunks, value);
  const std::size_t all = chunks.chunks_written();
  ASSERT_GT(all, 500u);
  for (const std::size_t at : {std::size_t{0}, std::size_t{9'999}, std::size_t{19'999}}) {
    SCOPED_TRACE(at);
    edit_to(chunks, value, root, value.insert_item(at, note(77)));
    EXPECT_LE(chunks.chunks_written(), 12u);
    EXPECT_LE(chunks.chunks_read, 12u);
    edit_to(chunks, value, root, value.without_item(at));
    EXPECT_LE(chunks.chunks_written(), 12u);
    EXPECT_LE(chunks.chunks_read, 12u);
  }
}

TEST(TreeEdit, OneEditInAHundredThousandItemsTouchesAFewChunks) {
  const Value value = notes(100'000);
  MemoryChunks chunks;
  const auto root = write_to(chunks, value);
  Rng rng(7);
  std::size_t most_written = 0, most_read = 0, bytes = 0;
  constexpr int kEdits = 200;
  for (int i = 0; i < kEdits; ++i) {
    const Value after = value.with_item(below(rng, value.size()), note(i + 1'000'000));
    chunks.reset_counters();
    ASSERT_TRUE(tree::write_edit(value, root, after, chunks, chunks).ok());
    most_written = std::max(most_written, chunks.chunks_written());
    most_read = std::max(most_read, chunks.chunks_read);
    bytes += chunks.bytes_written;
  }
  EXPECT_LE(most_written, 16u);
  EXPECT_LE(most_read, 16u);
  EXPECT_LE(bytes / kEdits, 7'000u);
}

TEST(TreeEdit, ScatteredEditsCostEachTheirPath) {
  const Value value = notes(100'000);
  MemoryChunks chunks;
  const auto root = write_to(chunks, value);
  Value after = value;
  constexpr std::size_t kEdits = 50;
  for (std::size_t i = 0; i < kEdits; ++i) {
    after = i % 2 == 0 ? after.insert_item(i * 1'900 + 13, note(i))
                       : after.without_item(i * 1'900 + 17);
  }
  edit_to(chunks, value, root, after);
  EXPECT_LE(chunks.chunks_written(), kEdits * 8);
  EXPECT_LE(chunks.chunks_read, kEdits * 8);
}

TEST(TreeEdit, PermutedEditsGiveOneRoot) {
  const Value value = notes(5'000);
  std::vector<std::size_t> places = {3, 999, 1'000, 4'998};
  std::set<Id> roots;
  do {
    MemoryChunks chunks;
    auto root = write_to(chunks, value);
    Value at = value;
    for (const std::size_t place : places) {
      const Value next = at.with_item(place, note(place + 70'000));
      root = edit_to(chunks, at, root, next);
      at = next;
    }
    roots.insert(root.id);
  } while (std::next_permutation(places.begin(), places.end()) && !HasFailure());
  EXPECT_EQ(roots.size(), 1u);
}

TEST(TreeEdit, AContainerCrossesTheInlineThresholdBothWays) {
  MemoryChunks chunks;
  Value value = Value::map({{"list", Value::empty_list()},
                            {"map", Value::empty_map()},
                            {"text", Value("")},
                            {"other", notes(100)}});
  auto root = write_to(chunks, value);
  const auto step = [&](const Value& after) {
    root = edit_to(chunks, value, root, after);
    value = after;
  };
  for (int i = 0; i < 120 && !HasFailure(); ++i) {
    const std::string text(static_cast<std::size_t>(i) * 30, 'x');
    step(value.insert(path_of("/list/0"), note(i)).value());
    step(value.with(path_of("/map").child(std::to_string(i)), note(i)).value());
    step(value.with(path_of("/text"), Value(text)).value());
  }
  for (int i = 0; i < 120 && !HasFailure(); ++i) {
    const std::string text(static_cast<std::size_t>(119 - i) * 30, 'x');
    step(value.without(path_of("/list/0")).value());
    step(value.without(path_of("/map").child(std::to_string(i))).value());
    step(value.with(path_of("/text"), Value(text)).value());
  }
  EXPECT_EQ(value.at(path_of("/list"))->size(), 0u);
}

TEST(TreeEdit, TheRootGoesFromPlainToNodeAndBack) {
  MemoryChunks chunks;
  Value value = Value::empty_list();
  auto root = write_to(chunks, value);
  EXPECT_EQ(root.kind, tree::RootKind::plain);
  for (int i = 0; i < 400 && !HasFailure(); ++i) {
    const Value after = value.append(note(i));
    root = edit_to(chunks, value, root, after);
    value = after;
  }
  EXPECT_EQ(root.kind, tree::RootKind::node);
  while (value.size() > 0 && !HasFailure()) {
    const Value after = value.without_item(value.size() / 2);
    root = edit_to(chunks, value, root, after);
    value = after;
  }
  EXPECT_EQ(root, root_of(Value::empty_list()));
  EXPECT_EQ(root.kind, tree::RootKind::plain);
}

TEST(TreeEdit, KindsMayChange) {
  MemoryChunks chunks;
  const std::string text(5'000, 't');
  const std::vector<Value> values = {notes(300),
                                     Value(text),
                                     Value::bytes(as_bytes(text)),
                                     Value::map({{"0", notes(300)}}),
                                     Value(1),
                                     Value(1.0),
                                     nullptr};
  for (const auto& before : values) {
    for (const auto& after : values) {
      edit_to(chunks, before, write_to(chunks, before), after);
      edit_to(chunks, list_of({before, notes(50)}), write_to(chunks, list_of({before, notes(50)})),
              list_of({after, notes(50)}));
    }
  }
}

TEST(TreeEdit, EditsOfEqualAndPeriodicItemsGiveTheRootOfTheirResult) {
  for (const std::size_t period : {1u, 2u, 7u, 100u}) {
    SCOPED_TRACE(period);
    ListBuilder builder;
    for (std::size_t i = 0; i < 20'000; ++i) builder.append(note(i % period));
    const Value value = builder.build();
    MemoryChunks chunks;
    const auto root = write_to(chunks, value);
    for (const std::size_t at : {std::size_t{0}, std::size_t{10'003}, std::size_t{19'999}}) {
      edit_to(chunks, value, root, value.insert_item(at, note(3)));
      edit_to(chunks, value, root, value.without_item(at));
      edit_to(chunks, value, root, value.with_item(at, Value("other")));
      EXPECT_LE(chunks.chunks_new, 60u);
    }
  }
}

TEST(TreeEdit, AChangeInsideLongBytesRewritesAFewChunks) {
  Rng rng(11);
  const Bytes content = random_bytes(rng, 1 << 20);
  const Value value = Value::bytes(content);
  MemoryChunks chunks;
  const auto root = write_to(chunks, value);
  ASSERT_GT(chunks.chunks_written(), 400u);
  for (const std::size_t at : {std::size_t{0}, content.size() / 2, content.size()}) {
    Bytes changed = content;
    changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(at), {1, 2, 3, 4, 5});
    edit_to(chunks, value, root, Value::bytes(changed));
    EXPECT_LE(chunks.chunks_written(), 12u);
    EXPECT_LE(chunks.chunks_read, 12u);
    chunks.reset_counters();
    ASSERT_TRUE(tree::write(Value::bytes(changed), chunks).ok());
    EXPECT_EQ(chunks.chunks_new, 0u);
  }
}

TEST(TreeEdit, AnEqualValueGivesTheSameRootAndPutsNothing) {
  MemoryChunks chunks;
  const Value value = notes(3'000);
  const auto root = write_to(chunks, value);
  chunks.reset_counters();
  EXPECT_EQ(tree::write_edit(value, root, value, chunks, chunks).value(), root);
  EXPECT_EQ(chunks.chunks_written() + chunks.chunks_read, 0u);
  EXPECT_EQ(tree::write_edit(value, root, notes(3'000), chunks, chunks).value(), root);
  EXPECT_EQ(chunks.chunks_written(), 0u);
}

TEST(TreeEdit, AValueThatIsNotWhatIsStoredIsAnError) {
  MemoryChunks chunks;
  const Value value = notes(1'000);
  const auto root = write_to(chunks, value);
  const Value other = notes(2'000);
  const auto saved = tree::write_edit(other, root, other.append(nullptr), chunks, chunks);
  ASSERT_FALSE(saved.ok());
  EXPECT_EQ(saved.error().code(), ErrorCode::internal);
}

}  // namespace
}  // namespace stet::test
