// Chunks that are kept once they were checked, and what readers make of them.
#include <thread>
#include <vector>

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
