// compact: bump the epoch, find what is live, sweep the rest. Savers that run meanwhile put with
// the new epoch or lose their swap, so nothing of theirs is dropped.
#include <fmt/format.h>

#include <unordered_set>

#include "store/chunk_walk.hpp"
#include "store/kept.hpp"
#include "store/ref_names.hpp"
#include "store/store_calls.hpp"
#include "store/until_done.hpp"

namespace stet {

namespace {

class IdSet final : public LiveSet {
 public:
  bool contains(const Id& id) const override { return ids_.contains(id); }
  std::uint64_t size() const override { return ids_.size(); }
  void insert(const Id& id) { ids_.insert(id); }

 private:
  std::unordered_set<Id> ids_;
};

// Tombstones end with the bump, so that from then on nobody builds on what only they keep.
struct Begun {
  Epoch epoch = 0;
  std::vector<Ref> tombstones;
};

Result<Begun> begin(StoreCore& core) {
  return until_done<Begun>(core, [&](Attempt& attempt) -> Result<Step<Begun>> {
    Step<Begun> step{Step<Begun>::Next::swap};
    STET_TRY(step.answer.tombstones, core.refs_under(refs::kTombstones));
    for (const Ref& ref : step.answer.tombstones) {
      attempt.change({.name = ref.name, .expected = ref.value, .next = {}});
    }
    STET_TRY(step.answer.epoch, attempt.bump_epoch());
    return step;
  });
}

// After a compaction that dropped nothing: what was removed can be restored as before. Not where
// another one has begun since, which may have dropped it.
Result<void> put_tombstones_back(StoreCore& core, const Begun& begun) {
  struct Nothing {};
  using Answer = Step<Nothing>;
  std::vector<std::string> names;
  for (const Ref& ref : begun.tombstones) names.push_back(ref.name);
  if (names.empty()) return {};
  const auto body = [&](Attempt& attempt) -> Result<Answer> {
    STET_CHECK(attempt.observe_epoch());
    STET_TRY(const Epoch epoch, attempt.epoch());
    if (epoch != begun.epoch) return Answer{Answer::Next::stop};
    STET_TRY(const auto values, core.backend().read(names));
    Answer answer{Answer::Next::stop};
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (values[i]) continue;
      attempt.change({.name = names[i], .expected = {}, .next = begun.tombstones[i].value});
      answer.next = Answer::Next::swap;
    }
    return answer;
  };
  STET_TRY([[maybe_unused]] const Nothing nothing, until_done<Nothing>(core, body));
  return {};
}

class LiveChunks {
 public:
  LiveChunks(StoreCore& core, const ProgressCallback& progress)
      : core_(core),
        progress_(progress),
        walk_(core.whole_documents(), [this](const auto& chunk) { return add(chunk.id); }) {}

  Result<void> add(const KeptHistory& kept) {
    if (kept.head.boundary) {
      STET_TRY(const Id boundary, refs::id_in(refs::kBoundaries, *kept.head.boundary));
      ids_.insert(boundary);
    }
    return walk_kept(core_, kept, [this](const Id& id, const Version& version, bool thin) {
      return add(id, version, thin);
    });
  }

  const IdSet& ids() const noexcept { return ids_; }

 private:
  Result<void> add(const Id& id, const Version& version, bool thin) {
    STET_CHECK(add(id));
    if (thin) return {};
    STET_CHECK(walk_.walk(version.root));
    return version.source ? walk_.walk(version.source->root) : Result<void>();
  }

  Result<void> add(const Id& id) {
    ids_.insert(id);
    constexpr std::uint64_t kReportEvery = 1024;
    if (ids_.size() % kReportEvery != 0) return {};
    if (report(progress_, {"find what is kept", ids_.size(), 0, "chunks"})) return {};
    return Error(ErrorCode::cancelled, "compaction was stopped; nothing is dropped");
  }

  StoreCore& core_;
  const ProgressCallback& progress_;
  IdSet ids_;
  ChunkWalk walk_;
};

Result<SweepReport> sweep(StoreCore& core, Epoch epoch, const ProgressCallback& progress) {
  STET_TRY(const std::vector<KeptHistory> histories, kept_histories(core, progress));
  LiveChunks live(core, progress);
  for (const KeptHistory& kept : histories) {
    if (auto added = live.add(kept); !added.ok()) return added.error().in_document(kept.name);
  }
  return core.backend().sweep(live.ids(), epoch, progress);
}

}  // namespace

Result<SweepReport> compact_store(StoreCore& core, const ProgressCallback& progress) {
  STET_TRY(const Begun begun, begin(core));
  auto report = sweep(core, begun.epoch, progress);
  if (report.ok()) {
    core.forget_chunks();
    return report;
  }
  if (report.error().code() == ErrorCode::outcome_unknown) return report;
  if (const auto back = put_tombstones_back(core, begun); !back.ok()) {
    return Error(report.error().code(),
                 fmt::format("{}; and documents that were removed can't be restored any more: {}",
                             report.error().message(), back.error().message()),
                 report.error().context());
  }
  return report;
}

}  // namespace stet
