// What a small save costs, in counts that don't drift: flushes, bytes, chunks, allocations. Each
// bound is a little above what it is now; one that turns red names a cost that came unnoticed.
#include <cstdio>

#include "store/stores.hpp"
#include "support/allocations.hpp"
#include "support/temporary_folder.hpp"

namespace stet::test {
namespace {

constexpr int kSaves = 50;

struct SaveCosts {
  std::uint64_t flushes_most = 0;
  std::uint64_t bytes = 0, chunks_written = 0, chunks_hashed = 0, allocations = 0;  // a save
};

// Of edits of single notes. What the store does in the background counts for nobody.
SaveCosts costs_of_edits(std::size_t notes) {
  const TemporaryFolder folder;
  Store store = *Store::open("file:" + (folder / "s.stet"), World().options());
  Value value = song(notes);
  EXPECT_TRUE(store.save("song", value).ok());
  SaveCosts all;
  for (int i = 0; i < kSaves; ++i) {
    value = with_pitch(value, (static_cast<std::size_t>(i) * 7919) % notes, 1000 + i);
    const BackendCounters before = store.counters();
    const std::uint64_t allocated = allocations;
    const auto saved = store.save("song", value);
    all.allocations += allocations - allocated;
    EXPECT_TRUE(saved.ok());
    const BackendCounters after = store.counters();
    all.flushes_most = std::max(all.flushes_most, saved->cost.flushes);
    all.bytes += saved->cost.bytes_written;
    all.chunks_written += saved->cost.chunks_written;
    // Each chunk that is put was named by its hash, and each that is read was checked by it.
    all.chunks_hashed +=
        after.chunks_put - before.chunks_put + after.chunks_read - before.chunks_read;
  }
  for (auto* const count :
       {&all.bytes, &all.chunks_written, &all.chunks_hashed, &all.allocations}) {
    *count /= kSaves;
  }
  return all;
}

void expect_at_most(const SaveCosts& found, const SaveCosts& most) {
  std::printf("a save: %llu bytes, %llu chunks written, %llu hashed, %llu allocations\n",
              static_cast<unsigned long long>(found.bytes),
              static_cast<unsigned long long>(found.chunks_written),
              static_cast<unsigned long long>(found.chunks_hashed),
              static_cast<unsigned long long>(found.allocations));
  EXPECT_LE(found.flushes_most, most.flushes_most);
  EXPECT_LE(found.bytes, most.bytes);
  EXPECT_LE(found.chunks_written, most.chunks_written);
  EXPECT_LE(found.chunks_hashed, most.chunks_hashed);
  EXPECT_LE(found.allocations, most.allocations);
}

TEST(SaveCost, OfAnEditOfASmallDocument) {
  expect_at_most(costs_of_edits(900), {1, 1250, 4, 4, 118});
}

TEST(SaveCost, OfAnEditOfADocumentHundredTimesAsLarge) {
  expect_at_most(costs_of_edits(90'000), {1, 1400, 6, 9, 185});
}

}  // namespace
}  // namespace stet::test
