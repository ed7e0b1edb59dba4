// The checker must turn red when a rule of saving is broken: each sabotage leaves one out, beneath
// an engine that knows nothing of it.
#include <gtest/gtest.h>

#include <iostream>

#include "support/backend_work.hpp"
#include "support/checker.hpp"
#include "support/tampered_files.hpp"

namespace stet::test {
namespace {

const std::vector<Step> kWork = {Step::save_a, Step::save_b,    Step::reopen, Step::save_both,
                                 Step::sweep,  Step::save_both, Step::save_a};

// `may_stop`: the engine may notice, and say so, before the work is done.
CheckReport sabotaged(const Judge& judge, std::optional<SyncFailure> failure = std::nullopt,
                      bool may_stop = false) {
  const auto disk = std::make_shared<SimulatedDisk>();
  BackendWork work(disk, tampered_files(disk, judge), 5);
  auto done = work.open();
  int number = 0;
  for (const Step step : kWork) {
    if (failure && ++number == 4) disk->fail_sync(1, *failure);
    if (done.ok()) done = work.run(step);
  }
  EXPECT_TRUE(may_stop || done.ok()) << done.error().to_string();
  CheckOptions options;
  options.crashes.pending_all_max = 4;
  options.crashes.states_per_place_max = 24;
  BackendSubject subject;
  return check_crashes(subject, *disk, work.history(), options);
}

// Tampers with the calls of one kind on paths that `applies` to.
Judge tamper(Call::Kind kind, Verdict verdict, bool (*applies)(const std::string&) = nullptr) {
  return [=](const Call& call) {
    return call.kind == kind && (applies == nullptr || applies(call.path)) ? verdict : Verdict{};
  };
}

constexpr Verdict kSkip = {Verdict::Kind::skip, 0, 0};

TEST(Sabotage, WithoutAnyTheCheckerIsContent) {
  const auto report = sabotaged([](const Call&) { return Verdict{}; });
  EXPECT_TRUE(report.violations.empty()) << report.violations.front();
}

TEST(Sabotage, NoSyncOfTheFileIsSeen) {
  EXPECT_FALSE(sabotaged([](const Call& call) {
                 const bool sync =
                     call.kind == Call::Kind::sync_data || call.kind == Call::Kind::sync_all;
                 return sync ? kSkip : Verdict{};
               }).violations.empty());
}

TEST(Sabotage, NoSyncOfTheFolderIsSeen) {
  EXPECT_FALSE(sabotaged(tamper(Call::Kind::sync_directory, kSkip)).violations.empty());
}

TEST(Sabotage, NoSyncOfACompactedFileBeforeItsRenameIsSeen) {
  const auto report = sabotaged([](const Call& call) {
    const bool sync = call.kind == Call::Kind::sync_data || call.kind == Call::Kind::sync_all;
    return sync && call.path != kStorePath ? kSkip : Verdict{};
  });
  EXPECT_FALSE(report.violations.empty());
}

// Each of the larger writes in turn. Some are zeros ahead, or are written again.
TEST(Sabotage, AShortWriteThatIsIgnoredIsSeen) {
  int seen = 0;
  bool reached = true;
  for (int nth = 1; reached; ++nth) {
    int writes = 0;
    const auto report = sabotaged(
        [&](const Call& call) {
          const bool hit = call.kind == Call::Kind::write && call.bytes > 1000 && ++writes == nth;
          return hit ? Verdict{Verdict::Kind::lie, 0, 700} : Verdict{};
        },
        std::nullopt, true);
    reached = writes >= nth;
    seen += !report.violations.empty();
  }
  EXPECT_GE(seen, 3);
}

TEST(Sabotage, ASyncThatIsTriedAgainAfterItFailedIsSeen) {
  const auto report = sabotaged(tamper(Call::Kind::sync_data, {Verdict::Kind::try_twice, 0, 0}),
                                SyncFailure::data_lost);
  EXPECT_FALSE(report.violations.empty());
}

TEST(Sabotage, ASyncThatIsDoneOnlyEverySecondTimeIsSeen) {
  std::uint64_t syncs = 0;
  const auto report = sabotaged([&syncs](const Call& call) {
    const bool hit = call.kind == Call::Kind::sync_data && ++syncs % 2 == 0;
    return hit ? kSkip : Verdict{};
  });
  EXPECT_FALSE(report.violations.empty());
}

}  // namespace
}  // namespace stet::test
