// The swap: those that wait at once are judged one after the other and written as one batch.
#include <map>

#include "engine/file/core.hpp"

namespace stet::file {

namespace {

// Swaps that are to be one batch, in the order in which they came, each judged as if it came alone.
// Nobody is told what rests on the batch before that is durable.
class SwapGroup {
 public:
  SwapGroup(const Log& log, std::span<PendingSwap* const> swaps) : log_(log), swaps_(swaps) {}

  void judge() {
    for (PendingSwap* const swap : swaps_) judged_.push_back(judge(*swap));
  }
  bool has_done() const noexcept { return has_done_; }
  const std::vector<const RefChange*>& changes() const noexcept { return changes_; }
  // `is_committed` false: what rests on the batch is left unanswered.
  void answer(bool is_committed) noexcept {
    for (std::size_t i = 0; i < swaps_.size(); ++i) {
      if (is_committed || !judged_[i].rests_on_batch) {
        swaps_[i]->answer = std::move(judged_[i].answer);
      }
    }
  }

 private:
  struct Judged {
    Result<SwapOutcome> answer;
    bool rests_on_batch = false;
  };

  Judged judge(const PendingSwap& swap) {
    bool rests_on_batch = false;
    auto actual = read(swap, rests_on_batch);
    if (!actual.ok()) return {actual.error(), false};
    for (std::size_t i = 0; i < swap.changes.size(); ++i) {
      if ((*actual)[i] == swap.changes[i].expected) continue;
      return {SwapOutcome{.done = false, .actual = *std::move(actual)}, rests_on_batch};
    }
    has_done_ = true;
    for (const RefChange& change : swap.changes) {
      if (change.assert_only) continue;
      changes_.push_back(&change);
      changed_[change.name] = &change;
    }
    return {SwapOutcome{.done = true, .actual = {}}, true};
  }

  Result<std::vector<std::optional<RefValue>>> read(const PendingSwap& swap,
                                                    bool& rests_on_batch) const {
    std::vector<std::string> names;
    names.reserve(swap.changes.size());
    for (const RefChange& change : swap.changes) names.push_back(change.name);
    STET_TRY(auto values, log_.read_refs(names));
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto changed = changed_.find(names[i]);
      if (changed == changed_.end()) continue;
      values[i] = changed->second->next;
      rests_on_batch = true;
    }
    return values;
  }

  const Log& log_;
  const std::span<PendingSwap* const> swaps_;
  std::vector<Judged> judged_;
  std::map<std::string_view, const RefChange*> changed_;
  std::vector<const RefChange*> changes_;
  bool has_done_ = false;
};

}  // namespace

Result<SwapOutcome> Core::swap(std::span<const RefChange> changes) {
  STET_CHECK(check_changes(changes));
  STET_CHECK(check_writable());
  return swaps_.run(changes, options_.lock_wait, path_,
                    [this](const os::LockWait& wait) { return swap_together(wait); });
}

Result<void> Core::swap_together(const os::LockWait& wait) {
  STET_TRY(Session session, begin_writing(wait));
  SwapGroup group(session.log(), swaps_.take());
  group.judge();
  const auto committed = group.has_done() ? commit(session, group.changes()) : Result<void>();
  group.answer(committed.ok());
  return committed;
}

// What is pending and the changes, as one batch. Where it isn't committed, for whatever reason, its
// chunks stay in flight and go with the next.
Result<void> Core::commit(Session& session, std::span<const RefChange* const> changes) {
  struct Landing {
    Core& core;
    ~Landing() {
      const std::lock_guard lock(core.pending_mutex_);
      core.in_flight_.drop_all_but_chunks();
    }
  };
  const Landing landing{*this};
  {
    const std::lock_guard lock(pending_mutex_);
    in_flight_.add_all(pending_);
    in_flight_.make_good_in(session.shared_log());
    for (const RefChange* const change : changes) in_flight_.add_ref(change->name, change->next);
    if (in_flight_.empty()) return {};
    session.log().finish(in_flight_);
  }
  std::uint64_t flushes = 0;
  auto committed = session.log().append(in_flight_, options_.lock_wait, flushes);
  counters_.flushes += flushes;
  if (!committed.ok()) return committed;
  const std::lock_guard lock(pending_mutex_);
  session.log().apply(in_flight_);
  counters_.bytes_written += in_flight_.bytes();
  in_flight_.clear();
  return {};
}

}  // namespace stet::file
