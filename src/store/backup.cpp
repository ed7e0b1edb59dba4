// backup_to: one snapshot of this store becomes one swap of the other.
#include <algorithm>

#include "store/kept.hpp"
#include "store/ref_names.hpp"
#include "store/store_calls.hpp"
#include "store/transfer.hpp"
#include "store/until_done.hpp"

namespace stet {

namespace {

using By = KeptHistory::By;

// The chunks of the store that is copied. Its errors name it, but for those that a sweep explains,
// which are looked into first.
class ChunksOfSource final : public tree::ChunkSource {
 public:
  explicit ChunksOfSource(StoreCore& from) : from_(from) {}
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override {
    return named(from_.whole_documents().get(ids), from_);
  }
  VersionSource versions() {
    return [this](const Id& id) { return named(from_.version(id), from_); };
  }

 private:
  template <class T>
  static Result<T> named(Result<T> answer, const StoreCore& from) {
    const bool swept = !answer.ok() && may_be_swept(answer.error());
    return swept ? answer : located(std::move(answer), from);
  }

  StoreCore& from_;
};

class Backup {
 public:
  Backup(StoreCore& from, StoreCore& to, const ProgressCallback& progress)
      : from_(from), to_(to), progress_(progress) {}

  // A read that fails may be of what was swept since the snapshot. Then the copy is of a later one;
  // what was sent stays sent.
  Result<Step<BackupReport>> run(Attempt& attempt) const {
    using Next = Step<BackupReport>::Next;
    ChunksOfSource chunks(from_);
    Transfer transfer(to_, attempt, chunks.versions(), chunks, progress_);
    STET_TRY(Histories histories, snapshot());
    for (std::uint32_t looks = 0; looks < kLooksMax; ++looks) {
      STET_TRY(const bool steady, located(observe(histories, attempt), to_));
      if (!steady) return Step<BackupReport>{Next::again};
      attempt.forget_changes();
      auto step = copy_all(histories, attempt, transfer);
      if (step.ok()) return step;
      const Error error = step.error();
      if (!may_be_swept(error) || !error.context().store.empty()) return error;
      STET_TRY(Histories now, snapshot());
      if (is_as_before(histories, now)) return error.in_store(from_.url());
      histories = std::move(now);
    }
    return too_busy("backup").in_store(from_.url());
  }

 private:
  using Histories = std::vector<KeptHistory>;

  Result<Histories> snapshot() const { return located(kept_histories(from_, progress_), from_); }

  static bool is_as_before(const Histories& before, const Histories& now) {
    return std::equal(before.begin(), before.end(), now.begin(), now.end(),
                      [](const auto& one, const auto& other) { return one.keeps_as(other); });
  }

  Result<Step<BackupReport>> copy_all(const Histories& histories, Attempt& attempt,
                                      Transfer& transfer) const {
    Step<BackupReport> step{Step<BackupReport>::Next::stop};
    for (const KeptHistory& kept : histories) {
      STET_TRY(const bool changes, copy(kept, attempt, transfer, step.answer));
      if (changes) step.next = Step<BackupReport>::Next::swap;
    }
    step.answer.versions = transfer.versions();
    step.answer.chunks = transfer.chunks();
    step.answer.bytes = transfer.bytes();
    return step;
  }

  static Result<bool> observe(const Histories& histories, Attempt& attempt) {
    std::vector<std::string_view> names;
    for (const KeptHistory& kept : histories) {
      if (kept.by != By::pin) names.push_back(kept.name);
    }
    if (!names.empty()) return attempt.observe_all(names);
    STET_CHECK(attempt.observe_epoch());
    return true;
  }

  // Whether something is to be changed in the target.
  Result<bool> copy(const KeptHistory& kept, Attempt& attempt, Transfer& transfer,
                    BackupReport& report) const {
    auto changes = kept.by == By::document    ? copy_document(kept, attempt, transfer, report)
                   : kept.by == By::tombstone ? copy_removed(kept, attempt, transfer)
                                              : copy_pin(kept, attempt, transfer);
    if (!changes.ok()) return changes.error().in_document(kept.name);
    return changes;
  }

  Result<bool> copy_document(const KeptHistory& kept, Attempt& attempt, Transfer& transfer,
                             BackupReport& report) const {
    STET_TRY(Boundary boundary, from_.boundary(kept.head.boundary));
    STET_TRY(const auto outcome, transfer.add({kept.name, *kept.head.id, std::move(boundary)}));
    if (outcome == Transfer::Outcome::added) ++report.documents;
    if (outcome == Transfer::Outcome::diverged) {
      report.diverged.push_back(kept.name);
      return false;
    }
    STET_TRY(const bool holds, copy_hold(kept, attempt));
    return holds || outcome == Transfer::Outcome::added;
  }

  // A hold is never taken away, and one that is there keeps its reason.
  Result<bool> copy_hold(const KeptHistory& kept, Attempt& attempt) const {
    if (!kept.hold) return false;
    const std::string ref = refs::hold(kept.name);
    STET_TRY(const auto before, located(to_.backend().read(std::span(&ref, 1)), to_));
    if (before.front()) return false;
    attempt.change({.name = ref, .expected = std::nullopt, .next = kept.hold});
    return true;
  }

  // A document that was removed can be restored in the copy too, until that is compacted. Where the
  // copy has it still, or again, it stays.
  Result<bool> copy_removed(const KeptHistory& kept, Attempt& attempt, Transfer& transfer) const {
    const std::string ref = refs::tombstone(kept.name, *kept.head.id);
    STET_TRY(const auto before, located(to_.backend().read(std::span(&ref, 1)), to_));
    if (before.front()) return false;
    if (const Head& theirs = attempt.head(kept.name); theirs.id) {
      STET_TRY(const History history, located(to_.history(theirs), to_));
      STET_TRY(const bool there, located(history.is_ancestor(*kept.head.id, *theirs.id), to_));
      if (there) return false;
    }
    STET_TRY(Boundary boundary, from_.boundary(kept.head.boundary));
    STET_CHECK(transfer.add_removed({kept.name, *kept.head.id, std::move(boundary)}));
    attempt.change(
        {.name = ref, .expected = std::nullopt, .next = refs::tombstone_value(kept.head)});
    return true;
  }

  Result<bool> copy_pin(const KeptHistory& kept, Attempt& attempt, Transfer& transfer) const {
    const std::string ref = refs::pin(kept.label);
    const RefValue next = refs::value_of(refs::Pin{*kept.head.id, kept.name});
    STET_TRY(auto before, located(to_.backend().read(std::span(&ref, 1)), to_));
    if (before.front() == next) return false;
    STET_CHECK(transfer.add_version(*kept.head.id));
    attempt.change({.name = ref, .expected = std::move(before.front()), .next = next});
    return true;
  }

  StoreCore& from_;
  StoreCore& to_;
  const ProgressCallback& progress_;
};

}  // namespace

Result<BackupReport> back_up(StoreCore& from, StoreCore& to, const ProgressCallback& progress) {
  const Backup backup(from, to, progress);
  return located(
      until_done<BackupReport>(to, [&](Attempt& attempt) { return backup.run(attempt); }), to);
}

}  // namespace stet
