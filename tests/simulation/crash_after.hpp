// Runs steps on a simulated disk and judges every state that a crash may leave.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "checker.hpp"
#include "support/simulated_disk.hpp"

namespace stet::test {

// Crashes what the last step did (all of it, where `whole`). `Work` runs steps on a disk; `Subject`
// says what a disk shows.
template <class Work, class Subject, class Step>
CheckReport crash_after(const std::vector<Step>& steps, const CheckOptions& base, bool whole,
                        std::uint64_t seed) {
  const auto disk = std::make_shared<SimulatedDisk>();
  Work work(disk, disk, seed);
  CheckOptions options = base;
  options.crashes.seed = seed;
  CheckReport report;
  auto done = work.open();
  for (std::size_t i = 0; done.ok() && i < steps.size(); ++i) {
    if (!whole && i + 1 == steps.size()) options.crashes.first_place = disk->log_size() + 1;
    done = work.run(steps[i]);
  }
  if (!done.ok()) {
    report.violations.push_back("the work itself failed: " + done.error().to_string());
  } else {
    Subject subject;
    report = check_crashes(subject, *disk, work.history(), options);
  }
  for (auto& violation : report.violations) violation = text_of(steps) + "| " + violation;
  return report;
}

}  // namespace stet::test
