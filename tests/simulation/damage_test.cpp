// Damage to a store at rest: every length and flipped bits. What is read afterwards is right, or
// refused with a typed error, or an older state that is reported as such; never wrong data, and
// never a later commit lost in silence.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <set>

#include "support/damaged_store.hpp"

namespace stet::test {
namespace {

TEST(Damage, AtEveryLengthTheStoreIsRefusedOrShowsACommittedState) {
  for (const auto& steps : {kPlain, kCompacted}) {
    const Sample sample = make_sample(steps);
    const std::size_t written = written_bytes(sample.bytes);
    std::set<Reading> readings;
    for (std::size_t length = 0; length <= sample.bytes.size(); ++length) {
      if (length > written + 64 && length % 509 != 0) continue;
      Bytes cut(sample.bytes.begin(), sample.bytes.begin() + static_cast<std::ptrdiff_t>(length));
      readings.insert(read_damaged(sample, std::move(cut), "cut to " + std::to_string(length)));
      if (HasFailure()) break;
    }
    EXPECT_EQ(readings.size(), 3u);
  }
}

TEST(Damage, AFlippedBitGivesRightDataATypedErrorOrAReportedFallback) {
  const bool deep = std::getenv("STET_DEEP") != nullptr;
  for (const auto& steps : {kPlain, kCompacted}) {
    const Sample sample = make_sample(steps);
    const std::size_t written = written_bytes(sample.bytes);
    std::uint64_t count = 0;
    std::uint64_t count_in_log = 0;
    std::uint64_t noticed_in_log = 0;
    for (std::size_t at = 0; at < written; ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        if (!deep && (at * 8 + static_cast<std::size_t>(bit)) % 11 != 0) continue;
        Bytes flipped = sample.bytes;
        flipped[at] ^= static_cast<std::uint8_t>(1 << bit);
        const auto reading =
            read_damaged(sample, std::move(flipped),
                         "bit " + std::to_string(bit) + " of byte " + std::to_string(at));
        ++count;
        count_in_log += at >= kHeaderBytes;
        noticed_in_log += at >= kHeaderBytes && reading != Reading::latest;
        if (HasFailure()) return;
      }
    }
    std::cout << count << " flipped bits, " << count_in_log << " of them in the log\n";
    EXPECT_GE(count_in_log, 1000u);
    // The header is mostly space that nobody reads; of the log, each bit is under a hash.
    EXPECT_EQ(noticed_in_log, count_in_log);
  }
}

// A store with indexes: most of it is frames of many chunks, so the flips lie wide apart.
TEST(Damage, AFlippedBitAmongIndexesGivesRightDataATypedErrorOrAReportedFallback) {
  constexpr std::size_t kApart = 6'007;
  const std::size_t apart = std::getenv("STET_DEEP") != nullptr ? kApart / 40 : kApart;
  const Sample sample = make_sample(kIndexed);
  const std::size_t written = written_bytes(sample.bytes);
  std::map<Reading, int> readings;
  for (std::size_t bit = kHeaderBytes * 8; bit < written * 8; bit += 8 * apart + 1) {
    Bytes flipped = sample.bytes;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    ++readings[read_damaged(sample, std::move(flipped), "bit " + std::to_string(bit))];
    if (HasFailure()) return;
  }
  std::cout << readings[Reading::latest] << " flipped bits of indexes or of what they cover, "
            << readings[Reading::refused] << " of chunks\n";
  EXPECT_GE(readings[Reading::latest], 10);
  EXPECT_GE(readings[Reading::refused], 10);
}

TEST(Damage, AValidCommitBehindADamagedOneIsNeverDroppedInSilence) {
  const Sample sample = make_sample(kPlain);
  const std::size_t written = written_bytes(sample.bytes);
  // The second half of the log is whole; whatever happens before, its commits may not vanish.
  std::uint64_t older = 0;
  for (std::size_t at = kHeaderBytes; at < written / 2; at += 3) {
    Bytes damaged = sample.bytes;
    damaged[at] ^= 0x10;
    older += read_damaged(sample, std::move(damaged), "byte " + std::to_string(at)) ==
             Reading::reported_older;
    if (HasFailure()) break;
  }
  EXPECT_EQ(older, 0u) << "a damaged middle was cut away like a torn tail";
}

TEST(Damage, SwappedSectorsAreNoticedOrHarmless) {
  for (const auto& steps : {kPlain, kCompacted}) {
    const Sample sample = make_sample(steps);
    const std::size_t sectors = written_bytes(sample.bytes) / kSectorBytes;
    for (std::size_t first = 0; first < sectors; ++first) {
      for (std::size_t second = first + 1; second < sectors; ++second) {
        Bytes swapped = sample.bytes;
        std::swap_ranges(swapped.begin() + static_cast<std::ptrdiff_t>(first * kSectorBytes),
                         swapped.begin() + static_cast<std::ptrdiff_t>((first + 1) * kSectorBytes),
                         swapped.begin() + static_cast<std::ptrdiff_t>(second * kSectorBytes));
        read_damaged(sample, swapped,
                     "sectors " + std::to_string(first) + " and " + std::to_string(second));
        if (HasFailure()) return;
      }
    }
  }
}

TEST(Damage, ATailOfAnotherStoreIsNotTaken) {
  const Sample sample = make_sample(kPlain);
  const auto disk = std::make_shared<SimulatedDisk>();
  {
    auto other = open_store(disk, true, std::make_shared<SeededRandom>(99));
    ASSERT_TRUE(other.ok());
    const RefChange change = {"doc/x", std::nullopt, RefValue(32, 1)};
    ASSERT_TRUE((*other)->swap({&change, 1})->done);
  }
  const Bytes donor = disk->cached().node_at(kStorePath)->content.bytes();
  for (std::size_t at = 0; at + kSectorBytes <= sample.bytes.size(); at += kSectorBytes) {
    Bytes spliced(sample.bytes.begin(), sample.bytes.begin() + static_cast<std::ptrdiff_t>(at));
    spliced.insert(spliced.end(),
                   donor.begin() + static_cast<std::ptrdiff_t>(std::min(at, donor.size())),
                   donor.end());
    if (at == 0) continue;  // that is the other store, whole
    read_damaged(sample, std::move(spliced), "spliced at " + std::to_string(at));
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace stet::test
