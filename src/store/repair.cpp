// repair: what verify finds damaged is taken from elsewhere, by id.
//
// Documents are read as if they were mended already: a chunk that is damaged or missing here comes
// from the first source that has it, so one pass finds all that a repair needs, also below chunks
// that are damaged themselves. Then one write of the store makes it so (Backend::mend), and what is
// there is checked anew.
#include <fmt/format.h>

#include <algorithm>

#include "store/lost_refs.hpp"
#include "store/mended_chunks.hpp"
#include "store/store_calls.hpp"

namespace stet {

namespace {

// Each round but the first means that others changed the store, or that it was damaged again.
constexpr int kRoundsMax = 5;

class Repair {
 public:
  Repair(StoreCore& core, std::span<StoreCore* const> sources, const ProgressCallback& progress)
      : core_(core), sources_(sources), chunks_(core.backend(), sources_), progress_(progress) {}

  Result<RepairReport> run(const RepairOptions& options) {
    for (int round = 0; round < kRoundsMax; ++round) {
      STET_CHECK(look());
      if (is_whole() || options.dry_run) return report();
      const auto mended = mend();
      if (!mended.ok() && mended.error().code() != ErrorCode::conflict) return mended.error();
      if (!mended.ok()) last_conflict_ = mended.error();
    }
    if (last_conflict_) return *last_conflict_;
    return Error(ErrorCode::io,
                 "the store is damaged again each time that it was mended: look to its disk");
  }

 private:
  // What is damaged now, and what of it can be mended.
  Result<void> look() {
    core_.forget_chunks();
    chunks_.begin();
    STET_TRY(engine_damage_, core_.backend().check(progress_));
    lost_ = {};
    if (core_.past_damage.damaged) {
      STET_TRY(lost_, find_lost_refs(core_, chunks_, sources_.cores()));
    }
    STET_TRY(found_,
             verify_content(core_, {chunks_, chunks_.versions(), lost_.changes}, progress_));
    return {};
  }

  bool is_whole() const {
    return chunks_.mended().empty() && engine_damage_.empty() && lost_.changes.empty();
  }

  Result<void> mend() {
    Mending mending;
    mending.ids = chunks_.mended();
    mending.bytes_of = [this](const Id& id) { return sources_.again(id); };
    mending.changes = lost_.changes;
    STET_CHECK(core_.backend().mend(mending, progress_));
    note_mended();
    core_.past_damage = {};
    return {};
  }

  void note_mended() {
    const std::vector<Id>& mended = chunks_.mended();
    report_.mended.insert(report_.mended.end(), mended.begin(), mended.end());
    report_.engine_damage += engine_damage_.size();
    const std::vector<std::string>& gone = core_.past_damage.lost;
    report_.uncertain.insert(report_.uncertain.end(), gone.begin(), gone.end());
    report_.heads.insert(report_.heads.end(), lost_.heads.begin(), lost_.heads.end());
    report_.uncertain.insert(report_.uncertain.end(), lost_.uncertain.begin(),
                             lost_.uncertain.end());
    const std::vector<std::string> notes = core_.backend().info().notes;
    report_.notes.insert(report_.notes.end(), notes.begin(), notes.end());
  }

  Result<RepairReport> report() {
    if (!is_whole()) note_mended();
    report_.from_source = sources_.counts(report_.mended);
    report_.refused = sources_.refused();
    report_.left = std::move(found_);
    return std::move(report_);
  }

  StoreCore& core_;
  RepairSources sources_;
  MendedChunks chunks_;
  const ProgressCallback& progress_;
  // Of the last look.
  std::vector<Damage> engine_damage_;
  LostRefs lost_;
  VerifyReport found_;

  std::optional<Error> last_conflict_;
  RepairReport report_;
};

}  // namespace

Result<RepairReport> repair_store(StoreCore& core, std::span<StoreCore* const> sources,
                                  const RepairOptions& options, const ProgressCallback& progress) {
  return Repair(core, sources, progress).run(options);
}

}  // namespace stet
