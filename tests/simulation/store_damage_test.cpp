// Damage to the file of a Store that holds many versions, compressed and compacted: what is shown
// is right, or refused with a typed error, or an older state that is reported.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>

#include "stet/layer.hpp"
#include "support/damaged_store.hpp"
#include "support/store_work.hpp"

namespace stet::test {
namespace {

const bool deep = std::getenv("STET_DEEP") != nullptr;

Result<Store> open_compressed(std::shared_ptr<os::FileSystem> files, bool create,
                              std::uint64_t seed) {
  const auto random = std::make_shared<SeededRandom>(seed);
  STET_TRY(auto engine, open_store(std::move(files), create, random));
  StoreOptions options;
  options.clock = std::make_shared<CountingClock>();
  options.random = random;
  PackingOptions packing;
  packing.zstd_level = 3;
  return Store::over(packing_layer(std::move(engine), packing), options);
}

std::vector<StoreStep> many_versions() {
  std::vector<StoreStep> steps(12, StoreStep::edit_song);
  steps.insert(steps.end(), {StoreStep::save_score, StoreStep::pin_song, StoreStep::compact});
  steps.insert(steps.end(), 8, StoreStep::edit_song);
  steps.push_back(StoreStep::edit_both);
  return steps;
}

struct StoreSample {
  Bytes bytes;
  std::vector<State> states;
};

StoreSample make_store_sample() {
  StoreSample sample;
  const auto disk = std::make_shared<SimulatedDisk>();
  StoreWork work(disk, disk, 5, open_compressed);
  EXPECT_TRUE(work.open().ok());
  for (const StoreStep step : many_versions()) {
    const auto done = work.run(step);
    EXPECT_TRUE(done.ok()) << done.error().to_string();
    sample.states.push_back(work.history().current());
  }
  sample.bytes = disk->cached().node_at(kStorePath)->content.bytes();
  return sample;
}

// A cut between two commits leaves a whole, older store, where nobody can say anything.
Reading read_store(const StoreSample& sample, const Bytes& bytes, const std::string& how,
                   bool is_flip) {
  DiskImage image;
  image.put_file(kStorePath, bytes);
  const auto disk = std::make_shared<SimulatedDisk>(std::move(image));
  auto store = open_compressed(disk, false, 9);
  const auto state = store.ok() ? state_of(*store) : Result<State>(store.error());
  if (!state.ok()) {
    const ErrorCode code = state.error().code();
    EXPECT_TRUE(code == ErrorCode::corrupt || code == ErrorCode::invalid ||
                code == ErrorCode::newer_format || code == ErrorCode::not_found)
        << how << ": " << state.error().to_string();
    return Reading::refused;
  }
  if (*state == sample.states.back()) return Reading::latest;
  EXPECT_NE(std::ranges::find(sample.states, *state), sample.states.end())
      << how << ": shows what was never committed";
  EXPECT_TRUE(!is_flip || !store->backend().info().notes.empty())
      << how << ": older, and nobody says so";
  return Reading::reported_older;
}

TEST(StoreDamage, AFlippedBitAmongManyCompressedVersionsIsNeverWrongData) {
  const StoreSample sample = make_store_sample();
  const std::size_t bits = written_bytes(sample.bytes) * 8;
  std::map<Reading, int> readings;
  for (std::size_t bit = 0; bit < bits && !HasFailure(); bit += deep ? 3 : 307) {
    Bytes damaged = sample.bytes;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    ++readings[read_store(sample, damaged, "bit " + std::to_string(bit), true)];
  }
  std::cout << readings[Reading::latest] << " flips read around, " << readings[Reading::refused]
            << " refused, " << readings[Reading::reported_older] << " show an older state\n";
  EXPECT_GE(readings[Reading::refused], 100);
}

TEST(StoreDamage, AtEveryLengthACommittedStateIsShownOrItIsRefused) {
  const StoreSample sample = make_store_sample();
  std::map<Reading, int> readings;
  const std::size_t end = written_bytes(sample.bytes);
  for (std::size_t length = 0; length <= end && !HasFailure(); length += deep ? 1 : 13) {
    Bytes cut = sample.bytes;
    cut.resize(length);
    ++readings[read_store(sample, cut, "cut to " + std::to_string(length), false)];
  }
  std::cout << readings[Reading::refused] << " lengths refused, "
            << readings[Reading::reported_older] << " show an older state\n";
  EXPECT_GE(readings[Reading::reported_older], 100);
}

}  // namespace
}  // namespace stet::test
