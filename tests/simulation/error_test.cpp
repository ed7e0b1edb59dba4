// The file engine when calls fail: at every call, once and for ever, and with syncs that fail in
// each of the three ways that systems know.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <iostream>

#include "stet/engine.hpp"
#include "support/backend_work.hpp"
#include "support/checker.hpp"
#include "support/tampered_files.hpp"

namespace stet::test {
namespace {

const std::vector<Step> kWork = {Step::save_a, Step::save_b, Step::reopen,   Step::save_both,
                                 Step::sweep,  Step::save_a, Step::remove_a, Step::save_b};

// With a save that goes out in several writes: for one error, since its crash states take long.
const std::vector<Step> kLargeWork = {Step::save_a, Step::reopen, Step::save_large, Step::sweep,
                                      Step::save_both};

// What an engine may answer when the system fails it.
bool is_expected(ErrorCode code) {
  return code == ErrorCode::io || code == ErrorCode::no_space || code == ErrorCode::denied ||
         code == ErrorCode::unavailable || code == ErrorCode::outcome_unknown;
}

// Runs the steps while calls fail, then lets them succeed again: the store must be in a committed
// state and take saves, and nothing that was acknowledged may be missing, now or after a crash.
// `place_step`: how densely the run is crashed afterwards.
void run_under(const std::vector<Step>& steps, const Judge& judge, const std::string& what,
               std::uint64_t place_step, std::uint64_t& failed_steps) {
  SCOPED_TRACE(what);
  const auto disk = std::make_shared<SimulatedDisk>();
  bool healthy = false;
  BackendWork work(
      disk,
      tampered_files(disk, [&](const Call& call) { return healthy ? Verdict{} : judge(call); }), 7);
  auto step_done = work.open();
  for (std::size_t i = 0; i <= steps.size(); ++i) {
    if (!step_done.ok()) {
      ++failed_steps;
      EXPECT_TRUE(is_expected(step_done.error().code())) << step_done.error().to_string();
      const auto learnt = work.learn();
      EXPECT_TRUE(learnt.ok() || is_expected(learnt.error().code())) << learnt.error().to_string();
    }
    if (i < steps.size()) step_done = work.run(steps[i]);
  }
  healthy = true;
  const auto learnt = work.learn();
  ASSERT_TRUE(learnt.ok()) << learnt.error().to_string();
  for (const Step step : {Step::save_a, Step::sweep, Step::save_both}) {
    const auto saved = work.run(step);
    ASSERT_TRUE(saved.ok()) << saved.error().to_string();
  }
  CheckOptions options;
  options.crashes.pending_all_max = 1;
  options.crashes.samples = 1;
  options.crashes.states_per_place_max = 3;
  options.crashes.place_step = place_step;
  options.recovery_every = 50;
  options.kill_every = place_step;
  BackendSubject subject;
  const auto report = check_crashes(subject, *disk, work.history(), options);
  for (const auto& violation : report.violations) ADD_FAILURE() << violation;
}

class EveryCall : public testing::TestWithParam<std::pair<const char*, int>> {};

TEST_P(EveryCall, MayFailOnceOrForEver) {
  const Verdict fails = {Verdict::Kind::fail, GetParam().second, 0};
  // One error number is enough to crash the run in between; the others are looked at in the end.
  const std::uint64_t place_step = GetParam().second == EIO ? 13 : 1'000'000;
  const auto& steps = GetParam().second == ENOSPC ? kLargeWork : kWork;
  std::uint64_t failed_steps = 0;
  std::uint64_t calls = 0;
  for (const bool for_ever : {false, true}) {
    for (std::uint64_t nth = 1;; ++nth) {
      const auto seen = std::make_shared<std::uint64_t>(0);
      run_under(steps, judge_of({nth, fails, for_ever, nullptr}, seen),
                std::string(GetParam().first) + " at call " + std::to_string(nth), place_step,
                failed_steps);
      if (*seen < nth || HasFailure()) break;
      ++calls;
    }
  }
  std::cout << calls << " failing calls, " << failed_steps << " steps said so\n";
  EXPECT_GE(calls, 100u);
  EXPECT_GE(failed_steps, calls / 4);
}

INSTANTIATE_TEST_SUITE_P(Errors, EveryCall,
                         testing::Values(std::pair{"EIO", EIO}, std::pair{"ENOSPC", ENOSPC},
                                         std::pair{"EDQUOT", EDQUOT}, std::pair{"EMFILE", EMFILE},
                                         std::pair{"ENOMEM", ENOMEM}, std::pair{"EROFS", EROFS},
                                         std::pair{"EINTR", EINTR}),
                         [](const auto& one) { return std::string(one.param.first); });

TEST(Errors, ShortReadsAndWritesChangeNothing) {
  for (const std::size_t bytes : {7u, 511u, 4000u}) {
    std::uint64_t failed_steps = 0;
    run_under(
        kWork,
        [bytes](const Call& call) {
          const bool moves = call.kind == Call::Kind::read || call.kind == Call::Kind::write;
          // Zeros written ahead come in hundreds of kilobytes: they may go in larger pieces.
          const std::size_t piece = std::max(bytes, call.bytes / 200);
          return moves ? Verdict{Verdict::Kind::shorten, 0, piece} : Verdict{};
        },
        "calls that move " + std::to_string(bytes), 1'000'000, failed_steps);
    EXPECT_EQ(failed_steps, 0u);
  }
}

TEST(Errors, AShortReadOrWriteAtAnyCallChangesNothing) {
  std::uint64_t calls = 0;
  for (const std::size_t bytes : {1u, 600u}) {
    for (std::uint64_t nth = 1; !testing::Test::HasFailure(); ++nth) {
      const auto seen = std::make_shared<std::uint64_t>(0);
      const auto moves = [](const Call& call) {
        return call.kind == Call::Kind::read || call.kind == Call::Kind::write;
      };
      std::uint64_t failed_steps = 0;
      run_under(kWork, judge_of({nth, {Verdict::Kind::shorten, 0, bytes}, false, moves}, seen),
                "call " + std::to_string(nth) + " moves " + std::to_string(bytes), 1'000'000,
                failed_steps);
      EXPECT_EQ(failed_steps, 0u);
      if (*seen < nth) break;
      ++calls;
    }
  }
  std::cout << calls << " short reads and writes\n";
  EXPECT_GE(calls, 100u);
}

// Of a store that could not be made nothing is left over, whichever call failed.
TEST(Errors, AStoreThatCouldNotBeMadeLeavesNoFile) {
  std::uint64_t failed = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    const auto disk = std::make_shared<SimulatedDisk>();
    const auto seen = std::make_shared<std::uint64_t>(0);
    const Verdict full = {Verdict::Kind::fail, ENOSPC, 0};
    const auto writes = [](const Call& call) {
      return call.kind == Call::Kind::write || call.kind == Call::Kind::sync_all ||
             call.kind == Call::Kind::truncate;
    };
    FileEngineOptions options;
    options.files = tampered_files(disk, judge_of({nth, full, false, writes}, seen));
    options.executor = inline_executor();
    const auto made = open_file(kStorePath, options);
    if (*seen < nth) break;
    if (made.ok()) continue;
    ++failed;
    const auto left = disk->list_directory("/");
    ASSERT_TRUE(left.ok()) << left.error().to_string();
    for (const std::string& name : *left) {
      EXPECT_EQ(name.find(".new-"), name.npos) << name << " is left after call " << nth;
    }
  }
  EXPECT_GE(failed, 2u);
}

// Fails the `nth` sync of the work, finds out what became of it through the same handle or a new
// one, saves again, and crashes all of it. Whether a sync failed.
bool fail_sync_and_go_on(std::uint64_t nth, SyncFailure how, bool anew, std::uint64_t& unknown) {
  const auto disk = std::make_shared<SimulatedDisk>();
  BackendWork work(disk, disk, 9);
  disk->fail_sync(nth, how);
  auto done = work.open();
  for (const Step step : kWork) {
    if (done.ok()) done = work.run(step);
  }
  if (!done.ok()) {
    EXPECT_TRUE(is_expected(done.error().code())) << done.error().to_string();
    unknown += done.error().code() == ErrorCode::outcome_unknown;
    const auto learnt = work.learn(anew);
    EXPECT_TRUE(learnt.ok()) << learnt.error().to_string();
    const auto saved = work.run(Step::save_both);
    EXPECT_TRUE(saved.ok()) << saved.error().to_string();
  }
  CheckOptions options;
  options.crashes.pending_all_max = 1;
  options.crashes.samples = 1;
  options.crashes.states_per_place_max = 4;
  options.crashes.place_step = 2;
  options.recovery_every = 20;
  BackendSubject subject;
  const auto report = check_crashes(subject, *disk, work.history(), options);
  for (const auto& violation : report.violations) ADD_FAILURE() << violation;
  return disk->counters().file_syncs >= nth;
}

// The handle may go on only after the end of the log has been written anew: a sync that fails once
// may succeed the next time without the data.
TEST(Errors, AFailedSyncIsAnUnknownOutcomeAndWhatIsReadAfterwardsIsDurable) {
  std::uint64_t unknown = 0;
  for (const SyncFailure how :
       {SyncFailure::data_lost, SyncFailure::data_kept, SyncFailure::data_durable}) {
    for (const bool anew : {true, false}) {
      for (std::uint64_t nth = 1;; ++nth) {
        SCOPED_TRACE("sync " + std::to_string(nth) + " fails, way " +
                     std::to_string(static_cast<int>(how)) + (anew ? ", new handle" : ""));
        if (!fail_sync_and_go_on(nth, how, anew, unknown) || testing::Test::HasFailure()) break;
      }
    }
  }
  std::cout << unknown << " unknown outcomes\n";
  EXPECT_GE(unknown, 18u);
}

}  // namespace
}  // namespace stet::test
