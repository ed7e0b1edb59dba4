// compact: bump the epoch, find what is live, sweep the rest. Savers that run meanwhile put with
// the new epoch or lose their swap, so nothing of theirs is dropped.
#include <fmt/format.h>

#include "base/id_map.hpp"
#include "store/chunk_walk.hpp"
#include "store/ending.hpp"
#include "store/kept.hpp"
#include "store/ref_names.hpp"
#include "store/store_calls.hpp"
#include "store/until_done.hpp"

namespace stet {

namespace {

enum class Needed : std::uint8_t { by_a_head, by_history };

class LiveIds final : public LiveSet {
 public:
  bool contains(const Id& id) const override { return ids_.contains(id); }
  std::uint64_t size() const override { return ids_.size(); }
  bool is_history(const Id& id) const override {
    const auto found = ids_.find(id);
    return found != ids_.end() && found->second == Needed::by_history;
  }
  // Who says it first is believed.
  void insert(const Id& id, Needed needed) { ids_.emplace(id, needed); }

 private:
  IdMap<Needed> ids_;
};

// Tombstones end with the bump, so that from then on nobody builds on what only they keep.
struct Begun {
  Epoch epoch = 0;
  std::vector<Ref> tombstones;
};

Result<Begun> begin(StoreCore& core) {
  return until_done<Begun>(core, [&](Attempt& attempt) -> Result<Step<Begun>> {
    Step<Begun> step{Step<Begun>::Next::swap};
    STET_TRY(step.answer.epoch, attempt.bump_epoch());
    STET_TRY(auto tombstones, end_tombstones(core, attempt, step.answer.epoch));
    if (!tombstones) return Step<Begun>{Step<Begun>::Next::again};
    step.answer.tombstones = *std::move(tombstones);
    return step;
  });
}

class LiveChunks {
 public:
  LiveChunks(StoreCore& core, const ProgressCallback& progress)
      : core_(core),
        progress_(progress),
        walk_(core.whole_documents(), [this](const auto& chunk) { return add(chunk.id); }) {}

  // What the document is now. To be called for all before any history is added.
  Result<void> add_head(const KeptHistory& kept) {
    needed_ = Needed::by_a_head;
    if (kept.head.boundary) {
      STET_TRY(const Id boundary, refs::id_in(refs::kBoundaries, *kept.head.boundary));
      STET_CHECK(add(boundary));
    }
    if (kept.by != KeptHistory::By::document) return {};
    STET_TRY(const Version version, core_.version(*kept.head.id));
    return add(*kept.head.id, version, false);
  }

  Result<void> add_history(const KeptHistory& kept) {
    needed_ = Needed::by_history;
    return walk_kept(core_, kept, [this](const Id& id, const Version& version, bool thin) {
      return add(id, version, thin);
    });
  }

  const LiveSet& ids() const noexcept { return ids_; }

 private:
  Result<void> add(const Id& id, const Version& version, bool thin) {
    STET_CHECK(add(id));
    if (thin) return {};
    STET_CHECK(walk_.walk(version.root));
    return version.source ? walk_.walk(version.source->root) : Result<void>();
  }

  Result<void> add(const Id& id) {
    ids_.insert(id, needed_);
    constexpr std::uint64_t kReportEvery = 1024;
    if (ids_.size() % kReportEvery != 0) return {};
    if (report(progress_, {"find what is kept", ids_.size(), 0, "chunks"})) return {};
    return Error(ErrorCode::cancelled, "compaction was stopped; nothing is dropped");
  }

  StoreCore& core_;
  const ProgressCallback& progress_;
  LiveIds ids_;
  Needed needed_ = Needed::by_a_head;
  ChunkWalk walk_;
};

Result<SweepReport> sweep(StoreCore& core, Epoch epoch, const ProgressCallback& progress) {
  STET_TRY(const std::vector<KeptHistory> histories, kept_histories(core, progress));
  LiveChunks live(core, progress);
  for (const KeptHistory& kept : histories) {
    if (auto added = live.add_head(kept); !added.ok()) return added.error().in_document(kept.name);
  }
  for (const KeptHistory& kept : histories) {
    auto added = live.add_history(kept);
    if (!added.ok()) return added.error().in_document(kept.name);
  }
  return core.backend().sweep(live.ids(), epoch, progress);
}

// What is missing once another compaction has begun is no damage: its sweep may have ended before
// this one had found what is live.
Error unless_overtaken(StoreCore& core, Epoch epoch, const Error& error) {
  if (!may_be_swept(error)) return error;
  const std::string name(kEpochRef);
  const auto values = core.backend().read({&name, 1});
  const auto now = values.ok() ? decode_epoch(values->front()) : Result<Epoch>(values.error());
  if (!now.ok() || *now == epoch) return error;
  return Error(ErrorCode::conflict,
               fmt::format("another compaction began: the epoch is {}, not {}", *now, epoch));
}

}  // namespace

Result<SweepReport> compact_store(StoreCore& core, const ProgressCallback& progress) {
  STET_TRY(const Begun begun, begin(core));
  auto report = sweep(core, begun.epoch, progress);
  if (!report.ok()) report = unless_overtaken(core, begun.epoch, report.error());
  if (report.ok()) {
    core.forget_chunks();
    (void)forget_endings(core, begun.epoch);  // else the next compaction does
    return report;
  }
  if (report.error().code() == ErrorCode::outcome_unknown) return report;
  if (const auto back = put_tombstones_back(core, begun.epoch, begun.tombstones); !back.ok()) {
    return Error(report.error().code(),
                 fmt::format("{}; and documents that were removed can't be restored any more: {}",
                             report.error().message(), back.error().message()),
                 report.error().context());
  }
  return report;
}

}  // namespace stet
