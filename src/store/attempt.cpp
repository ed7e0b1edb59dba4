#include "store/attempt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "store/ref_names.hpp"

namespace stet {

namespace {
constexpr std::size_t kBatchBytes = 256u << 10;
constexpr std::size_t kCachedBytesMax = 1u << 20;     // more would flush the cache
constexpr std::size_t kGatheredBytesMax = 64u << 10;  // at once; more goes past the buffer
// What a small save needs, reserved at once.
constexpr std::size_t kSmallSaveChunks = 16;
constexpr std::size_t kSmallSaveBytes = 16u << 10;
constexpr std::uint64_t kTellBytes = 256u << 10;
}  // namespace

Result<void> PutBuffer::put(std::span<const ChunkView> chunks) {
  std::size_t bytes = 0;
  for (const ChunkView& chunk : chunks) bytes += chunk.bytes.size();
  bytes_put_ += bytes;
  if (bytes_put_ - bytes_told_ >= kTellBytes) STET_CHECK(tell_now());
  if (bytes_put_ >= kBatchBytes && bytes >= kGatheredBytesMax) {
    STET_CHECK(flush());
    return backend_.put(chunks, epoch_);
  }
  for (const ChunkView& chunk : chunks) {
    gather(chunk);
    if (buffer_.size() >= kBatchBytes) STET_CHECK(flush());
  }
  return {};
}

void PutBuffer::gather(const ChunkView& chunk) {
  if (entries_.empty()) {
    entries_.reserve(kSmallSaveChunks);
    buffer_.reserve(kSmallSaveBytes);
  }
  if (bytes_put_ <= kCachedBytesMax) cache_.insert(chunk.id, chunk.bytes);
  Entry& entry = entries_.emplace_back(Entry{chunk.id, buffer_.size(), chunk.bytes.size(), {}, 0});
  buffer_.insert(buffer_.end(), chunk.bytes.begin(), chunk.bytes.end());
  if (chunk.base == nullptr) return;
  entry.base = chunk.base->id;
  entry.base_bytes = chunk.base->bytes.size();
  buffer_.insert(buffer_.end(), chunk.base->bytes.begin(), chunk.base->bytes.end());
}

Result<void> PutBuffer::tell_now() {
  bytes_told_ = bytes_put_;
  if (!progress_ || report(*progress_, {what_, bytes_put_, 0, "bytes"})) return {};
  return Error(ErrorCode::cancelled,
               fmt::format("the {} was stopped; nothing has changed in any document", what_));
}

Result<void> PutBuffer::flush() {
  if (entries_.empty()) return {};
  std::vector<ChunkView> views, bases;
  views.reserve(entries_.size());
  bases.reserve(entries_.size());  // they stay where they are
  for (const Entry& entry : entries_) {
    bases.push_back({entry.base, base_of(entry)});
    views.push_back({entry.id, bytes_of(entry), entry.base_bytes > 0 ? &bases.back() : nullptr});
  }
  STET_CHECK(backend_.put(views, epoch_));
  entries_.clear();
  buffer_.clear();
  return {};
}

std::optional<BytesView> PutBuffer::find(const Id& id) const {
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& candidate) { return candidate.id == id; });
  if (entry == entries_.end()) return std::nullopt;
  return bytes_of(*entry);
}

Result<std::vector<std::optional<Bytes>>> WrittenChunks::get(std::span<const Id> ids) {
  std::vector<std::optional<Bytes>> chunks;
  for (const Id& id : ids) {
    if (const auto put = buffer_.find(id)) {
      chunks.emplace_back(Bytes(put->begin(), put->end()));
    } else {
      STET_TRY(auto below, below_.get({&id, 1}));
      chunks.push_back(std::move(below.front()));
    }
  }
  return chunks;
}

Result<bool> Attempt::observe_all(std::span<const std::string_view> names) {
  std::size_t added = 0;
  for (const std::string_view name : names) {
    if (observed_.contains(name)) continue;
    observed_.try_emplace(std::string(name));
    ++added;
  }
  if (added == 0) return true;
  STET_TRY(Snapshot now, read_snapshot(observes_));
  if (has_epoch_ && now.epoch != epoch_) return false;
  STET_CHECK(set_epoch(std::move(now.epoch)));
  bool steady = true;
  auto head = now.heads.begin();
  for (auto& [name, document] : observed_) {
    if (document.read && *head != document.head) steady = false;
    document.head = std::move(*head++);
    document.read = true;
  }
  return steady;
}

Result<bool> Attempt::observe_apart(std::span<const std::string_view> names) {
  std::vector<std::string> added;
  for (const std::string_view name : names) {
    if (observed_.try_emplace(std::string(name)).second) added.emplace_back(name);
  }
  if (added.empty()) return true;
  STET_TRY(Snapshot now, read_snapshot(added, observes_));
  if (has_epoch_ && now.epoch != epoch_) return false;
  STET_CHECK(set_epoch(std::move(now.epoch)));
  for (std::size_t i = 0; i < added.size(); ++i) {
    Observed& document = observed(added[i]);
    document.head = std::move(now.heads[i]);
    document.read = true;
  }
  return true;
}

Result<bool> Attempt::is_overtaken() {
  if (!has_epoch_) return may_be_late();  // what failed was to see what was seen last
  STET_TRY(const Snapshot now, read_snapshot(Observes::now));
  if (now.epoch != epoch_) return true;
  auto head = now.heads.begin();
  return std::any_of(observed_.begin(), observed_.end(),
                     [&head](const auto& document) { return document.second.head != *head++; });
}

Result<Attempt::Snapshot> Attempt::read_snapshot(Observes observes) {
  std::vector<std::string> documents;
  documents.reserve(observed_.size());
  for (const auto& [name, document] : observed_) documents.push_back(name);
  return read_snapshot(documents, observes);
}

Result<Attempt::Snapshot> Attempt::read_snapshot(const std::vector<std::string>& documents,
                                                 Observes observes) {
  std::vector<std::string> names = {std::string(kEpochRef)};
  names.reserve(1 + 2 * documents.size());
  for (const std::string& name : documents) {
    names.push_back(refs::document(name));
    names.push_back(refs::boundary(name));
  }
  Backend& backend = core_.backend();
  STET_TRY(auto values,
           observes == Observes::now ? backend.read(names) : backend.read_last_seen(names));
  Snapshot snapshot{std::move(values[0]), {}};
  for (std::size_t place = 1; place < names.size(); place += 2) {
    Head head;
    if (values[place]) {
      STET_TRY(head.id, refs::id_in(names[place], *values[place]));
    }
    head.boundary = std::move(values[place + 1]);
    snapshot.heads.push_back(std::move(head));
  }
  return snapshot;
}

Result<void> Attempt::set_epoch(std::optional<RefValue> value) {
  STET_TRY(const Epoch epoch, decode_epoch(value));
  epoch_ = std::move(value);
  has_epoch_ = true;
  chunks_.set_epoch(epoch);
  return {};
}

Result<void> Attempt::observe_epoch() {
  if (has_epoch_) return {};
  const std::string name(kEpochRef);
  STET_TRY(auto values, core_.backend().read(std::span(&name, 1)));
  return set_epoch(std::move(values.front()));
}

Result<Epoch> Attempt::bump_epoch() {
  STET_CHECK(observe_epoch());
  STET_TRY(const Epoch epoch, decode_epoch(epoch_));
  next_epoch_ = epoch + 1;
  return epoch + 1;
}

const Head& Attempt::head(std::string_view name) const {
  const auto found = observed_.find(name);
  assert(found != observed_.end());
  return found->second.head;
}

Attempt::Observed& Attempt::observed(std::string_view name) {
  const auto found = observed_.find(name);
  assert(found != observed_.end());
  return found->second;
}

VersionSource Attempt::versions() {
  return [this](const Id& id) -> Result<Version> {
    const auto put = chunks_.find(id);
    return put ? decode_version(*put) : core_.version(id);
  };
}

Result<Id> Attempt::set_version(std::string_view name, const Version& version) {
  const Bytes record = encode_version(version);
  if (record.size() > kVersionBytesMax) {
    return Error(ErrorCode::too_large,
                 fmt::format("the version's record has {} bytes, more than {}: shorten its labels",
                             record.size(), kVersionBytesMax));
  }
  const Id id = id_of(record);
  STET_CHECK(chunks_.put(id, record));
  core_.remember_version(id, version);
  observed(name).next = id;
  return id;
}

Result<void> Attempt::set_boundary(std::string_view name, const Boundary& boundary) {
  const Bytes record = encode_boundary(boundary);
  if (record.size() > kChunkBytesMax) {
    return Error(ErrorCode::too_large, "the boundary of the pruned history grows too large");
  }
  const Id id = id_of(record);
  STET_CHECK(chunks_.put(id, record));
  observed(name).next_boundary = refs::value_of(id);
  return {};
}

void Attempt::set_boundary(std::string_view name, RefValue boundary) {
  observed(name).next_boundary = std::move(boundary);
}

Result<void> Attempt::remove_document(std::string_view name) {
  Observed& document = observed(name);
  assert(document.head.id.has_value());
  document.removed = true;
  const std::string tombstone = refs::tombstone(name, *document.head.id);
  STET_TRY(auto before, core_.backend().read(std::span(&tombstone, 1)));
  change({.name = tombstone,
          .expected = std::move(before.front()),
          .next = refs::tombstone_value(document.head)});
  return {};
}

void Attempt::forget_changes() {
  for (auto& [name, document] : observed_) {
    document.next.reset();
    document.next_boundary.reset();
    document.removed = false;
  }
  changes_.clear();
}

void Attempt::add_changes(const std::string& name, const Observed& document,
                          std::vector<RefChange>& changes) const {
  RefChange head;
  head.name = refs::document(name);
  if (document.head.id) head.expected = refs::value_of(*document.head.id);
  if (document.next) head.next = refs::value_of(*document.next);
  head.assert_only = !document.next && !document.removed;
  changes.push_back(std::move(head));
  RefChange boundary{.name = refs::boundary(name),
                     .expected = document.head.boundary,
                     .next = document.next_boundary};
  boundary.assert_only = !document.next_boundary && !document.removed;
  changes.push_back(std::move(boundary));
}

Result<Attempt::Outcome> Attempt::swap() {
  STET_CHECK(chunks_.flush());
  std::vector<RefChange> changes;
  changes.reserve(1 + 2 * observed_.size() + changes_.size());
  RefChange epoch{std::string(kEpochRef), epoch_, std::nullopt, false};
  if (next_epoch_) epoch.next = encode_epoch(*next_epoch_);
  epoch.assert_only = !next_epoch_;
  changes.push_back(std::move(epoch));
  for (const auto& [name, document] : observed_) add_changes(name, document, changes);
  changes.insert(changes.end(), changes_.begin(), changes_.end());
  STET_TRY(const SwapOutcome outcome, core_.backend().swap(changes));
  return outcome.done ? Outcome::done : Outcome::lost;
}

// A version has happened when a head, or one that was removed since, descends from it.
Result<bool> Attempt::has_landed(const std::string& name, const Id& version) {
  STET_TRY(const Head head, core_.read_head(name));
  STET_TRY(const History history, core_.history(head));
  if (head.id) {
    STET_TRY(const bool descends, history.is_ancestor(version, *head.id));
    if (descends) return true;
  }
  STET_TRY(const std::vector<Ref> tombstones, core_.refs_under(refs::tombstones_of(name)));
  for (const Ref& tombstone : tombstones) {
    STET_TRY(const Head removed, refs::head_in(tombstone.name, tombstone.value));
    STET_TRY(const History before, core_.history(removed));
    STET_TRY(const bool descends, before.is_ancestor(version, *removed.id));
    if (descends) return true;
  }
  return false;
}

// A removal has happened when what is there, if anything, doesn't descend from what was removed.
Result<bool> Attempt::is_removed(const std::string& name, const Id& before) {
  STET_TRY(const Head head, core_.read_head(name));
  if (!head.id) return true;
  STET_TRY(const History history, core_.history(head));
  STET_TRY(const bool descends, history.is_ancestor(before, *head.id));
  return !descends;
}

// All of a swap happens or nothing, so one change that can be told answers for the others; a
// version tells best, since nobody else makes it.
Result<bool> Attempt::has_landed() {
  for (const auto& [name, document] : observed_) {
    if (document.next) return has_landed(name, *document.next);
  }
  for (const auto& [name, document] : observed_) {
    if (document.removed) return is_removed(name, *document.head.id);
    if (!document.next_boundary) continue;
    STET_TRY(const Head head, core_.read_head(name));
    return head.boundary == document.next_boundary;
  }
  if (next_epoch_) {
    Attempt now(core_);
    STET_CHECK(now.observe_epoch());
    return now.epoch_ != epoch_;
  }
  for (const RefChange& change : changes_) {
    if (change.assert_only) continue;
    STET_TRY(const auto value, core_.backend().read(std::span(&change.name, 1)));
    return value.front() == change.next;
  }
  return false;
}

}  // namespace stet
