// The file engine under loss of power: every short sequence of steps, the same with a sync that
// fails in each way that syncs do, then long seeded ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "support/backend_work.hpp"
#include "support/checker.hpp"
#include "support/crash_after.hpp"

namespace stet::test {
namespace {

bool deep() { return std::getenv("STET_DEEP") != nullptr; }

CheckReport crash(const std::vector<Step>& steps, const CrashPlan& plan, bool* failed = nullptr) {
  return crash_after<BackendWork, BackendSubject>(steps, plan, failed);
}

void expect_clean(const CheckReport& report, std::uint64_t states_min, const char* what) {
  for (const Violation& violation : report.violations) ADD_FAILURE() << violation;
  std::cout << report.states() << " crash states " << what << '\n';
  EXPECT_GE(report.states(), states_min);
}

// The floors of this file and of store_crash_test.cpp add up to more than 300 000 states.
//
// All subsets of up to twelve pending sectors; where more are pending, as of the larger saves, a
// sample.
TEST(CrashStates, EveryShortSequenceRecoversToACommittedState) {
  const auto sequences = all_sequences(kSteps, deep() ? 4 : 3);
  const auto report = crash_all(sequences.size(), [&](std::uint64_t i) {
    CrashPlan plan;
    plan.whole = sequences[i].empty();
    plan.seed = i + 1;
    plan.options.crashes.pending_all_max = 12;
    plan.options.crashes.states_per_place_max = deep() ? 3000 : 450;
    plan.options.crashes.samples = deep() ? 2000 : 200;
    return crash(sequences[i], plan);
  });
  expect_clean(report, 210'000, "of short sequences");
}

TEST(CrashStates, AfterAFailedSyncInAnyStepWhatWasShownIsNeverLost) {
  const auto sequences = all_sequences(kSteps, deep() ? 3 : 2);
  constexpr std::uint64_t kWays = 6;
  const auto report = crash_all(sequences.size() * kWays, [&](std::uint64_t i) {
    const std::vector<Step>& steps = sequences[i / kWays];
    CheckReport all;
    bool reached = !steps.empty();
    for (std::uint64_t nth = 1; reached && all.violations.empty(); ++nth) {
      CrashPlan plan;
      plan.seed = i + 1;
      plan.fails = {nth, static_cast<SyncFailure>(i % kWays / 2), i % 2 == 0};
      plan.options.crashes.pending_all_max = 8;
      plan.options.crashes.states_per_place_max = 60;
      plan.options.crashes.samples = 12;
      plan.options.recovery_every = 20;
      all.add(crash(steps, plan, &reached));
    }
    return all;
  });
  expect_clean(report, 40'000, "after failed syncs");
}

TEST(CrashStates, LongSeededRunsRecoverToACommittedState) {
  const auto report = crash_all(deep() ? 5000 : 12, [](std::uint64_t i) {
    CrashPlan plan;
    plan.whole = true;
    plan.seed = i + 1;
    plan.options.crashes.pending_all_max = 3;
    plan.options.crashes.states_per_place_max = deep() ? 24 : 12;
    plan.options.crashes.samples = 2;
    plan.options.recovery_every = 9;
    plan.options.kill_every = 7;
    return crash(random_steps(kSteps, 40, plan.seed), plan);
  });
  expect_clean(report, 5'000, "of long runs");
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

  const std::vector<std::vector<Step>> runs = {
      {Step::save_a, Step::save_many, Step::save_b, Step::reopen, Step::save_a},
      {Step::save_many, Step::sweep, Step::save_a, Step::save_many, Step::save_both}};
  const auto report = crash_all(runs.size(), [&](std::uint64_t i) {
    CrashPlan plan;
    plan.whole = true;
    plan.seed = 3;
    plan.options.crashes.pending_all_max = 4;
    plan.options.crashes.states_per_place_max = deep() ? 60 : 10;
    plan.options.crashes.samples = deep() ? 20 : 4;
    plan.options.recovery_every = 7;
    return crash(runs[i], plan);
  });
  expect_clean(report, 2'000, "around indexes");
}

// Of many parts, most of which lie behind the log's end before its swap, or are wiped without one.
TEST(CrashStates, ASaveOfMegabytesThatIsWrittenAheadIsThereOrIsNotMissed) {
  const std::vector<std::vector<Step>> runs = {
      {Step::save_a, Step::save_large, Step::save_b},
      {Step::save_large, Step::put_large, Step::save_a, Step::reopen},
      {Step::save_a, Step::put_large, Step::reopen, Step::save_large, Step::sweep}};
  const auto report = crash_all(runs.size(), [&](std::uint64_t i) {
    CrashPlan plan;
    plan.whole = true;
    plan.seed = i + 1;
    plan.options.crashes.pending_all_max = 4;
    plan.options.crashes.states_per_place_max = deep() ? 200 : 12;
    plan.options.crashes.samples = deep() ? 100 : 4;
    plan.options.recovery_every = 7;
    return crash(runs[i], plan);
  });
  expect_clean(report, 600, "around large saves");
}

}  // namespace
}  // namespace stet::test
