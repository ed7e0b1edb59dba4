#include "support/damaged_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace stet::test {

std::size_t written_bytes(const Bytes& bytes) {
  std::size_t end = bytes.size();
  while (end > 0 && bytes[end - 1] == 0) --end;
  return end;
}

Sample make_sample(const std::vector<Step>& steps) {
  Sample sample;
  const auto disk = std::make_shared<SimulatedDisk>();
  BackendWork work(disk, disk, 11);
  EXPECT_TRUE(work.open().ok());
  const auto note = [&] {
    sample.states.push_back(work.history().current());
    sample.bytes = disk->cached().node_at(kStorePath)->content.bytes();
    sample.log_ends.insert(std::max(kHeaderBytes, written_bytes(sample.bytes)));
  };
  note();
  for (const Step step : steps) {
    EXPECT_TRUE(work.run(step).ok());
    note();
  }
  return sample;
}

Reading read_damaged(const Sample& sample, const Bytes& bytes, const std::string& how) {
  // A cut between two commits leaves a whole, older store: there is nothing to see there.
  const bool whole = sample.log_ends.contains(bytes.size());
  DiskImage image;
  image.put_file(kStorePath, bytes);
  const auto disk = std::make_shared<SimulatedDisk>(std::move(image));
  auto backend = open_store(disk, false, std::make_shared<SeededRandom>(5));
  if (!backend.ok()) {
    const ErrorCode code = backend.error().code();
    const bool typed =
        code == ErrorCode::corrupt || code == ErrorCode::invalid || code == ErrorCode::newer_format;
    EXPECT_TRUE(typed) << how << ": " << backend.error().to_string();
    return Reading::refused;
  }
  const auto state = state_of(**backend);
  if (!state.ok()) {
    EXPECT_EQ(state.error().code(), ErrorCode::corrupt) << how << state.error().to_string();
    const auto damage = (*backend)->check({});
    EXPECT_TRUE(!damage.ok() || !damage->empty())
        << how << ": check finds nothing wrong, but " << state.error().to_string();
    return Reading::refused;
  }
  const auto found = std::ranges::find(sample.states, *state);
  if (found == sample.states.end()) {
    ADD_FAILURE() << how << ": shows what was never committed: " << text_of(*state);
    return Reading::refused;
  }
  if (*state == sample.states.back()) return Reading::latest;
  EXPECT_TRUE(whole || !(*backend)->info().notes.empty()) << how << ": older, and nobody says so";
  return Reading::reported_older;
}

}  // namespace stet::test
