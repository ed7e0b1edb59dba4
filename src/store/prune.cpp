// prune: which versions a policy keeps, and the boundary that says so.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "store/keep.hpp"
#include "store/ref_names.hpp"
#include "store/store_calls.hpp"
#include "store/until_done.hpp"

namespace stet {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;

std::int64_t day_of(std::int64_t time_ms) {
  return time_ms / kDayMs - (time_ms % kDayMs < 0 ? 1 : 0);
}

Result<std::set<Id>> pinned_versions(StoreCore& core, const std::string& name) {
  STET_TRY(const std::vector<Ref> pins, core.refs_under(refs::kPins));
  std::set<Id> pinned;
  for (const Ref& ref : pins) {
    STET_TRY(const refs::Pin pin, refs::pin_in(ref.name, ref.value));
    if (pin.document == name) pinned.insert(pin.version);
  }
  return pinned;
}

// Decides for versions that come newest first.
class Keeper {
 public:
  Keeper(const PrunePolicy& policy, std::int64_t now_ms, std::set<Id> pinned)
      : policy_(policy), today_(day_of(now_ms)), pinned_(std::move(pinned)) {}

  bool keeps(const Id& id, const Version& version) {
    const bool is_head = count_ == 0;
    const bool is_last = count_++ < policy_.keep_last.value_or(0);
    const bool is_newest_of_day = newest_of_day(version);
    return is_head || is_last || is_newest_of_day || pinned_.contains(id);
  }

 private:
  bool newest_of_day(const Version& version) {
    const std::int64_t day = day_of(version.time_ms);
    const std::uint64_t days = policy_.keep_daily.value_or(0);
    if (days == 0) return false;
    if (day <= today_ && static_cast<std::uint64_t>(today_ - day) >= days) return false;
    return days_kept_.insert(day).second;
  }

  const PrunePolicy policy_;
  const std::int64_t today_;
  const std::set<Id> pinned_;
  std::uint64_t count_ = 0;
  std::set<std::int64_t> days_kept_;
};

struct Judged {
  Id id;
  std::vector<Id> parents;
  std::uint64_t generation;
  bool kept;
  bool thin_before;
};

Result<std::vector<Judged>> judge(const History& history, const Id& head, Keeper& keeper,
                                  const ProgressCallback& progress) {
  constexpr std::size_t kTellEvery = 256;
  std::vector<Judged> versions;
  Result<void> stopped;
  STET_CHECK(history.walk(head, [&](const Id& id, const Version& version) {
    const Progress now{"prune", versions.size(), 0, "versions"};
    if (versions.size() % kTellEvery == 0 && !report(progress, now)) {
      stopped = Error(ErrorCode::cancelled, "the prune was stopped; nothing was pruned");
      return false;
    }
    const bool thin = history.is_thin(id);
    versions.push_back(
        {id, version.parents, version.generation, !thin && keeper.keeps(id, version), thin});
    return true;
  }));
  STET_CHECK(stopped);
  return versions;
}

// Everything older than the oldest version kept goes; what isn't kept above it keeps its record.
Boundary boundary_of(const std::vector<Judged>& versions, const Boundary& before) {
  Boundary boundary;
  boundary.generation = std::numeric_limits<std::uint64_t>::max();
  for (const Judged& version : versions) {
    if (version.kept) boundary.generation = std::min(boundary.generation, version.generation);
  }
  std::set<Id> gone;
  for (const Judged& version : versions) {
    if (version.generation < boundary.generation) gone.insert(version.id);
  }
  for (const Judged& version : versions) {
    if (gone.contains(version.id)) continue;
    if (!version.kept) boundary.thin.push_back(version.id);
    const bool parent_gone = std::any_of(version.parents.begin(), version.parents.end(),
                                         [&](const Id& id) { return gone.contains(id); });
    if (parent_gone || before.is_shallow(version.id)) boundary.shallow.push_back(version.id);
  }
  std::sort(boundary.thin.begin(), boundary.thin.end());
  std::sort(boundary.shallow.begin(), boundary.shallow.end());
  return boundary;
}

}  // namespace

// A pin that is made meanwhile keeps its version's content all the same, by its ref.
Result<std::uint64_t> prune_document(StoreCore& core, const std::string& name,
                                     const PrunePolicy& policy, const ProgressCallback& progress) {
  STET_CHECK(check_name(name));
  if (!policy.keep_last && !policy.keep_daily) {
    return Error(ErrorCode::invalid, "a policy that keeps nothing: say keep_last or keep_daily");
  }
  using Answer = std::uint64_t;
  const auto body = [&](Attempt& attempt) -> Result<Step<Answer>> {
    STET_TRY(const bool steady, attempt.observe(name));
    if (!steady) return Step<Answer>{Step<Answer>::Next::again};
    const Head& head = attempt.head(name);
    if (!head.id) return no_such_document(name);
    STET_CHECK(deny_while_held(core, attempt, name));
    STET_TRY(Boundary before, core.boundary(head.boundary));
    STET_TRY(std::set<Id> pinned, pinned_versions(core, name));
    Keeper keeper(policy, core.clock().now_ms(), std::move(pinned));
    STET_TRY(const auto versions,
             judge(History(core.versions(), before), *head.id, keeper, progress));
    const auto dropped = std::count_if(versions.begin(), versions.end(), [](const Judged& version) {
      return !version.kept && !version.thin_before;
    });
    if (dropped == 0) return Step<Answer>{Step<Answer>::Next::stop};
    STET_CHECK(attempt.set_boundary(name, boundary_of(versions, before)));
    return Step<Answer>{Step<Answer>::Next::swap, static_cast<Answer>(dropped)};
  };
  return until_done<Answer>(core, body);
}

}  // namespace stet
