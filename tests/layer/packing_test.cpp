#include <gtest/gtest.h>

#include "stet/engine/memory.hpp"
#include "stet/layer.hpp"

namespace stet {
namespace {

struct Stored {
  std::shared_ptr<Backend> below = memory_backend();
  std::shared_ptr<Backend> above = packing_layer(below);

  // Puts `record` where the record of a chunk with that id would be.
  void put_record(const Id& id, const Bytes& record) {
    const ChunkView view{id, record};
    ASSERT_TRUE(below->put({&view, 1}, 0).ok());
  }
  Result<std::vector<std::optional<Bytes>>> get(const Id& id) { return above->get({&id, 1}); }
  Bytes record_of(const Id& id) { return *below->get({&id, 1})->front(); }
};

Id put(Backend& backend, const Bytes& chunk) {
  const ChunkView view{id_of(chunk), chunk};
  EXPECT_TRUE(backend.put({&view, 1}, 0).ok());
  return view.id;
}

TEST(Packing, StoresAChunkPlainBehindAByteOfItsEncoding) {
  Stored stored;
  const Id id = put(*stored.above, {1, 2, 3});
  EXPECT_EQ(stored.record_of(id), (Bytes{0, 1, 2, 3}));
}

TEST(Packing, ReadsWhatAnotherCompressed) {
  Stored stored;
  const auto compressing = packing_layer(stored.below, {.zstd_level = 1});
  const Bytes compressible(20'000, 'a');
  const Id id = put(*compressing, compressible);
  EXPECT_LT(stored.record_of(id).size(), 200u);
  EXPECT_EQ(stored.record_of(id)[0], 1);
  const auto found = stored.get(id);
  ASSERT_TRUE(found.ok()) << found.error().to_string();
  EXPECT_EQ(found->front(), compressible);
}

TEST(Packing, KeepsPlainWhatCompressionWouldNotShrink) {
  Stored stored;
  const auto compressing = packing_layer(stored.below, {.zstd_level = 1});
  for (const Bytes& chunk : {Bytes{}, Bytes{7}, Bytes{1, 2, 3, 4, 5, 6, 7, 8}}) {
    const Id id = put(*compressing, chunk);
    EXPECT_EQ(stored.record_of(id)[0], 0);
    EXPECT_EQ(stored.get(id)->front(), chunk);
  }
}

TEST(Packing, RefusesEncodingsThatItDoesNotKnowByName) {
  Stored stored;
  for (const int encoding : {3, 255}) {
    const Id id = id_of(Bytes{static_cast<std::uint8_t>(encoding)});
    stored.put_record(id, Bytes{static_cast<std::uint8_t>(encoding), 1, 2, 3});
    const auto found = stored.get(id);
    ASSERT_FALSE(found.ok()) << encoding;
    EXPECT_EQ(found.error().code(), ErrorCode::newer_format) << encoding;
    EXPECT_NE(found.error().message().find(id.to_string()), std::string::npos);
  }
}

TEST(Packing, EveryDamagedByteOfACompressedRecordIsAnErrorOrTheRightChunk) {
  Stored stored;
  const auto compressing = packing_layer(stored.below, {.zstd_level = 3});
  Bytes chunk;
  for (int i = 0; i < 2000; ++i) chunk.push_back(static_cast<std::uint8_t>(i % 50));
  const Bytes record = stored.record_of(put(*compressing, chunk));
  ASSERT_EQ(record[0], 1);
  int refused = 0;
  for (std::size_t at = 0; at < record.size(); ++at) {
    for (const int flip : {0x01, 0x80}) {
      Bytes damaged = record;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ flip);
      const Id id = id_of(damaged);
      stored.put_record(id, damaged);
      const auto found = stored.get(id);
      refused += !found.ok();
      if (found.ok()) {
        EXPECT_LE(found->front()->size(), record.size() + chunk.size());
      }
    }
  }
  EXPECT_GT(refused, 8) << "lengths at least are checked here; content is the tree's to check";
}

TEST(Packing, ALengthThatLiesIsRefusedBeforeMemoryIsTaken) {
  Stored stored;
  Bytes record = {1, 0xff, 0xff, 0xff, 0xff, 0x28, 0xb5, 0x2f, 0xfd};
  for (std::size_t length = 0; length <= record.size(); ++length) {
    const Bytes cut(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(length));
    const Id id = id_of(cut);
    stored.put_record(id, cut);
    ASSERT_FALSE(stored.get(id).ok()) << length;
    EXPECT_EQ(stored.get(id).error().code(), ErrorCode::corrupt) << length;
  }
}

TEST(Packing, KeepsItsLimitToTheByte) {
  Stored stored;
  const Bytes largest(kPackedChunkBytesMax, 5);
  EXPECT_EQ(stored.get(put(*stored.above, largest))->front(), largest);
  const Bytes larger(kPackedChunkBytesMax + 1, 5);
  const ChunkView view{id_of(larger), larger};
  EXPECT_EQ(stored.above->put({&view, 1}, 0).error().code(), ErrorCode::too_large);
}

}  // namespace
}  // namespace stet
