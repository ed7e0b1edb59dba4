// The invariants of docs/durability.md that a loss of power or a failing call may break. Each test
// looks at one oracle of the checker; tests/simulation does the same work at length.
#include <gtest/gtest.h>

#include <cerrno>

#include "support/crash_after.hpp"
#include "support/store_work.hpp"
#include "support/tampered_files.hpp"

namespace stet::test {
namespace {

// Saves, one of them written ahead, a compaction, and writers that take over from each other.
const std::vector<Step> kWork = {Step::save_a, Step::save_b,    Step::reopen, Step::save_both,
                                 Step::sweep,  Step::save_both, Step::save_a};

Verdict pass(const Call&) { return {}; }

CheckOptions all_of_it() {
  CheckOptions options;
  options.crashes.pending_all_max = 5;
  options.crashes.states_per_place_max = 40;
  options.recovery_every = 1;
  options.kill_every = 1;
  options.violations_max = 200;
  return options;
}

CheckReport crash(const std::vector<Step>& steps, const Judge& judge = pass) {
  const auto disk = std::make_shared<SimulatedDisk>();
  BackendWork work(disk, tampered_files(disk, judge), 5);
  auto done = work.open();
  for (const Step step : steps) {
    if (done.ok()) done = work.run(step);
  }
  EXPECT_TRUE(done.ok()) << done.error().to_string();
  BackendSubject subject;
  return check_crashes(subject, *disk, work.history(), all_of_it());
}

void expect_none(const CheckReport& report, std::initializer_list<Oracle> oracles,
                 std::uint64_t states_min = 300) {
  EXPECT_GE(report.states(), states_min);
  for (const Violation& violation : report.violations) {
    if (std::ranges::find(oracles, violation.oracle) == oracles.end()) continue;
    ADD_FAILURE() << violation;
    return;
  }
}

TEST(Invariant01, ASaveAcknowledgedAsDurableSurvivesAnyCrashState) {
  expect_none(crash(kWork), {Oracle::acknowledged, Oracle::opens});
}

TEST(Invariant01, AlsoWhereEachWriteIsShort) {
  const auto report = crash(kWork, [](const Call& call) {
    const bool is_short = call.kind == Call::Kind::write && call.bytes > 700;
    return is_short ? Verdict{Verdict::Kind::shorten, 0, std::max(call.bytes / 3, std::size_t{700})}
                    : Verdict{};
  });
  expect_none(report, {Oracle::acknowledged, Oracle::opens});
}

TEST(Invariant01, AlsoWhereAnIndexIsWrittenOnTheWay) {
  CrashPlan plan;
  plan.whole = true;
  plan.options.crashes.pending_all_max = 2;
  plan.options.crashes.states_per_place_max = 6;
  plan.options.crashes.samples = 2;
  plan.options.recovery_every = 50;
  plan.options.violations_max = 50;
  const auto report =
      crash_after<BackendWork, BackendSubject>(std::vector{Step::save_many, Step::save_a}, plan);
  expect_none(report, {Oracle::acknowledged, Oracle::opens}, 60);
}

TEST(Invariant02, AfterACrashOneCommittedVersionIsVisibleAndNoMixture) {
  expect_none(crash(kWork), {Oracle::committed, Oracle::opens});
}

TEST(Invariant02, ATransactionOfSeveralDocumentsIsAllThereOrNotAtAll) {
  CrashPlan plan;
  plan.whole = true;
  plan.options = all_of_it();
  plan.options.recovery_every = 4;
  const std::vector<StoreStep> steps = {StoreStep::edit_song, StoreStep::edit_both,
                                        StoreStep::edit_both, StoreStep::rename_score,
                                        StoreStep::edit_both};
  expect_none(crash_after<StoreWork, StoreSubject>(steps, plan),
              {Oracle::committed, Oracle::opens});
}

TEST(Invariant04, RecoveryIsIdempotentAndACrashInsideItLosesNothingMore) {
  expect_none(crash({Step::save_a, Step::save_b, Step::reopen, Step::save_both}),
              {Oracle::idempotent, Oracle::opens});
}

TEST(Invariant05, NothingIsShownOrAcknowledgedBeforeItIsDurable) {
  expect_none(crash(kWork), {Oracle::durable, Oracle::acknowledged});
}

// In each way that a sync may fail; read through the same handle, and through a new one.
TEST(Invariant08, AfterAFailedSyncTheTailIsRewrittenBeforeTheNextWrite) {
  const std::vector<std::vector<Step>> works = {{Step::save_a, Step::save_both},
                                                {Step::save_a, Step::switch_handle, Step::save_b}};
  for (std::uint64_t i = 0; i < 12; ++i) {
    bool reached = true;
    for (std::uint64_t nth = 1; reached && !testing::Test::HasFailure(); ++nth) {
      CrashPlan plan;
      plan.options = all_of_it();
      plan.options.recovery_every = 10;
      plan.fails = {nth, static_cast<SyncFailure>(i % 3), i / 3 % 2 == 0};
      const auto report = crash_after<BackendWork, BackendSubject>(works[i / 6], plan, &reached);
      for (const Violation& violation : report.violations) ADD_FAILURE() << violation;
    }
  }
}

// The sync loses the data of the one; the other, which was open before, goes on behind it.
TEST(Invariant08, AHandleThatGoesOnBehindAnothersFailedSyncRewritesTheTailToo) {
  const auto disk = std::make_shared<SimulatedDisk>();
  const auto one = open_store(disk, true, std::make_shared<SeededRandom>(1));
  ASSERT_TRUE(one.ok()) << one.error().to_string();
  const auto other = open_store(disk, false, std::make_shared<SeededRandom>(2));
  ASSERT_TRUE(other.ok()) << other.error().to_string();
  const RefChange lost = {"doc/lost", std::nullopt, RefValue(40, 1)};
  const RefChange saved = {"doc/saved", std::nullopt, RefValue(40, 2)};
  const Bytes content(3000, 8);  // so that the next batch doesn't write its sectors anyway
  const ChunkView chunk = {id_of(content), content};
  ASSERT_TRUE((*one)->put({&chunk, 1}, 0).ok());
  disk->fail_sync(1, SyncFailure::data_lost);
  EXPECT_EQ((*one)->swap({&lost, 1}).error().code(), ErrorCode::outcome_unknown);
  ASSERT_TRUE((*other)->swap({&saved, 1})->done);
  const auto next =
      std::make_shared<SimulatedDisk>(durable_only(disk->durable_at_start(), disk->log()));
  const auto later = open_store(next, false, std::make_shared<SeededRandom>(3));
  ASSERT_TRUE(later.ok()) << later.error().to_string();
  EXPECT_EQ((*later)->read({&saved.name, 1})->front(), saved.next);
}

// Each write and sync of the work fails in turn. What the engine says must be what is there, and
// what was written but not synced is unknown, not failed.
TEST(Invariant09, AFailedOrAmbiguousSaveNeverSaysSavedAndTheTwoDiffer) {
  std::uint64_t unknown = 0;
  std::uint64_t failed = 0;
  for (const auto kind : {Call::Kind::write, Call::Kind::sync_data}) {
    const auto seen = std::make_shared<std::uint64_t>(0);
    for (std::uint64_t nth = 1; *seen + 1 >= nth && !testing::Test::HasFailure(); ++nth) {
      *seen = 0;
      const auto disk = std::make_shared<SimulatedDisk>();
      const NthFault fault = {nth, {Verdict::Kind::fail, EIO, 0}, false, [kind](const Call& call) {
                                return call.kind == kind && call.path == kStorePath;
                              }};
      BackendWork work(disk, tampered_files(disk, judge_of(fault, seen)), 5);
      auto done = work.open();
      for (const Step step : kWork) {
        if (done.ok()) done = work.run(step);
      }
      if (done.ok()) continue;
      const bool is_unknown = done.error().code() == ErrorCode::outcome_unknown;
      (is_unknown ? unknown : failed) += 1;
      const auto learnt = work.learn();
      EXPECT_TRUE(learnt.ok()) << "call " << nth << ": " << done.error().to_string() << "; but "
                               << learnt.error().to_string();
    }
  }
  EXPECT_GE(unknown, 3u);
  EXPECT_GE(failed, 3u);
}

TEST(Invariant13, ACrashInsideACompactionLosesNoChunkAndNoRef) {
  expect_none(crash({Step::save_both, Step::save_b, Step::sweep, Step::save_a, Step::sweep}),
              {Oracle::acknowledged, Oracle::opens});
}

}  // namespace
}  // namespace stet::test
