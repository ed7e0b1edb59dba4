// Packs of records, and differences between chunks.
#include <gtest/gtest.h>

#include <algorithm>

#include "layer/difference.hpp"
#include "layer/record.hpp"
#include "stet/engine/memory.hpp"
#include "stet/layer.hpp"
#include "support/hands_on.hpp"
#include "support/seed.hpp"
#include "support/seeded_random.hpp"

namespace stet {
namespace {

Bytes plain_record(const Bytes& chunk) {
  Bytes record;
  layer::append_plain_record(record, chunk);
  return record;
}

// A chunk with a link to each of `targets`, between bytes that do not compress.
Bytes chunk_with_links(const std::vector<Id>& targets, test::SeededRandom& random) {
  Bytes chunk(20);
  random.fill(chunk);
  for (const Id& target : targets) {
    for (const int byte : {0xd8, 0x2a, 0x58, 0x25, 0}) {
      chunk.push_back(static_cast<std::uint8_t>(byte));
    }
    const auto cid = cid_bytes_of(target);
    chunk.insert(chunk.end(), cid.begin(), cid.end());
    chunk.push_back(0xff);
  }
  return chunk;
}

// Each chunk links to some before it, and one outside.
std::vector<Bytes> linked_chunks(std::size_t count, test::SeededRandom& random) {
  std::vector<Bytes> chunks;
  std::vector<Id> ids;
  const Id outside = id_of(Bytes{1, 2, 3});
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<Id> targets = {outside};
    if (i > 0) targets.push_back(ids.back());
    if (i > 3) targets.push_back(ids[i / 2]);
    chunks.push_back(chunk_with_links(targets, random));
    ids.push_back(id_of(chunks.back()));
  }
  return chunks;
}

struct Packed {
  explicit Packed(const std::vector<Bytes>& chunks, const std::vector<Bytes>& bases = {}) {
    for (const Bytes& chunk : chunks) records.push_back(plain_record(chunk));
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      views.push_back({id_of(chunks[i]), records[i]});
    }
    bytes = *record_packer()->pack(views, bases);
  }
  std::vector<Bytes> records;
  std::vector<ChunkView> views;
  Bytes bytes;
};

TEST(Pack, GivesBackWhatWentInAndItsIds) {
  test::SeededRandom random(1);
  for (const std::size_t count : {1u, 2u, 300u}) {
    const Packed packed(linked_chunks(count, random));
    const auto opened = record_packer()->open(packed.bytes, {});
    ASSERT_TRUE(opened.ok()) << opened.error().to_string();
    ASSERT_EQ((*opened)->ids().size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ((*opened)->ids()[i], packed.views[i].id);
      EXPECT_EQ((*opened)->record(i), packed.records[i]);
    }
  }
}

TEST(Pack, LeavesOutIdsThatFollowFromItsChunks) {
  test::SeededRandom random(2);
  const Packed packed(linked_chunks(1000, random));
  // 20 random bytes a chunk can't be spared; two ids of 32 bytes can.
  EXPECT_LT(packed.bytes.size(), 1000u * 32);
}

TEST(Pack, LeansOnChunksOutsideOfIt) {
  test::SeededRandom random(5);
  std::vector<Bytes> chunks, bases;
  for (int i = 0; i < 200; ++i) {
    chunks.emplace_back(1000);
    random.fill(chunks.back());
    Bytes successor = chunks.back();
    successor[500] ^= 1;
    bases.push_back(plain_record(successor));
  }
  const Packed packed(chunks, bases);
  EXPECT_LT(packed.bytes.size(), 200u * 60);
  const auto opened = record_packer()->open(packed.bytes, bases);
  ASSERT_TRUE(opened.ok()) << opened.error().to_string();
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    EXPECT_EQ((*opened)->record(i), packed.records[i]);
  }
  EXPECT_EQ(record_packer()->open(packed.bytes, {}).error().code(), ErrorCode::corrupt);
  std::swap(bases[0], bases[1]);
  EXPECT_EQ(record_packer()->open(packed.bytes, bases).error().code(), ErrorCode::corrupt);
}

// A few bytes may say that they are millions, and be named again and again.
TEST(Pack, LeansOnSoMuchOnlyAsUnpacked) {
  const Packed packed(std::vector<Bytes>{{1, 2, 3}});
  Bytes record;
  layer::append_compressed_record(record, Bytes(1u << 20), 3);
  ASSERT_LT(record.size(), 1000u);
  EXPECT_EQ(record_packer()->open(packed.bytes, std::vector<Bytes>(5, record)).error().code(),
            ErrorCode::corrupt);
  EXPECT_TRUE(record_packer()->open(packed.bytes, std::vector<Bytes>(3, record)).ok());
}

TEST(Pack, TakesOnlyRecordsThatUnpackToTheirIds) {
  const auto packer = record_packer();
  const Bytes chunk = {1, 2, 3};
  EXPECT_TRUE(packer->size_in_pack({id_of(chunk), plain_record(chunk)}));
  EXPECT_FALSE(packer->size_in_pack({id_of(Bytes{4}), plain_record(chunk)}));
  EXPECT_FALSE(packer->size_in_pack({id_of(chunk), Bytes{9, 9}}));
  const Bytes large(100'000, 7);
  EXPECT_FALSE(packer->size_in_pack({id_of(large), plain_record(large)}));
}

TEST(Pack, DamagedAnywhereIsAnErrorOrGivesOtherIds) {
  test::SeededRandom random(3);
  const Packed packed(linked_chunks(40, random));
  std::size_t errors = 0;
  for (std::size_t bit = 0; bit < packed.bytes.size() * 8; ++bit) {
    Bytes damaged = packed.bytes;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    const auto opened = record_packer()->open(damaged, {});
    if (!opened.ok()) {
      ASSERT_EQ(opened.error().code(), ErrorCode::corrupt);
      ++errors;
      continue;
    }
    for (std::size_t i = 0; i < (*opened)->ids().size(); ++i) {
      const Bytes record = (*opened)->record(i);
      ASSERT_EQ((*opened)->ids()[i], id_of(BytesView(record).subspan(1)));
    }
  }
  // The checksum covers all but a few bits of the frame's head.
  EXPECT_GT(errors, packed.bytes.size() * 8 - 16);
  for (std::size_t size = 0; size < packed.bytes.size(); ++size) {
    EXPECT_FALSE(record_packer()->open(BytesView(packed.bytes).first(size), {}).ok()) << size;
  }
}

TEST(Difference, MakesTheOtherChunkAndIsSmallForAnEdit) {
  const std::uint64_t seed = test::first_seed();
  SCOPED_TRACE("STET_SEED=" + std::to_string(seed));
  test::SeededRandom random(seed);
  const auto below = [&](std::size_t bound) {
    std::array<std::uint8_t, 8> bytes;
    random.fill(bytes);
    std::size_t number = 0;
    for (const std::uint8_t byte : bytes) number = number << 8 | byte;
    return number % bound;
  };
  for (int round = 0; round < 5000; ++round) {
    Bytes base(below(300));
    random.fill(base);
    Bytes chunk = base;
    const std::size_t edits = below(4);
    for (std::size_t i = 0; i < edits; ++i) {
      const auto at = chunk.begin() + static_cast<std::ptrdiff_t>(below(chunk.size() + 1));
      const auto length = static_cast<std::ptrdiff_t>(
          below(1 + std::min<std::size_t>(40, static_cast<std::size_t>(chunk.end() - at))));
      if (below(2) == 0) {
        chunk.erase(at, at + length);
      } else if (below(2) == 0) {
        chunk.insert(at, 7, 'x');
      } else {
        std::fill(at, at + length, std::uint8_t{0});
      }
    }
    Bytes difference;
    layer::append_difference(difference, base, chunk);
    ASSERT_EQ(layer::apply_difference(base, difference, chunk.size()), chunk) << round;
    if (edits == 1) {
      ASSERT_LE(difference.size(), 50u);
    }
    EXPECT_EQ(layer::apply_difference(base, difference, chunk.size() + 1), std::nullopt);
  }
}

TEST(Difference, ThatDoesNotFitIsRefused) {
  const Bytes base = {1, 2, 3};
  using layer::apply_difference;
  EXPECT_EQ(apply_difference(base, Bytes{}, 3), base);
  EXPECT_EQ(apply_difference(base, Bytes{4, 0, 0}, 4), std::nullopt);     // keeps too many
  EXPECT_EQ(apply_difference(base, Bytes{1, 3, 0}, 1), std::nullopt);     // leaves out too many
  EXPECT_EQ(apply_difference(base, Bytes{0, 3, 2, 9}, 2), std::nullopt);  // lacks what it adds
  EXPECT_EQ(apply_difference(base, Bytes{0x80}, 3), std::nullopt);        // cut off
  EXPECT_EQ(apply_difference(base, Bytes{0x80, 0x80, 0x80, 0x80, 0x80, 0, 0, 0}, 3),
            std::nullopt);  // too long a number
  EXPECT_EQ(apply_difference(base, Bytes{1, 1, 2, 8, 9}, 4), (Bytes{1, 8, 9, 3}));
}

// A backend that keeps every delta that it is given, as the file engine does.
class KeepsDeltas final : public test::HandsOn {
 public:
  KeepsDeltas() : HandsOn(memory_backend()) {}
  Result<void> put(std::span<const ChunkView> chunks, Epoch epoch) override {
    for (const ChunkView& chunk : chunks) {
      const ChunkView kept{chunk.id, chunk.base == nullptr ? chunk.bytes : chunk.base->bytes};
      STET_CHECK(below().put({&kept, 1}, epoch));
    }
    return {};
  }
};

// Chunks that each take the place of the one before.
std::vector<Bytes> edited_chunks(std::size_t count) {
  std::vector<Bytes> chunks(1, Bytes(500, 'a'));
  while (chunks.size() < count) {
    chunks.push_back(chunks.back());
    chunks.back()[chunks.size()] = 'b';
  }
  return chunks;
}

TEST(PackingDeltas, AreMadeToABoundedDepthAndReadThroughTheirBases) {
  const auto below = std::make_shared<KeepsDeltas>();
  const auto chunks = edited_chunks(20);
  const auto above = packing_layer(below);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const ChunkView base = i == 0 ? ChunkView() : ChunkView{id_of(chunks[i - 1]), chunks[i - 1]};
    const ChunkView view{id_of(chunks[i]), chunks[i], i == 0 ? nullptr : &base};
    ASSERT_TRUE(above->put({&view, 1}, 0).ok());
    const Bytes record = *below->get({&view.id, 1})->front();
    const auto head = layer::delta_head(record);
    EXPECT_EQ(head ? head->depth : 0, i % (layer::kDeltaDepthMax + 1)) << i;
    if (head) {
      EXPECT_LT(record.size(), 50u);
    }
  }
  std::vector<Id> ids;
  for (const Bytes& chunk : chunks) ids.push_back(id_of(chunk));
  const auto read = packing_layer(below)->get(ids);
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  for (std::size_t i = 0; i < chunks.size(); ++i) EXPECT_EQ((*read)[i], chunks[i]);
}

TEST(PackingDeltas, WithoutTheirBaseOrInACircleAreCorrupt) {
  const auto below = memory_backend();
  const auto chunks = edited_chunks(2);
  const auto put = [&](const Bytes& chunk, const Bytes& base) {
    Bytes record;
    layer::append_delta_record(record, 1, {id_of(base), base}, chunk);
    const ChunkView view{id_of(chunk), record};
    ASSERT_TRUE(below->put({&view, 1}, 0).ok());
  };
  const Id first = id_of(chunks[0]), second = id_of(chunks[1]);
  const auto above = packing_layer(below);
  put(chunks[1], chunks[0]);
  const auto alone = above->get({&second, 1});
  ASSERT_FALSE(alone.ok());
  EXPECT_EQ(alone.error().code(), ErrorCode::corrupt);
  EXPECT_NE(alone.error().message().find(first.to_string()), std::string::npos);
  put(chunks[0], chunks[1]);
  EXPECT_EQ(above->get({&second, 1}).error().code(), ErrorCode::corrupt);
}

}  // namespace
}  // namespace stet
