#include "store/transfer.hpp"

#include <algorithm>

#include "store/ref_names.hpp"

namespace stet {

Transfer::Transfer(StoreCore& core, Attempt& attempt, VersionSource versions,
                   tree::ChunkSource& chunks, const ProgressCallback& progress)
    : core_(core),
      attempt_(attempt),
      theirs_(std::move(versions)),
      progress_(progress),
      walk_(chunks, [this](const ReachedChunk& chunk) { return send(chunk.id, chunk.bytes); }) {}

Result<Transfer::Outcome> Transfer::add(const IncomingHistory& incoming) {
  const History theirs(theirs_, incoming.boundary);
  STET_TRY(const Outcome outcome, relation(incoming, theirs));
  if (outcome != Outcome::added) return outcome;
  STET_CHECK(send_history(incoming, theirs, attempt_.head(incoming.name).id));
  STET_CHECK(set_boundary(incoming));
  attempt_.set_head(incoming.name, incoming.head);
  return outcome;
}

// A pruned history still joins ours where the parent that it lacks is our head. Where it lacks more
// than that, nothing tells a copy that was left behind from one that went its own way.
Result<Transfer::Outcome> Transfer::relation(const IncomingHistory& incoming,
                                             const History& theirs) const {
  const Head& ours = attempt_.head(incoming.name);
  if (!ours.id) return Outcome::added;
  if (*ours.id == incoming.head) return Outcome::same;
  STET_TRY(const bool behind, theirs.is_ancestor(*ours.id, incoming.head));
  if (behind) return Outcome::added;
  for (const Id& id : incoming.boundary.shallow) {
    STET_TRY(const Version version, theirs_(id));
    if (std::find(version.parents.begin(), version.parents.end(), *ours.id) !=
        version.parents.end()) {
      return Outcome::added;
    }
  }
  STET_TRY(const History history, located(core_.history(ours), core_));
  STET_TRY(const bool ahead, located(history.is_ancestor(incoming.head, *ours.id), core_));
  return ahead ? Outcome::ahead : Outcome::diverged;
}

Result<void> Transfer::add_removed(const IncomingHistory& incoming) {
  const History theirs(theirs_, incoming.boundary);
  std::optional<Id> ours = attempt_.head(incoming.name).id;
  if (ours) {
    STET_TRY(const bool behind, theirs.is_ancestor(*ours, incoming.head));
    if (!behind) ours.reset();
  }
  STET_CHECK(send_history(incoming, theirs, ours));
  if (incoming.boundary == Boundary{}) return {};
  const Bytes record = encode_boundary(incoming.boundary);
  return send(id_of(record), record);
}

Result<void> Transfer::send_history(const IncomingHistory& incoming, const History& theirs,
                                    const std::optional<Id>& ours) {
  std::vector<std::pair<Id, Version>> missing;
  bool merged = false;
  Result<void> failure;
  STET_CHECK(theirs.walk(incoming.head, [&](const Id& id, const Version& version) {
    if (ours && id == *ours && !merged) return false;
    merged = merged || version.parents.size() > 1;
    if (ours && merged) {
      const auto here = theirs.is_ancestor(id, *ours);
      if (!here.ok()) failure = here.error();
      if (!here.ok() || *here) return here.ok();
    }
    missing.emplace_back(id, version);
    return true;
  }));
  STET_CHECK(failure);
  if (ours) STET_CHECK(pass_over_known(theirs, incoming.head, *ours));
  for (const auto& [id, version] : missing) {
    STET_CHECK(send_version(id, version, theirs.is_thin(id)));
  }
  return {};
}

// What our head holds isn't sent, where the other place has it too to be told by.
Result<void> Transfer::pass_over_known(const History& theirs, const Id& head, const Id& ours) {
  STET_TRY(const bool there, theirs.is_ancestor(ours, head));
  if (!there || theirs.is_thin(ours)) return {};
  STET_TRY(const Version known, theirs_(ours));
  return walk_.pass_over(known.root);
}

// The record as it is stored, which the boundary may have cut in `version`.
Result<void> Transfer::send_version(const Id& id, const Version& version, bool thin) {
  if (!records_sent_.contains(id)) {
    STET_TRY(const Version as_stored, theirs_(id));
    STET_CHECK(send(id, encode_version(as_stored)));
    records_sent_.insert(id);
  }
  if (thin || contents_sent_.contains(id)) return {};
  STET_CHECK(walk_.walk(version.root));
  if (version.source) STET_CHECK(walk_.walk(version.source->root));
  contents_sent_.insert(id);
  return {};
}

Result<void> Transfer::add_version(const Id& id) {
  STET_TRY(const Version version, theirs_(id));
  return send_version(id, version, false);
}

// What was pruned there stays pruned here; what is here of older versions stays.
Result<void> Transfer::set_boundary(const IncomingHistory& incoming) {
  const Head& ours = attempt_.head(incoming.name);
  STET_TRY(const Boundary before, located(core_.boundary(ours.boundary), core_));
  Boundary after = ours.id ? before : incoming.boundary;
  if (ours.id) {
    std::copy_if(incoming.boundary.thin.begin(), incoming.boundary.thin.end(),
                 std::back_inserter(after.thin),
                 [&](const Id& id) { return records_sent_.contains(id); });
    std::sort(after.thin.begin(), after.thin.end());
    after.thin.erase(std::unique(after.thin.begin(), after.thin.end()), after.thin.end());
  }
  return after == before ? Result<void>() : attempt_.set_boundary(incoming.name, after);
}

Result<void> Transfer::send(const Id& id, BytesView bytes) {
  ++chunks_sent_;
  bytes_sent_ += bytes.size();
  constexpr std::uint64_t kReportEvery = 256;
  if (chunks_sent_ % kReportEvery == 0 && !report(progress_, {"copy", chunks_sent_, 0, "chunks"})) {
    return Error(ErrorCode::cancelled, "copying was stopped; no document was changed");
  }
  const ChunkView chunk{id, bytes};
  return located(attempt_.sink().put({&chunk, 1}), core_);
}

}  // namespace stet
