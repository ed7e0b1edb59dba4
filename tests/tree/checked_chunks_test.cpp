// Chunks that are kept once they were checked, and what readers make of them.
#include <thread>
#include <vector>

#include "support/seed.hpp"
#include "tree/node.hpp"
#include "tree/tree_support.hpp"

namespace stet::test {
namespace {

class CheckedSource final : public tree::ChunkSource {
 public:
  CheckedSource(MemoryChunks& below, std::size_t bytes_max) : below_(below), checked_(bytes_max) {}
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override {
    return below_.get(ids);
  }
  tree::CheckedChunks* checked() noexcept override { return &checked_; }

 private:
  MemoryChunks& below_;
  tree::CheckedChunks checked_;
};

Bytes some_chunk(std::size_t number) {
  return dag_cbor::encode(Value::list({Value(number), Value(std::string(200, 'x'))}));
}

TEST(CheckedChunks, GiveWhatWasInserted) {
  tree::CheckedChunks checked(1u << 20);
  const Bytes chunk = some_chunk(1);
  EXPECT_FALSE(checked.find(id_of(chunk)).has_value());
  checked.insert(id_of(chunk), chunk);
  EXPECT_EQ(checked.find(id_of(chunk)), chunk);
  checked.clear();
  EXPECT_FALSE(checked.find(id_of(chunk)).has_value());
  checked.insert(id_of(chunk), chunk);
  EXPECT_EQ(checked.find(id_of(chunk)), chunk);
}

TEST(CheckedChunks, ThatAreNoNodesAreCorruptAsNodes) {
  tree::CheckedChunks checked(1u << 20);
  const Bytes chunk = some_chunk(1);
  EXPECT_EQ(checked.find_node(id_of(chunk)).value(), nullptr);
  checked.insert(id_of(chunk), chunk);
  EXPECT_EQ(checked.find_node(id_of(chunk)).error().code(), ErrorCode::corrupt);
}

TEST(CheckedChunks, KeepWithinTheirBoundWhatWasUsedLast) {
  constexpr std::size_t kBytesMax = 256u << 10;
  tree::CheckedChunks checked(kBytesMax);
  const Bytes favourite = some_chunk(1'000'000);
  checked.insert(id_of(favourite), favourite);
  std::size_t kept_bytes = 0, favourite_kept = 0;
  constexpr std::size_t kChunks = 5'000;
  for (std::size_t i = 0; i < kChunks; ++i) {
    checked.insert(id_of(some_chunk(i)), some_chunk(i));
    if (checked.find(id_of(favourite))) {
      ++favourite_kept;
    } else {
      checked.insert(id_of(favourite), favourite);
    }
  }
  for (std::size_t i = 0; i < kChunks; ++i) {
    if (const auto chunk = checked.find(id_of(some_chunk(i)))) kept_bytes += chunk->size();
  }
  EXPECT_LE(kept_bytes, kBytesMax);
  EXPECT_GE(kept_bytes, kBytesMax / 8);
  EXPECT_GE(favourite_kept, kChunks * 9 / 10);
}

TEST(CheckedChunks, LargerThanTheBoundAreNotKept) {
  tree::CheckedChunks checked(1'000);
  const Bytes chunk(2'000, 0);
  checked.insert(id_of(chunk), chunk);
  EXPECT_FALSE(checked.find(id_of(chunk)).has_value());
}

TEST(CheckedChunks, AreReadOnce) {
  MemoryChunks chunks;
  const tree::Root root = write_to(chunks, notes(5'000));
  CheckedSource source(chunks, 1u << 20);
  const tree::View view(root, source);
  EXPECT_EQ(view.at(path_of("/4000")).value(), note(4'000));
  chunks.reset_counters();
  EXPECT_EQ(view.at(path_of("/4000")).value(), note(4'000));
  EXPECT_EQ(chunks.chunks_read, 0u);
}

// What is damaged below is found when it is read, and isn't kept.
TEST(CheckedChunks, NeverHoldWhatWasDamaged) {
  MemoryChunks chunks;
  const tree::Root root = write_to(chunks, notes(5'000));
  const auto whole = chunks.chunks;
  for (auto& [id, bytes] : chunks.chunks) bytes.back() ^= 1;
  CheckedSource source(chunks, 1u << 20);
  const tree::View view(root, source);
  EXPECT_EQ(view.at(path_of("/4000")).error().code(), ErrorCode::corrupt);
  EXPECT_EQ(view.at(path_of("/4000")).error().code(), ErrorCode::corrupt);
  chunks.chunks = whole;
  EXPECT_EQ(view.at(path_of("/4000")).value(), note(4'000));
}

// Offsets, since the bytes of two nodes lie at two places.
std::ptrdiff_t place_of(const tree::Node& node, BytesView part) {
  return part.empty() ? 0 : part.data() - node.bytes.data();
}

void expect_same_node(const tree::Node& kept, const tree::Node& parsed) {
  EXPECT_EQ(kept.id, parsed.id);
  EXPECT_EQ(kept.bytes, parsed.bytes);
  EXPECT_EQ(kept.kind, parsed.kind);
  EXPECT_EQ(kept.level, parsed.level);
  EXPECT_EQ(kept.count, parsed.count);
  EXPECT_EQ(kept.plain, parsed.plain);
  EXPECT_EQ(place_of(kept, kept.content), place_of(parsed, parsed.content));
  EXPECT_EQ(kept.content.size(), parsed.content.size());
  ASSERT_EQ(kept.entries.size(), parsed.entries.size());
  for (std::size_t i = 0; i < kept.entries.size(); ++i) {
    EXPECT_EQ(kept.entries[i].id, parsed.entries[i].id);
    EXPECT_EQ(kept.entries[i].count, parsed.entries[i].count);
    EXPECT_EQ(kept.entries[i].plain, parsed.entries[i].plain);
    EXPECT_EQ(kept.entries[i].key, parsed.entries[i].key);
  }
  ASSERT_EQ(kept.items.size(), parsed.items.size());
  for (std::size_t i = 0; i < kept.items.size(); ++i) {
    const tree::ItemView& item = kept.items[i];
    const tree::ItemView& same = parsed.items[i];
    EXPECT_EQ(item.key, same.key);
    EXPECT_EQ(place_of(kept, as_bytes(item.key)), place_of(parsed, as_bytes(same.key)));
    EXPECT_EQ(place_of(kept, item.encoded), place_of(parsed, same.encoded));
    EXPECT_EQ(item.encoded.size(), same.encoded.size());
    EXPECT_EQ(place_of(kept, item.slot.bytes), place_of(parsed, same.slot.bytes));
    EXPECT_EQ(item.slot.bytes.size(), same.slot.bytes.size());
    EXPECT_EQ(item.slot.plain, same.slot.plain);
    EXPECT_EQ(item.slot.is_tree, same.slot.is_tree);
  }
}

// What an edit makes is left as the nodes that reading it would give.
TEST(CheckedChunks, HoldTheNodesThatAnEditMade) {
  const std::uint64_t seed = first_seed();
  std::size_t compared = 0;
  for (int i = 0; i < 40; ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + i));
    Rng rng(seed + i);
    MemoryChunks chunks;
    CheckedSource source(chunks, 64u << 20);
    Value value = random_value(rng, 3);
    tree::Root root = write_to(chunks, value);
    for (int step = 0; step < 8; ++step) {
      const Value after = random_edit(rng, value);
      chunks.reset_counters();
      root = tree::write_edit(value, root, after, source, chunks).value();
      value = after;
      for (const Id& id : chunks.put_in_call) {
        const auto kept = source.checked()->find_node(id);
        if (!kept.ok() || !*kept) continue;
        expect_same_node(**kept, tree::parse_node(id, chunks.chunks.at(id)).value());
        ++compared;
      }
      ASSERT_FALSE(HasFailure());
    }
  }
  EXPECT_GT(compared, 100u);
}

TEST(CheckedChunks, LetGoOfWhatAnEditReplaced) {
  MemoryChunks chunks;
  CheckedSource source(chunks, 64u << 20);
  Value value = Value::empty_list();
  for (int i = 0; i < 5000; ++i) value = value.append(i);
  tree::Root root = write_to(chunks, value);
  for (int step = 0; step < 5; ++step) {
    const Value after = value.with_item(2500, -step - 1);
    const tree::Root before =
        std::exchange(root, tree::write_edit(value, root, after, source, chunks).value());
    value = after;
    EXPECT_FALSE(source.checked()->find(before.id));
    EXPECT_TRUE(source.checked()->find(root.id));
    EXPECT_EQ(tree::load(before, source).value().size(), 5000u) << "it can still be read";
    source.checked()->drop(before.id);
  }
}

TEST(CheckedChunks, AreSharedByThreads) {
  MemoryChunks written;
  const tree::Root root = write_to(written, notes(2'000));
  tree::CheckedChunks checked(64u << 10);
  const auto work = [&](std::size_t from) {
    for (std::size_t round = 0; round < 3; ++round) {
      std::size_t place = 0;
      for (const auto& [id, bytes] : written.chunks) {
        if (++place % 4 == from) checked.insert(id, bytes);
        const auto found = checked.find(id);
        EXPECT_TRUE(!found || *found == bytes);
        EXPECT_TRUE(checked.find_node(id).ok());
      }
      if (from == 0) checked.clear();
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t from = 0; from < 4; ++from) threads.emplace_back(work, from);
  for (std::thread& thread : threads) thread.join();
  checked.insert(root.id, written.chunks.at(root.id));
  EXPECT_NE(checked.find_node(root.id).value(), nullptr);
}

}  // namespace
}  // namespace stet::test
