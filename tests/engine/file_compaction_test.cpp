// The new file that a sweep makes: how large it is, how long it holds others up, what is left of
// it.
#include <algorithm>
#include <stdexcept>

#include "engine/file_rig.hpp"
#include "support/tampered_files.hpp"

namespace stet::test {
namespace {

class Everything final : public LiveSet {
  bool contains(const Id&) const override { return true; }
  std::uint64_t size() const override { return 0; }
};

TEST(Compaction, HoldsEachChunkOnceAndOneIndex) {
  constexpr std::size_t kChunks = 60'000;
  constexpr std::size_t kChunkBytes = 200;
  // docs/format.md: a frame's fixed bytes, and an entry of the index with its share of the filter.
  constexpr std::size_t kStoredBytes = 48 + kChunkBytes + 60;
  FileRig rig;
  const auto backend = rig.open();
  for (std::size_t i = 0; i < kChunks; ++i) {
    const Bytes chunk = chunk_of(std::to_string(i), kChunkBytes);
    const ChunkView view{id_of(chunk), chunk};
    ASSERT_TRUE(backend->put({&view, 1}, 0).ok());
    if (i % 5000 == 0) {
      ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk)->done);
    }
  }
  ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("last"))->done);
  const auto swept = backend->sweep(Everything(), 0, {});
  ASSERT_TRUE(swept.ok()) << swept.error().to_string();
  EXPECT_EQ(swept->chunks_kept, kChunks + 1);
  EXPECT_LT(swept->bytes_after, kChunks * kStoredBytes + (256u << 10));
  const auto reopened = rig.open();
  for (std::size_t i = 0; i < kChunks; i += 997) {
    const Id id = id_of(chunk_of(std::to_string(i), kChunkBytes));
    EXPECT_TRUE(reopened->get({&id, 1})->front().has_value());
  }
  EXPECT_EQ(FileRig::load(*reopened, "doc/a"), chunk_of("last"));
  EXPECT_TRUE(reopened->check({})->empty());
}

TEST(Compaction, MakesMostOfTheNewFileDurableWhileOthersMaySave) {
  FileRig rig;
  ASSERT_TRUE(FileRig::save(*rig.open(), "doc/a", chunk_of("one", 500'000))->done);
  auto impatient = options_on(rig.disk);
  impatient.lock_wait.limit_ms = 20;
  const auto other = *open_file(kStorePath, impatient);
  int syncs = 0;
  std::uint64_t bytes_at_first = 0;
  const auto files = tampered_files(rig.disk, [&](const Call& call) -> Verdict {
    if (call.kind == Call::Kind::sync_all && call.path.ends_with(".compact") && ++syncs == 1) {
      bytes_at_first = (*rig.disk->status(call.path))->size_bytes;
      const auto saved = FileRig::save(*other, "doc/b", chunk_of("meanwhile"));
      EXPECT_TRUE(saved.ok()) << saved.error().to_string();
    }
    return {};
  });
  const auto backend = *open_file(kStorePath, options_on(files));
  ASSERT_TRUE(backend->sweep(Everything(), 0, {}).ok());
  EXPECT_EQ(syncs, 2);
  EXPECT_GT(bytes_at_first, 500'000u);
  EXPECT_EQ(FileRig::load(*backend, "doc/b"), chunk_of("meanwhile"));
}

TEST(Compaction, LeavesNothingBehindWhereTheCallbackThrows) {
  FileRig rig;
  const auto backend = rig.open();
  ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("one"))->done);
  const auto names = rig.names();
  const ProgressCallback throws = [](const Progress&) -> bool {
    throw std::runtime_error("can't draw");
  };
  EXPECT_THROW((void)backend->sweep(Everything(), 0, throws), std::runtime_error);
  EXPECT_EQ(rig.names(), names);
  EXPECT_TRUE(backend->sweep(Everything(), 0, {}).ok());
  // What another process leaves is cleared away again, so this handle knows that it isn't sweeping.
  ASSERT_TRUE(rig.disk->open(kStorePath + ".compact", os::OpenMode::create_new).ok());
  const auto fresh = rig.open();
  ASSERT_TRUE(FileRig::save(*fresh, "doc/a", chunk_of("two"))->done);
  EXPECT_EQ(rig.names(), names);
}

}  // namespace
}  // namespace stet::test
