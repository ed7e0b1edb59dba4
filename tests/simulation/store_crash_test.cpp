// Store under loss of power: every short sequence of saves, transactions, restores, prunes and
// compactions, then long seeded ones. After each crash state the store shows one committed state,
// no older than the last acknowledged, and verifies.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "stet/engine.hpp"
#include "stet/layer.hpp"
#include "support/checker.hpp"
#include "support/crash_after.hpp"
#include "support/hands_on.hpp"
#include "support/store_work.hpp"
#include "support/tampered_files.hpp"

namespace stet::test {
namespace {

bool deep() { return std::getenv("STET_DEEP") != nullptr; }

CheckReport crash(const std::vector<StoreStep>& steps, const CrashPlan& plan,
                  bool* failed = nullptr) {
  return crash_after<StoreWork, StoreSubject>(steps, plan, failed);
}

void expect_clean(const CheckReport& report, std::uint64_t states_min, const char* what) {
  for (const Violation& violation : report.violations) ADD_FAILURE() << violation;
  std::cout << report.states() << " crash states " << what << '\n';
  EXPECT_GE(report.states(), states_min);
}

CheckReport crash_short_sequences(const auto& steps) {
  const auto sequences = all_sequences(steps, 3);
  return crash_all(sequences.size(), [&](std::uint64_t i) {
    CrashPlan plan;
    plan.whole = sequences[i].empty();
    plan.seed = i + 1;
    plan.options.crashes.pending_all_max = deep() ? 9 : 7;
    plan.options.crashes.states_per_place_max = deep() ? 120 : 36;
    plan.options.crashes.samples = deep() ? 40 : 16;
    return crash(sequences[i], plan);
  });
}

TEST(StoreCrashStates, EveryShortSequenceRecoversToACommittedState) {
  expect_clean(crash_short_sequences(kStoreSteps), 50'000, "of short sequences over Store");
}

TEST(StoreCrashStates, TicketsThatWereDoneAreThere) {
  expect_clean(crash_short_sequences(kTicketSteps), 4'000, "of sequences with tickets");
}

TEST(StoreCrashStates, AfterAFailedSyncInAnyStepACommittedStateIsShown) {
  const auto sequences = all_sequences(kStoreSteps, deep() ? 3 : 2);
  constexpr std::uint64_t kWays = 3;
  const auto report = crash_all(sequences.size() * kWays, [&](std::uint64_t i) {
    const std::vector<StoreStep>& steps = sequences[i / kWays];
    CheckReport all;
    bool reached = !steps.empty();
    for (std::uint64_t nth = 1; reached && all.violations.empty(); ++nth) {
      CrashPlan plan;
      plan.seed = i + 1;
      plan.fails = {nth, static_cast<SyncFailure>(i % kWays)};
      plan.options.crashes.pending_all_max = 4;
      plan.options.crashes.states_per_place_max = 12;
      plan.options.crashes.samples = 4;
      plan.options.recovery_every = 20;
      all.add(crash(steps, plan, &reached));
    }
    return all;
  });
  expect_clean(report, 7'000, "after failed syncs over Store");
}

TEST(StoreCrashStates, LongSeededRunsRecoverToACommittedState) {
  const auto report = crash_all(deep() ? 1000 : 8, [](std::uint64_t i) {
    CrashPlan plan;
    plan.whole = true;
    plan.seed = i + 1;
    plan.options.crashes.pending_all_max = 3;
    plan.options.crashes.states_per_place_max = deep() ? 24 : 16;
    plan.options.crashes.samples = 2;
    plan.options.recovery_every = 9;
    plan.options.kill_every = 7;
    return crash(random_steps(kStoreSteps, 30, plan.seed), plan);
  });
  expect_clean(report, 2'500, "of long runs over Store");
}

// ---- The checker must turn red when something between Store and the disk breaks its word.

const std::vector<StoreStep> kWork = {
    StoreStep::edit_song, StoreStep::save_score, StoreStep::edit_song,    StoreStep::edit_both,
    StoreStep::pin_song,  StoreStep::edit_song,  StoreStep::prune_song,   StoreStep::rename_score,
    StoreStep::compact,   StoreStep::edit_song,  StoreStep::restore_song, StoreStep::remove_song};

CheckReport sabotaged(const Judge& judge, StoreOpener opener = open_seeded_store,
                      const std::vector<StoreStep>& steps = kWork) {
  const auto disk = std::make_shared<SimulatedDisk>();
  StoreWork work(disk, tampered_files(disk, judge), 5, std::move(opener));
  auto done = work.open();
  for (const StoreStep step : steps) {
    if (done.ok()) done = work.run(step);
  }
  EXPECT_TRUE(done.ok()) << done.error().to_string();
  CheckOptions options;
  options.crashes.pending_all_max = 3;
  options.crashes.states_per_place_max = 12;
  StoreSubject subject;
  return check_crashes(subject, *disk, work.history(), options);
}

Verdict pass(const Call&) { return {}; }

// Backends that break one rule of the seam.

class SwapsInTwo final : public HandsOn {
 public:
  using HandsOn::HandsOn;
  Result<SwapOutcome> swap(std::span<const RefChange> changes) override {
    const auto half = changes.size() / 2;
    if (half == 0) return below().swap(changes);
    STET_TRY(const SwapOutcome first, below().swap(changes.first(half)));
    return first.done ? below().swap(changes.subspan(half)) : Result<SwapOutcome>(first);
  }
};

class SweepsTooMuch final : public HandsOn {
 public:
  using HandsOn::HandsOn;
  Result<SweepReport> sweep(const LiveSet& live, Epoch epoch,
                            const ProgressCallback& progress) override {
    return below().sweep(AllButSome(live), epoch, progress);
  }

 private:
  class AllButSome final : public LiveSet {
   public:
    explicit AllButSome(const LiveSet& all) : all_(all) {}
    bool contains(const Id& id) const override { return id.bytes[0] % 4 != 0 && all_.contains(id); }
    std::uint64_t size() const override { return all_.size(); }

   private:
    const LiveSet& all_;
  };
};

template <class Between>
Result<Store> open_over(std::shared_ptr<os::FileSystem> files, bool create, std::uint64_t seed) {
  const auto random = std::make_shared<SeededRandom>(seed);
  STET_TRY(auto engine, open_store(std::move(files), create, random));
  StoreOptions options;
  options.clock = std::make_shared<CountingClock>();
  options.random = random;
  return Store::over(packing_layer(std::make_shared<Between>(std::move(engine))), options);
}

TEST(StoreSabotage, WithoutAnyTheCheckerIsContent) {
  const auto report = sabotaged(pass, open_over<HandsOn>);
  EXPECT_TRUE(report.violations.empty()) << report.violations.front();
}

TEST(StoreSabotage, NoSyncOfTheFileIsSeen) {
  const auto report = sabotaged([](const Call& call) {
    const bool sync = call.kind == Call::Kind::sync_data || call.kind == Call::Kind::sync_all;
    return sync ? Verdict{Verdict::Kind::skip, 0, 0} : Verdict{};
  });
  EXPECT_FALSE(report.violations.empty());
}

TEST(StoreSabotage, ATransactionInTwoPartsIsSeen) {
  EXPECT_FALSE(sabotaged(pass, open_over<SwapsInTwo>).violations.empty());
}

TEST(StoreSabotage, ACompactionThatDropsWhatIsLiveIsSeen) {
  const std::vector<StoreStep> steps = {StoreStep::edit_song, StoreStep::edit_song,
                                        StoreStep::compact};
  EXPECT_FALSE(sabotaged(pass, open_over<SweepsTooMuch>, steps).violations.empty());
}

}  // namespace
}  // namespace stet::test
