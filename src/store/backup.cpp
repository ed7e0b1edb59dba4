// backup_to: one snapshot of this store becomes one swap of the other.
#include "store/kept.hpp"
#include "store/ref_names.hpp"
#include "store/store_calls.hpp"
#include "store/transfer.hpp"
#include "store/until_done.hpp"

namespace stet {

namespace {

using By = KeptHistory::By;

class Backup {
 public:
  Backup(StoreCore& from, StoreCore& to, const std::vector<KeptHistory>& histories,
         const ProgressCallback& progress)
      : from_(from), to_(to), histories_(histories), progress_(progress) {}

  Result<Step<BackupReport>> run(Attempt& attempt) const {
    using Next = Step<BackupReport>::Next;
    STET_TRY(const bool steady, observe(attempt));
    if (!steady) return Step<BackupReport>{Next::again};
    Transfer transfer(to_, attempt, from_.versions(), from_.whole_documents(), progress_);
    Step<BackupReport> step{Next::stop};
    for (const KeptHistory& kept : histories_) {
      STET_TRY(const bool changes, copy(kept, attempt, transfer, step.answer));
      if (changes) step.next = Next::swap;
    }
    step.answer.versions = transfer.versions();
    step.answer.chunks = transfer.chunks();
    step.answer.bytes = transfer.bytes();
    return step;
  }

 private:
  Result<bool> observe(Attempt& attempt) const {
    std::vector<std::string_view> names;
    for (const KeptHistory& kept : histories_) {
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
    STET_TRY(const auto before, to_.backend().read(std::span(&ref, 1)));
    if (before.front()) return false;
    attempt.change({.name = ref, .expected = std::nullopt, .next = kept.hold});
    return true;
  }

  // A document that was removed can be restored in the copy too, until that is compacted. Where the
  // copy has it still, or again, it stays.
  Result<bool> copy_removed(const KeptHistory& kept, Attempt& attempt, Transfer& transfer) const {
    const std::string ref = refs::tombstone(kept.name, *kept.head.id);
    STET_TRY(const auto before, to_.backend().read(std::span(&ref, 1)));
    if (before.front()) return false;
    if (const Head& theirs = attempt.head(kept.name); theirs.id) {
      STET_TRY(const History history, to_.history(theirs));
      STET_TRY(const bool there, history.is_ancestor(*kept.head.id, *theirs.id));
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
    STET_TRY(auto before, to_.backend().read(std::span(&ref, 1)));
    if (before.front() == next) return false;
    STET_CHECK(transfer.add_version(*kept.head.id));
    attempt.change({.name = ref, .expected = std::move(before.front()), .next = next});
    return true;
  }

  StoreCore& from_;
  StoreCore& to_;
  const std::vector<KeptHistory>& histories_;
  const ProgressCallback& progress_;
};

}  // namespace

Result<BackupReport> back_up(StoreCore& from, StoreCore& to, const ProgressCallback& progress) {
  STET_TRY(const std::vector<KeptHistory> histories, located(kept_histories(from, progress), from));
  const Backup backup(from, to, histories, progress);
  return located(
      until_done<BackupReport>(to, [&](Attempt& attempt) { return backup.run(attempt); }), to);
}

}  // namespace stet
