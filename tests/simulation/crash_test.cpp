// The file engine under loss of power: every short sequence of steps, then long seeded ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "backend_work.hpp"
#include "checker.hpp"
#include "crash_after.hpp"

namespace stet::test {
namespace {

bool deep() { return std::getenv("STET_DEEP") != nullptr; }

CheckReport crash(const std::vector<Step>& steps, const CheckOptions& options, bool whole,
                  std::uint64_t seed) {
  return crash_after<BackendWork, BackendSubject>(steps, options, whole, seed);
}

void expect_clean(const CheckReport& report) {
  for (const std::string& violation : report.violations) ADD_FAILURE() << violation;
}

TEST(CrashStates, EveryShortSequenceRecoversToACommittedState) {
  const std::size_t length_max = deep() ? 4 : 3;
  CheckOptions options;
  options.crashes.pending_all_max = deep() ? 8 : 6;
  options.crashes.states_per_place_max = deep() ? 160 : 90;
  options.crashes.samples = deep() ? 40 : 24;
  CheckReport report = crash({}, options, true, 1);
  std::vector<std::vector<Step>> sequences = {{}};
  for (std::size_t length = 1; length <= length_max; ++length) {
    std::vector<std::vector<Step>> longer;
    for (const auto& steps : sequences) {
      for (const Step step : kSteps) {
        longer.push_back(steps);
        longer.back().push_back(step);
        report.add(crash(longer.back(), options, false, longer.size()));
        if (report.violations.size() > 5) return expect_clean(report);
      }
    }
    sequences = std::move(longer);
  }
  std::cout << report.states << " crash states of short sequences\n";
  expect_clean(report);
  EXPECT_GE(report.states, 30'000u);
}

TEST(CrashStates, LongSeededRunsRecoverToACommittedState) {
  CheckOptions options;
  options.crashes.pending_all_max = 3;
  options.crashes.states_per_place_max = deep() ? 24 : 6;
  options.crashes.samples = 2;
  options.recovery_every = 9;
  options.kill_every = 7;
  CheckReport report;
  const std::uint64_t runs = deep() ? 200 : 6;
  for (std::uint64_t seed = 1; seed <= runs; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<Step> steps;
    for (int i = 0; i < 40; ++i) steps.push_back(kSteps[random() % kSteps.size()]);
    SCOPED_TRACE("seed " + std::to_string(seed));
    const CheckReport one = crash(steps, options, true, seed);
    expect_clean(one);
    report.add(one);
    if (!report.violations.empty()) break;
  }
  std::cout << report.states << " crash states of long runs\n";
  EXPECT_GE(report.states, 2'500u);
}

TEST(CrashStates, AnIndexOnTheWayIsThereOrIsNotMissed) {
  const auto disk = std::make_shared<SimulatedDisk>();
  BackendWork work(disk, disk, 3);
  ASSERT_TRUE(work.open().ok() && work.run(Step::save_many).ok());
  const auto log = disk->log();
  const auto long_appends = std::ranges::count_if(log, [](const Operation& operation) {
    return operation.bytes.size() > 100'000 &&
           std::ranges::any_of(operation.bytes, [](std::uint8_t byte) { return byte != 0; });
  });
  ASSERT_EQ(long_appends, 2) << "the save and an index were expected";

  CheckOptions options;
  options.crashes.pending_all_max = 4;
  options.crashes.states_per_place_max = deep() ? 60 : 10;
  options.crashes.samples = deep() ? 20 : 4;
  options.recovery_every = 7;
  const std::vector<std::vector<Step>> runs = {
      {Step::save_a, Step::save_many, Step::save_b, Step::reopen, Step::save_a},
      {Step::save_many, Step::sweep, Step::save_a, Step::save_many, Step::save_both}};
  CheckReport report;
  for (const auto& steps : runs) report.add(crash(steps, options, true, 3));
  std::cout << report.states << " crash states around indexes\n";
  expect_clean(report);
  EXPECT_GE(report.states, 300u);
}

}  // namespace
}  // namespace stet::test
