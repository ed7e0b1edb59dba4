#include "contract/contract.hpp"

namespace stet::contract {
namespace {

TEST_P(Contract, GivesChunksInTheOrderAskedAndNothingWhereAbsent) {
  const Chunk first("first"), second("second"), absent("absent");
  put(*backend_, first);
  put(*backend_, second);
  const std::vector<Id> ids = {second.id, absent.id, first.id, second.id};
  const auto found = backend_->get(ids);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 4u);
  EXPECT_EQ((*found)[0], second.bytes);
  EXPECT_EQ((*found)[1], std::nullopt);
  EXPECT_EQ((*found)[2], first.bytes);
  EXPECT_EQ((*found)[3], second.bytes);
}

TEST_P(Contract, GivesNothingForNothing) {
  const auto found = backend_->get({});
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->empty());
  EXPECT_TRUE(backend_->put({}, 0).ok());
  EXPECT_TRUE(swap(*backend_, {}));
}

TEST_P(Contract, PutIsReadableAtOnceAndIdempotent) {
  const Chunk chunk("same");
  for (int i = 0; i < 3; ++i) put(*backend_, chunk);
  const std::vector<ChunkView> twice = {chunk.view(), chunk.view()};
  ASSERT_TRUE(backend_->put(twice, 0).ok());
  EXPECT_EQ(get(*backend_, chunk.id), chunk.bytes);
  EXPECT_TRUE(swap(*backend_, {}));
  EXPECT_EQ(get(*backend_, chunk.id), chunk.bytes);
  put(*backend_, chunk);
  EXPECT_TRUE(swap(*backend_, {}));
  EXPECT_EQ(get(*backend_, chunk.id), chunk.bytes);
  EXPECT_EQ(backend_->counters().chunks_written, 1u);
  EXPECT_EQ(backend_->counters().chunks_put, 6u);
}

TEST_P(Contract, KeepsChunksOfEverySizeUpToTheLimitAndRefusesLargerOnes) {
  const std::size_t limit = GetParam().chunk_bytes_max;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4095},
                                 std::size_t{4096}, std::size_t{65537}, limit - 1, limit}) {
    Bytes content(size);
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<std::uint8_t>(i * 131 >> 3);
    const Chunk chunk(std::move(content));
    put(*backend_, chunk);
    ASSERT_TRUE(swap(*backend_, {}));
    EXPECT_EQ(get(*backend_, chunk.id), chunk.bytes) << size;
  }
  const Chunk small("goes along");
  const Bytes large(limit + 1);
  const std::vector<ChunkView> both = {small.view(), {id_of(large), large}};
  const auto refused = backend_->put(both, 0);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::too_large);
  EXPECT_EQ(get(*backend_, small.id), std::nullopt) << "all of a put or none";
}

TEST_P(Contract, AManyChunkBatchComesBackWhole) {
  std::vector<Chunk> chunks;
  for (int i = 0; i < 3000; ++i) {
    chunks.emplace_back("chunk " + std::to_string(i) +
                        std::string(static_cast<size_t>(i % 97), 'x'));
  }
  for (const Chunk& chunk : chunks) put(*backend_, chunk);
  ASSERT_TRUE(swap(*backend_, {}));
  const auto other = another();
  for (const Chunk& chunk : chunks) ASSERT_EQ(get(*other, chunk.id), chunk.bytes);
}

TEST_P(Contract, CountsWhatItDoes) {
  const BackendCounters before = backend_->counters();
  const Chunk chunk("counted");
  put(*backend_, chunk);
  ASSERT_TRUE(swap(*backend_, {{"doc/a", std::nullopt, bytes_of("1"), false}}));
  get(*backend_, chunk.id);
  get(*backend_, Chunk("never put").id);
  const BackendCounters after = backend_->counters();
  EXPECT_EQ(after.chunks_put - before.chunks_put, 1u);
  EXPECT_EQ(after.chunks_written - before.chunks_written, 1u);
  EXPECT_EQ(after.chunks_read - before.chunks_read, 1u);
  EXPECT_GE(after.bytes_written - before.bytes_written, chunk.bytes.size());
  if (GetParam().durability == Durability::power_loss) {
    EXPECT_EQ(after.flushes - before.flushes, 1u) << "one flush a save";
  }
}

TEST_P(Contract, SaysItsDurability) {
  EXPECT_EQ(backend_->info().durability, GetParam().durability);
  EXPECT_FALSE(backend_->info().engine.empty());
  EXPECT_FALSE(backend_->info().url.empty());
}

TEST_P(Contract, FindsNoDamageInAWholeStore) {
  put(*backend_, Chunk("whole"));
  set_ref(*backend_, "doc/a", "1");
  const auto damage = backend_->check({});
  ASSERT_TRUE(damage.ok()) << damage.error().to_string();
  EXPECT_TRUE(damage->empty());
}

}  // namespace
}  // namespace stet::contract
