// Ids of chunks, one at a time and many at once.
#include "stet/base/id.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <thread>
#include <vector>

namespace stet {
namespace {

Bytes random_bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

// Compares each with id_of, which goes another way.
void expect_ids_of(const std::vector<Bytes>& chunks) {
  const std::vector<BytesView> views(chunks.begin(), chunks.end());
  std::vector<Id> ids(chunks.size());
  ids_of(views, ids);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    ASSERT_EQ(ids[i], id_of(chunks[i]))
        << i << " of " << chunks.size() << ", with " << chunks[i].size() << " bytes";
  }
}

// FIPS 180-4's example of one block.
TEST(IdsOf, GiveTheHashOfTheStandard) {
  const std::vector<BytesView> chunks(20, as_bytes("abc"));
  std::vector<Id> ids(chunks.size());
  ids_of(chunks, ids);
  const std::array<std::uint8_t, 8> begin = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea};
  for (const Id& id : ids) {
    EXPECT_TRUE(std::equal(begin.begin(), begin.end(), id.bytes.begin()));
  }
}

TEST(IdsOf, AreThoseOfEachChunkWhateverItsLength) {
  std::vector<Bytes> chunks;
  for (std::size_t size = 0; size < 200; ++size) chunks.push_back(random_bytes(size, size));
  for (const std::size_t size : {4096u, 32767u, 32768u, 32769u, 65536u, 1u << 20}) {
    chunks.push_back(random_bytes(size, size));
  }
  std::shuffle(chunks.begin(), chunks.end(), std::mt19937_64(1));
  expect_ids_of(chunks);
}

TEST(IdsOf, AreThoseOfEachChunkHoweverMany) {
  for (std::size_t count = 0; count < 40; ++count) {
    std::vector<Bytes> chunks;
    for (std::size_t i = 0; i < count; ++i) chunks.push_back(random_bytes(31 * i + count, i));
    expect_ids_of(chunks);
  }
}

TEST(IdsOf, AreRightFromManyThreads) {
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      std::vector<Bytes> chunks;
      for (std::size_t i = 0; i < 64; ++i) chunks.push_back(random_bytes(50 * i, thread * 64 + i));
      for (int round = 0; round < 20; ++round) expect_ids_of(chunks);
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace stet
