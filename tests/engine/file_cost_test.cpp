// What saving and opening cost, in counts that do not drift.
#include <algorithm>
#include <random>

#include "engine/file_rig.hpp"

namespace stet::test {
namespace {

TEST(Cost, ASaveIsOneSyncAndDoesNotMakeTheFileLonger) {
  FileRig rig;
  const auto backend = rig.open();
  for (int i = 0; i < 5; ++i) {
    const auto disk = rig.disk->counters();
    const auto size = rig.file_size();
    const auto before = backend->counters();
    ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of(std::to_string(i), 5000))->done);
    EXPECT_EQ(rig.disk->counters().file_syncs - disk.file_syncs, 1u);
    EXPECT_EQ(rig.disk->counters().folder_syncs, disk.folder_syncs);
    EXPECT_EQ(backend->counters().flushes - before.flushes, 1u);
    EXPECT_LT(backend->counters().bytes_written - before.bytes_written, 5300u);
    EXPECT_EQ(rig.file_size(), size);
  }
}

TEST(Cost, ASaveAfterReopeningIsOneSyncToo) {
  FileRig rig;
  ASSERT_TRUE(FileRig::save(*rig.open(), "doc/a", chunk_of("one"))->done);
  const auto backend = rig.open();
  const auto disk = rig.disk->counters();
  ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("two"))->done);
  EXPECT_EQ(rig.disk->counters().file_syncs - disk.file_syncs, 1u);
  EXPECT_EQ(rig.disk->counters().folder_syncs, disk.folder_syncs);
}

// Nobody has noted what the handle that still is open has made durable.
TEST(Cost, OpeningCountsTheSyncsThatItMakes) {
  FileRig rig;
  const auto writer = rig.open();
  for (const char* text : {"one", "two"}) {
    ASSERT_TRUE(FileRig::save(*writer, "doc/a", chunk_of(text))->done);
  }
  const auto before = rig.disk->counters().file_syncs;
  const auto backend = rig.open();
  EXPECT_GT(rig.disk->counters().file_syncs, before);
  EXPECT_EQ(backend->counters().flushes, rig.disk->counters().file_syncs - before);
  ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("three"))->done);
  EXPECT_EQ(backend->counters().flushes, rig.disk->counters().file_syncs - before);
}

TEST(Cost, AReaderSyncsOnceForACommitThatIsNewToIt) {
  FileRig rig;
  const auto writer = rig.open();
  const auto reader = rig.open();
  ASSERT_TRUE(FileRig::save(*writer, "doc/a", chunk_of("one"))->done);
  const auto before = rig.disk->counters().file_syncs;
  EXPECT_TRUE(FileRig::read(*reader, "doc/a").has_value());
  EXPECT_EQ(rig.disk->counters().file_syncs - before, 1u);
  EXPECT_TRUE(FileRig::read(*reader, "doc/a").has_value());
  EXPECT_EQ(rig.disk->counters().file_syncs - before, 1u);
}

TEST(Cost, ALargeStoreOpensByReadingLittle) {
  FileRig rig;
  std::uint64_t size = 0;
  {
    const auto backend = rig.open();
    for (int i = 0; i < 400; ++i) {
      std::vector<Bytes> chunks;
      for (int k = 0; k < 100; ++k) {
        chunks.push_back(chunk_of(std::to_string(i) + "/" + std::to_string(k), 600));
      }
      for (const Bytes& chunk : chunks) {
        const ChunkView view{id_of(chunk), chunk};
        ASSERT_TRUE(backend->put({&view, 1}, 0).ok());
      }
      ASSERT_TRUE(
          FileRig::save(*backend, "doc/" + std::to_string(i % 50), chunk_of(std::to_string(i)))
              ->done);
    }
    size = rig.file_size();
  }
  const auto before = rig.disk->counters().bytes_read;
  const auto backend = rig.open();
  EXPECT_TRUE(backend->info().notes.empty());
  EXPECT_LT(rig.disk->counters().bytes_read - before, 3u << 20) << "of " << size;
  const auto opened = rig.disk->counters().bytes_read;
  EXPECT_EQ(FileRig::load(*backend, "doc/3"), chunk_of("353"));
  for (int i = 0; i < 400; i += 7) {
    const Bytes chunk = chunk_of(std::to_string(i) + "/42", 600);
    const Id id = id_of(chunk);
    const auto found = backend->get({&id, 1});
    ASSERT_TRUE(found.ok()) << found.error().to_string();
    EXPECT_EQ(found->front(), chunk);
  }
  EXPECT_LT(rig.disk->counters().bytes_read - opened, 3u << 20);
  const Id absent = id_of(chunk_of("never stored"));
  EXPECT_FALSE(backend->get({&absent, 1})->front().has_value());
  const auto page = backend->list("doc/", "", 100);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->refs.size(), 50u);
  EXPECT_TRUE(backend->check({})->empty());
}

// A store of so many chunks, in the order of the ids returned; with an index, opened anew.
std::vector<Id> save_many(FileRig& rig, std::size_t count) {
  std::vector<Id> ids;
  const auto backend = rig.open();
  for (std::size_t i = 0; i < count; ++i) {
    const Bytes chunk = chunk_of("many/" + std::to_string(i), 1500 + i % 1000);
    ids.push_back(id_of(chunk));
    const ChunkView view{ids.back(), chunk};
    EXPECT_TRUE(backend->put({&view, 1}, 0).ok());
  }
  EXPECT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("last"))->done);
  return ids;
}

TEST(Cost, ChunksWrittenTogetherAreReadTogether) {
  FileRig rig;
  const auto ids = save_many(rig, 2000);
  const auto backend = rig.open();
  const auto before = rig.disk->counters();
  const auto found = backend->get(ids);
  ASSERT_TRUE(found.ok());
  for (std::size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(id_of(*(*found)[i]), ids[i]) << i;
  EXPECT_LT(rig.disk->counters().reads - before.reads, ids.size() / 5);
  EXPECT_LT(rig.disk->counters().bytes_read - before.bytes_read, 6u << 20);  // of 4 MB
}

TEST(Cost, ChunksInAnyOrderAreReadAlone) {
  FileRig rig;
  auto ids = save_many(rig, 2000);
  std::shuffle(ids.begin(), ids.end(), std::mt19937_64(1));
  ids.resize(200);
  const Id absent = id_of(chunk_of("never stored"));
  ids.insert(ids.begin() + 100, absent);
  const auto backend = rig.open();
  const auto before = rig.disk->counters().bytes_read;
  const auto found = backend->get(ids);
  ASSERT_TRUE(found.ok());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] == absent) {
      EXPECT_FALSE((*found)[i].has_value());
    } else {
      ASSERT_EQ(id_of(*(*found)[i]), ids[i]) << i;
    }
  }
  EXPECT_LT(rig.disk->counters().bytes_read - before, 1u << 20);
}

}  // namespace
}  // namespace stet::test
