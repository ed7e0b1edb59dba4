#include "support/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

namespace stet::test {

namespace {

class Checker {
 public:
  Checker(Subject& subject, const SimulatedDisk& disk, const History& history,
          const CheckOptions& options)
      : subject_(subject),
        start_(disk.durable_at_start()),
        log_(disk.log()),
        history_(history),
        options_(options) {}

  CheckReport run() {
    for_each_crash_state(start_, log_, options_.crashes, [this](const CrashState& state) {
      check_state(state);
      return report_.violations.size() < options_.violations_max;
    });
    for (std::uint64_t place = options_.crashes.first_place; place <= log_.size();
         place += options_.kill_every) {
      if (report_.violations.size() >= options_.violations_max) break;
      check_kill(place);
    }
    return std::move(report_);
  }

 private:
  void object(Oracle oracle, std::string_view where, std::string_view what) {
    report_.violations.push_back({oracle, fmt::format("{}: {}", where, what)});
  }

  // What a fresh open of `disk` shows, held against the history. Nothing: already objected.
  std::optional<State> recovered(const std::shared_ptr<SimulatedDisk>& disk, std::uint64_t place,
                                 const std::string& where) {
    const auto shown = subject_.observe(disk, may_create(place));
    if (!shown.ok()) {
      object(Oracle::opens, where, "recovery failed: " + shown.error().to_string());
      return std::nullopt;
    }
    if (!is_allowed(*shown, place, where)) return std::nullopt;
    return *shown;
  }

  bool may_create(std::uint64_t place) const { return !history_.acknowledged_by(place); }

  bool is_allowed(const State& shown, std::uint64_t place, const std::string& where) {
    const auto objection = history_.objection(shown, place);
    if (objection) object(objection->oracle, where, objection->what);
    return !objection;
  }

  // What a recovery of an image shows.
  using Shown = std::unordered_map<std::uint64_t, State>;

  void check_state(const CrashState& state) {
    Shown& known = shown_[may_create(state.place) ? 1 : 0];
    if (const auto before = known.find(state.fingerprint); before != known.end()) {
      is_allowed(before->second, state.place, state.description);
      return;
    }
    note_image(state);
    const auto disk = std::make_shared<SimulatedDisk>(state.image);
    const auto shown = recovered(disk, state.place, state.description);
    if (!shown) return;
    known.emplace(state.fingerprint, *shown);
    if (disk->log_size() > 0) {
      check_still_there(*disk, *shown, state.description);
      if (count_++ % options_.recovery_every == 0) check_recovery(*disk, *shown, state.description);
    }
    check_goes_on(disk, *shown, state.description);
  }

  // What was shown survives a loss of power right after.
  void check_still_there(const SimulatedDisk& disk, const State& shown, const std::string& where) {
    const auto next =
        std::make_shared<SimulatedDisk>(durable_only(disk.durable_at_start(), disk.log()));
    expect_shown(Oracle::durable, next, shown, where + ", power lost after it was shown");
  }

  void check_recovery(const SimulatedDisk& disk, const State& shown, const std::string& where) {
    CrashOptions crashes = options_.crashes;
    crashes.pending_all_max = 3;
    crashes.samples = 2;
    crashes.states_per_place_max = 8;
    crashes.first_place = 0;
    for_each_crash_state(
        disk.durable_at_start(), disk.log(), crashes, [&](const CrashState& state) {
          const auto before = shown_[1].find(state.fingerprint);
          if (before != shown_[1].end() && before->second == shown) return true;
          note_image(state);
          if (!expect_shown(Oracle::idempotent, std::make_shared<SimulatedDisk>(state.image), shown,
                            where + ", again in recovery at " + state.description)) {
            return false;
          }
          shown_[1].emplace(state.fingerprint, shown);
          return true;
        });
  }

  void note_image(const CrashState& state) {
    if (noted_.insert(state.fingerprint).second) report_.images.push_back(state.fingerprint);
  }

  bool expect_shown(Oracle oracle, const std::shared_ptr<SimulatedDisk>& disk, const State& wanted,
                    const std::string& where) {
    const auto shown = subject_.observe(disk, true);
    if (shown.ok() && *shown == wanted) return true;
    object(oracle, where,
           shown.ok() ? text_of(wanted) + " became " + text_of(*shown)
                      : "the next open failed: " + shown.error().to_string());
    return false;
  }

  void check_goes_on(const std::shared_ptr<SimulatedDisk>& disk, const State& shown,
                     const std::string& where) {
    if (!expect_shown(Oracle::idempotent, disk, shown, where + ", second open")) return;
    const auto saved = subject_.save_more(disk);
    if (!saved.ok()) {
      object(Oracle::opens, where, "a save after recovery failed: " + saved.error().to_string());
      return;
    }
    const auto next =
        std::make_shared<SimulatedDisk>(durable_only(disk->durable_at_start(), disk->log()));
    expect_shown(Oracle::acknowledged, next, *saved,
                 where + ", save after recovery and power loss");
  }

  // The process ends, the machine goes on: the next one sees what was cached. What it shows must
  // survive a loss of power, though the writer never synced it.
  void check_kill(std::uint64_t place) {
    ++report_.kills;
    const std::string where = fmt::format("killed at place {} of {}", place, log_.size());
    const auto disk = std::make_shared<SimulatedDisk>(start_, std::span(log_).first(place));
    const auto shown = recovered(disk, place, where);
    if (!shown) return;
    check_still_there(*disk, *shown, where);
    check_goes_on(disk, *shown, where);
  }

  Subject& subject_;
  const DiskImage start_;
  const std::vector<Operation> log_;
  const History& history_;
  const CheckOptions& options_;
  CheckReport report_;
  std::array<Shown, 2> shown_;  // where the store must be there, and where it may be made
  std::unordered_set<std::uint64_t> noted_;
  std::uint64_t count_ = 0;
};

}  // namespace

void CheckReport::add(CheckReport other) {
  images.insert(images.end(), other.images.begin(), other.images.end());
  kills += other.kills;
  violations.insert(violations.end(), other.violations.begin(), other.violations.end());
}

std::uint64_t CheckReport::states() const {
  std::vector<std::uint64_t> different = images;
  std::ranges::sort(different);
  const auto again = std::ranges::unique(different);
  return different.size() - again.size() + kills;
}

CheckReport check_crashes(Subject& subject, const SimulatedDisk& disk, const History& history,
                          const CheckOptions& options) {
  return Checker(subject, disk, history, options).run();
}

}  // namespace stet::test
