// The invariants of bytes: what is damaged, what is decoded, what is named, and where files go.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <map>

#include "stet/codec.hpp"
#include "stet/layer.hpp"
#include "stet/safefile.hpp"
#include "store/stores.hpp"
#include "support/damaged_store.hpp"
#include "value/random_value.hpp"

namespace stet::test {
namespace {

TEST(Invariant03, AVersionIsVisibleOnlyIfEveryByteOfItsBatchVerifies) {
  const Sample sample = make_sample(kPlain);
  const std::size_t end = *sample.log_ends.rbegin();
  const std::size_t begin = *std::next(sample.log_ends.rbegin());
  for (std::size_t at = begin; at < end; ++at) {
    Bytes damaged = sample.bytes;
    damaged[at] ^= static_cast<std::uint8_t>(1u << at % 8);
    EXPECT_NE(read_damaged(sample, damaged, "byte " + std::to_string(at)), Reading::latest) << at;
    if (HasFailure()) return;
  }
}

// What is wrong, read_damaged says.
TEST(Invariant06, AFlippedBitGivesRightDataATypedErrorOrAFallbackThatIsReported) {
  for (const auto& [steps, apart] :
       {std::pair{kPlain, 101u}, std::pair{kCompacted, 101u}, std::pair{kIndexed, 40'009u}}) {
    const Sample sample = make_sample(steps);
    std::map<Reading, int> readings;
    for (std::size_t bit = 0; bit < written_bytes(sample.bytes) * 8; bit += apart) {
      Bytes damaged = sample.bytes;
      damaged[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      ++readings[read_damaged(sample, damaged, "bit " + std::to_string(bit))];
      if (HasFailure()) return;
    }
    EXPECT_GE(readings[Reading::refused], 10);
  }
}

struct Frames {
  std::vector<std::pair<std::size_t, std::size_t>> blocks;  // of indexes: begin and end
  std::vector<Id> chunks;
};

Frames frames_of(const Bytes& bytes) {
  constexpr std::uint8_t kChunk = 1, kBlocks = 4;  // docs/format.md
  Frames frames;
  for (std::size_t at = kHeaderBytes; bytes[at + 4] != 0;) {
    const std::size_t begin = at + 8;
    const std::size_t length = bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16;
    if (bytes[at + 4] == kBlocks) frames.blocks.emplace_back(begin, begin + length);
    if (bytes[at + 4] == kChunk) {
      std::copy_n(&bytes[begin], kIdBytes, frames.chunks.emplace_back().bytes.begin());
    }
    at = begin + length;
  }
  return frames;
}

// An index says nothing that the log doesn't. Each chunk is asked for by itself, so that it is
// looked for in the index and not found behind the one before it.
TEST(Invariant06, AnIndexThatIsDamagedIsReadAround) {
  const Bytes whole = make_sample(kIndexed).bytes;
  const Frames frames = frames_of(whole);
  int flips = 0;
  for (const auto& [begin, end] : frames.blocks) {
    for (std::size_t at = begin + 60; at < end; at += 20'011, ++flips) {
      DiskImage image;
      Bytes damaged = whole;
      damaged[at] ^= 4;
      image.put_file(kStorePath, damaged);
      const auto disk = std::make_shared<SimulatedDisk>(std::move(image));
      const auto backend = open_store(disk, false, std::make_shared<SeededRandom>(1));
      ASSERT_TRUE(backend.ok()) << "byte " << at << ": " << backend.error().to_string();
      for (const Id& id : frames.chunks) {
        const auto chunk = (*backend)->get({&id, 1});
        ASSERT_TRUE(chunk.ok()) << "byte " << at << ": " << chunk.error().to_string();
        ASSERT_TRUE(chunk->front() && id_of(*chunk->front()) == id) << "byte " << at;
      }
    }
  }
  EXPECT_GE(flips, 15);
}

TEST(Invariant07, AValidVersionBehindADamagedRegionIsNeverDiscardedInSilence) {
  const Sample sample = make_sample(kPlain);
  for (std::size_t at = kHeaderBytes; at < written_bytes(sample.bytes) / 2; at += 7) {
    Bytes damaged = sample.bytes;
    damaged[at] ^= 0x10;
    EXPECT_NE(read_damaged(sample, damaged, "byte " + std::to_string(at)), Reading::reported_older)
        << "cut away like a torn tail";
    if (HasFailure()) return;
  }
}

TEST(Invariant14, WhatIsEncodedDecodesToTheSameAndEqualValuesGiveEqualBytes) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    std::mt19937_64 random(seed);
    const Value value = random_value(random, 1 + seed % 60);
    const Bytes bytes = dag_cbor::encode(value);
    const auto decoded = dag_cbor::decode(bytes);
    ASSERT_TRUE(decoded.ok()) << "seed " << seed << ": " << decoded.error().to_string();
    ASSERT_EQ(*decoded, value) << "seed " << seed;
    ASSERT_EQ(dag_cbor::encode(*decoded), bytes) << "seed " << seed;
    const auto text = encode_dag_json(value);
    if (!text.ok()) continue;  // a map that DAG-JSON keeps for its own
    const auto from_text = decode_dag_json(as_bytes(*text));
    ASSERT_TRUE(from_text.ok()) << "seed " << seed << ": " << from_text.error().to_string();
    ASSERT_EQ(*from_text, value) << "seed " << seed;
  }
}

// One value has one form, so what isn't it is refused.
TEST(Invariant14, AnEncodingThatIsAcceptedIsTheOneThatIsWritten) {
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    std::mt19937_64 random(seed);
    Bytes bytes = dag_cbor::encode(random_value(random, 1 + seed % 20));
    for (int i = 0; i < 3; ++i) {
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    }
    const auto decoded = dag_cbor::decode(bytes);
    if (decoded.ok()) {
      ASSERT_EQ(dag_cbor::encode(*decoded), bytes) << "seed " << seed;
    }
  }
  const Bytes keys_out_of_order = {0xa2, 0x61, 'b', 1, 0x61, 'a', 2};
  EXPECT_FALSE(dag_cbor::decode(keys_out_of_order).ok());
}

// Through the packing layer and the tree, from a backend that gives bytes of its own.
TEST(Invariant15, EveryChunkThatIsReturnedIsWhatItsIdSays) {
  const World world;
  const Value value = song(600);
  std::vector<Id> ids;
  const auto plain = memory_backend();
  {
    class Ids final : public LiveSet {
     public:
      bool contains(const Id& id) const override {
        found.insert(id);
        return true;
      }
      std::uint64_t size() const override { return 1; }
      mutable std::set<Id> found;
    } all;
    Store store = Store::over(plain, world.options());
    ASSERT_TRUE(store.save("song", value).ok());
    const RefChange bump = {std::string(kEpochRef), std::nullopt, encode_epoch(1)};
    ASSERT_TRUE(plain->swap({&bump, 1})->done && plain->sweep(all, 1, {}).ok());
    ids.assign(all.found.begin(), all.found.end());
  }
  ASSERT_GE(ids.size(), 5u);
  for (const Id& id : ids) {
    const auto backend = std::make_shared<HookedBackend>(plain);
    Bytes other = *plain->get({&id, 1})->front();
    other[other.size() / 2] ^= 1;
    backend->plant(id, other);
    Store store = Store::over(backend, world.options());
    const auto loaded = store.load("song");
    ASSERT_FALSE(loaded.ok()) << "chunk " << id.to_string() << " was taken for another";
    EXPECT_EQ(loaded.error().code(), ErrorCode::corrupt) << loaded.error().to_string();
    const auto report = store.verify();
    EXPECT_TRUE(!report.ok() || !report->ok()) << "verify finds nothing";
  }
}

std::uint64_t memory_peak_kb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss);
}

TEST(Invariant16, NoInputMakesADecoderUseMoreThanItsLimits) {
  constexpr std::size_t kDeep = 3'000'000;
  const Bytes claims[] = {
      {0x9b, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},  // a list of 10^18 items
      {0xbb, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},  // a map
      {0x7b, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},  // a text
      {0x5b, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},  // bytes
      {0x9a, 0x40, 0x00, 0x00, 0x00, 0x01},                    // 10^9 items, one is there
  };
  const std::string deep_json(kDeep, '[');
  const std::string deep_maps = [] {
    std::string text;
    for (int i = 0; i < 500'000; ++i) text += "{\"a\":";
    return text;
  }();
  const Bytes deep_cbor(kDeep, 0x81);
  const std::uint64_t before = memory_peak_kb();
  for (const Bytes& claim : claims) EXPECT_FALSE(dag_cbor::decode(claim).ok());
  EXPECT_EQ(dag_cbor::decode(deep_cbor).error().code(), ErrorCode::too_large);
  for (const std::string* const text : {&deep_json, &deep_maps}) {
    EXPECT_FALSE(decode_json(as_bytes(*text)).ok());
    EXPECT_FALSE(decode_dag_json(as_bytes(*text)).ok());
  }
  DecodeLimits small;
  small.depth_max = 5;
  small.members_max = 10;
  small.input_bytes_max = 100;
  EXPECT_TRUE(decode_json(as_bytes("[[[[[]]]]]"), small).ok());
  EXPECT_FALSE(decode_json(as_bytes("[[[[[[]]]]]]"), small).ok());
  EXPECT_TRUE(decode_json(as_bytes("[1,2,3,4,5,6,7,8,9,0]"), small).ok());
  EXPECT_FALSE(decode_json(as_bytes("[1,2,3,4,5,6,7,8,9,0,1]"), small).ok());
  EXPECT_FALSE(decode_json(as_bytes(std::string(101, ' ')), small).ok());
  EXPECT_FALSE(dag_cbor::decode(Bytes{0x81, 0x81, 0x81, 0x81, 0x81, 0x80}, small).ok());
  // Inputs of some megabytes may take tens of them (an index of the text), never what they claim.
  EXPECT_LT(memory_peak_kb() - before, 200'000u);
}

TEST(Invariant19, NoDocumentNameReachesAPathOutsideItsStore) {
  const TemporaryFolder folder;
  const std::string inside = folder / "inside";
  ASSERT_TRUE(std::filesystem::create_directory(inside));
  auto store = Store::open("file:" + inside + "/store.stet");
  ASSERT_TRUE(store.ok()) << store.error().to_string();
  for (const std::string& name :
       {std::string("../out"), std::string("a/../../out"), std::string("/etc/out"),
        std::string("."), std::string("a/."), std::string("a//b"), std::string("a\0b", 3),
        std::string("a\nb"), std::string("a/"), std::string("")}) {
    EXPECT_EQ(store->save(name, Value(1)).error().code(), ErrorCode::invalid) << name;
    EXPECT_EQ(store->pin(name, "a").error().code(), ErrorCode::invalid) << name;
  }
  for (const std::string name : {"con", "a/b/c", "..a", "b\\..\\c", "$(x)"}) {
    EXPECT_TRUE(store->save(name, Value(1)).ok()) << name;
  }
  ASSERT_TRUE(store->compact().ok());
  const auto entries = [](const std::string& where) {
    return std::distance(std::filesystem::directory_iterator(where), {});
  };
  EXPECT_EQ(entries(inside), 1) << "a document became a file";
  EXPECT_EQ(entries(folder.path()), 1);
}

// Whatever files a store's work makes: the store, what a compaction writes, what is set aside.
TEST(Invariant19, EveryFileThatIsMadeIsForItsOwnerOrAsTheOneItReplaces) {
  const auto disk = std::make_shared<SimulatedDisk>();
  BackendWork work(disk, disk, 3);
  ASSERT_TRUE(work.open().ok());
  for (const Step step : {Step::save_a, Step::sweep, Step::save_b})
    ASSERT_TRUE(work.run(step).ok());
  {  // a torn end
    const auto file = disk->open(kStorePath, os::OpenMode::read_write);
    const auto status = (*file)->status();
    ASSERT_TRUE((*file)->write_all(status->size_bytes, as_bytes("half a save")).ok());
  }
  ASSERT_TRUE(work.run(Step::reopen).ok() && work.run(Step::save_a).ok());
  ASSERT_TRUE(safefile::replace_file(*disk, "/exported", as_bytes("x")).ok());
  int made = 0;
  for (const Operation& operation : disk->log()) {
    for (const auto& [number, node] : operation.created) {
      ++made;
      EXPECT_EQ(node.attributes.mode, 0600u) << describe(operation);
    }
  }
  EXPECT_GE(made, 4) << "a store, a compacted one, a torn end and an export were expected";

  ASSERT_TRUE((*disk->open(kStorePath, os::OpenMode::read_write))->set_mode(0640).ok());
  ASSERT_TRUE((*disk->open("/exported", os::OpenMode::read_write))->set_mode(0644).ok());
  ASSERT_TRUE(work.run(Step::sweep).ok());
  ASSERT_TRUE(safefile::replace_file(*disk, "/exported", as_bytes("y")).ok());
  EXPECT_EQ(disk->status(kStorePath).value()->mode, 0640u);
  EXPECT_EQ(disk->status("/exported").value()->mode, 0644u);
}

}  // namespace
}  // namespace stet::test
