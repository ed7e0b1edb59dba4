// Runs steps on a simulated disk and judges every state that a crash may leave.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "support/checker.hpp"
#include "support/simulated_disk.hpp"

namespace stet::test {

// A sync of the last step that fails.
struct FailedSync {
  std::uint64_t nth = 1;
  SyncFailure how = SyncFailure::data_lost;
  bool anew = false;  // what became of it is read through a new handle, not the same one
};

struct CrashPlan {
  CheckOptions options;
  bool whole = false;  // crash all that was done, not only the last step
  std::uint64_t seed = 1;
  std::optional<FailedSync> fails{};
};

// The last step may say that it failed. Then the work looks what became of it, and goes on.
template <class Work>
Result<void> go_on(Work& work, const Error& error, const FailedSync& fails) {
  if (error.code() != ErrorCode::outcome_unknown && error.code() != ErrorCode::io) return error;
  if constexpr (requires { work.learn(true); }) {
    STET_CHECK(work.learn(fails.anew));
    return work.save_again();
  }
  return {};
}

// `Work` runs steps on a disk; `Subject` says what a disk shows. `failed`: whether the sync that
// was to fail was reached.
template <class Work, class Subject, class Step>
CheckReport crash_after(const std::vector<Step>& steps, CrashPlan plan, bool* failed = nullptr) {
  const auto disk = std::make_shared<SimulatedDisk>();
  Work work(disk, disk, plan.seed);
  plan.options.crashes.seed = plan.seed;
  CheckReport report;
  std::uint64_t syncs = 0;
  auto done = work.open();
  for (std::size_t i = 0; done.ok() && i < steps.size(); ++i) {
    const bool last = i + 1 == steps.size();
    if (last && !plan.whole) plan.options.crashes.first_place = disk->log_size() + 1;
    if (last && plan.fails) {
      syncs = disk->counters().file_syncs;
      disk->fail_sync(plan.fails->nth, plan.fails->how);
    }
    done = work.run(steps[i]);
    if (last && plan.fails && !done.ok()) done = go_on(work, done.error(), *plan.fails);
  }
  if (failed != nullptr) *failed = disk->counters().file_syncs >= syncs + plan.fails->nth;
  if (!done.ok()) {
    report.violations.push_back(
        {Oracle::opens, "the work itself failed: " + done.error().to_string()});
  } else {
    Subject subject;
    report = check_crashes(subject, *disk, work.history(), plan.options);
  }
  for (Violation& violation : report.violations) {
    violation.what = text_of(steps) + "| " + violation.what;
  }
  return report;
}

// The reports of `run(0)` … `run(count - 1)`, made by as many threads as there are cores. Ends
// early where enough is wrong.
template <class Run>
CheckReport crash_all(std::uint64_t count, const Run& run) {
  constexpr std::size_t kEnough = 5;
  CheckReport all;
  std::mutex mutex;  // guards all
  std::atomic<std::uint64_t> next = 0;
  const auto work = [&] {
    for (std::uint64_t i = next++; i < count; i = next++) {
      CheckReport one = run(i);
      const std::lock_guard guard(mutex);
      all.add(std::move(one));
      if (all.violations.size() > kEnough) next = count;
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back(work);
  }
  work();
  for (std::thread& thread : threads) thread.join();
  return all;
}

// Every sequence of up to `length_max` of the steps, the empty one too.
template <class Steps>
auto all_sequences(const Steps& steps, std::size_t length_max) {
  std::vector<std::vector<typename Steps::value_type>> all = {{}};
  for (std::size_t begin = 0, length = 1; length <= length_max; ++length) {
    const std::size_t end = all.size();
    for (; begin < end; ++begin) {
      for (const auto step : steps) {
        all.push_back(all[begin]);
        all.back().push_back(step);
      }
    }
  }
  return all;
}

// The same for the same seed.
template <class Steps>
auto random_steps(const Steps& steps, std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<typename Steps::value_type> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(steps[random() % steps.size()]);
  return chosen;
}

}  // namespace stet::test
