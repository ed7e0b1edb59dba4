#include "engine/file/compaction.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet::file {

namespace {
constexpr std::size_t kBatchBytes = 4u << 20;
// An index that is replaced by the next is waste, so there is one at the end; in between only where
// the places of what was copied would take more than some 100 MB.
constexpr std::size_t kIndexedEntries = 500'000;
constexpr std::size_t kRefsPerPage = 1000;
constexpr unsigned kReadDepthMax = 64;  // what readers accept
}  // namespace

Error Compaction::unresolved(const Id& id, std::string_view why, std::uint64_t offset) const {
  return corrupt_at(from_.file().path(), offset,
                    fmt::format("chunk {} can't be read ({}); nothing was changed; restore the "
                                "file from a copy",
                                id.short_form(), why));
}

Result<void> Compaction::copy_chunks(const Position& limit) {
  const Position begin = at_;
  STET_CHECK(walk(Walk::singles, limit));
  STET_CHECK(flush());
  at_ = begin;
  return walk(Walk::history, limit);
}

Result<void> Compaction::walk(Walk walk, const Position& limit) {
  walk_ = walk;
  window_ = Window(from_.file());
  ScannedBatch batch;
  while (at_.end < limit.end) {
    STET_TRY(const BatchEnd end, scan_batch(window_, from_.salt(), at_, Recovery{}, batch));
    if (end == BatchEnd::broken && mended_ != nullptr) {
      STET_CHECK(pass_damage(limit));
      continue;
    }
    at_ = batch.after;
    // An index isn't copied; that its commit is right is seen by what follows it.
    if (end == BatchEnd::damaged_index && (at_.end != limit.end || at_.chain == limit.chain)) {
      continue;
    }
    if (end != BatchEnd::commit) {
      return corrupt_at(from_.file().path(), batch.begin,
                        "the store is damaged and can't be compacted; nothing was changed; restore "
                        "the file from a copy");
    }
    STET_CHECK(copy_all(batch));
    const std::uint64_t done = walk == Walk::singles ? at_.end : limit.end + at_.end;
    if (!stet::report(progress_, {"compact", done, 2 * limit.end, "bytes"})) {
      return Error(ErrorCode::cancelled, "the sweep was stopped; nothing is dropped");
    }
  }
  return {};
}

Result<Compaction::Copied> Compaction::is_copied(const Id& id) const {
  if (batch_.mark_of(id) || draft_.contains(id)) return Copied::yes;
  STET_TRY(const auto place, to_.find(id));
  if (place) return Copied::yes;
  STET_TRY(const auto offset, to_.find_pack_offset(id));
  if (!offset) return draft_.has_start_of(id) ? Copied::start_taken : Copied::no;
  STET_TRY(const auto pack, to_.packs().open(*offset));
  return pack->contains(id) ? Copied::yes : Copied::start_taken;
}

// Goes on where the next whole batch begins. The engine can't tell a chunk's bytes from others, so
// what lies where the index says is copied.
Result<void> Compaction::pass_damage(const Position& limit) {
  has_left_any_ = true;
  const std::uint64_t begin = at_.end;
  STET_TRY(const auto next, find_batch(from_.file(), from_.salt(), begin, at_.sequence + 2));
  at_ = next && next->end < limit.end ? *next : limit;
  window_ = Window(from_.file());
  STET_TRY(ScannedBatch found, from_.found_between(begin, at_.end));
  // The index doesn't say which they are, and reading whole those that are works too.
  for (ChunkEntry& entry : found.chunks) entry.is_delta = from_.packs().packer() != nullptr;
  return copy_all(found);
}

// Of a damaged log what can't be read is left behind, be it for a base that it can't do without.
Result<void> Compaction::copy_all(const ScannedBatch& batch) {
  const auto passes = [this](const Result<void>& copied) {
    if (copied.ok()) return true;
    const ErrorCode code = copied.error().code();
    const bool is_unreadable = code == ErrorCode::corrupt || code == ErrorCode::newer_format;
    has_left_any_ = true;
    return mended_ != nullptr && is_unreadable && from_.packs().packer() != nullptr;
  };
  for (const PackEntry& entry : batch.packs) {
    if (walk_ == Walk::singles) break;
    if (auto copied = copy(entry); !passes(copied)) return copied;
  }
  for (const ChunkEntry& entry : batch.chunks) {
    if (auto copied = copy(entry); !passes(copied)) return copied;
  }
  return {};
}

Result<void> Compaction::add_mended() {
  for (const Id& id : mended_->mending.ids) {
    STET_TRY(const auto pack, from_.find_pack_offset(id));
    if (pack) continue;
    STET_TRY(const Bytes record, bytes_to_mend(mended_->mending, id));
    STET_CHECK(keep({id, record}, epoch_, Copied::start_taken));
  }
  return flush();
}

Result<void> Compaction::add_rest_of_mended() {
  for (const Id& id : mended_->mending.ids) {
    STET_TRY(const Copied copied, is_copied(id));
    if (copied == Copied::yes) continue;
    STET_TRY(const Bytes record, bytes_to_mend(mended_->mending, id));
    STET_CHECK(keep({id, record}, epoch_, Copied::start_taken));
  }
  return {};
}

Result<void> Compaction::copy(const ChunkEntry& entry) {
  if (is_mended(entry.id)) return {};
  if (walk_ == Walk::singles && entry.is_delta) {
    STET_TRY(const Bytes record, from_.read_chunk(entry.id, entry.place));
    likeness_.add_delta({entry.id, record});
  }
  if ((walk_ == Walk::history) != live_.is_history(entry.id)) return {};
  if (!stays(entry.id, entry.place.mark)) {
    dropped_.push_back(entry.id);
    return {};
  }
  STET_TRY(const Copied copied, is_copied(entry.id));
  if (copied == Copied::yes) return {};
  STET_TRY(const Bytes bytes, entry.is_delta ? read_whole(entry.id, entry.place)
                                             : from_.read_chunk(entry.id, entry.place));
  return keep({entry.id, bytes}, entry.place.mark, copied);
}

Result<Bytes> Compaction::read_whole(const Id& id, const Place& place, unsigned depth) const {
  STET_TRY(Bytes record, from_.read_chunk(id, place));
  const RecordPacker* const packer = from_.packs().packer().get();
  if (packer == nullptr) return no_packer(from_.file().path(), place.offset);
  const auto base = packer->base_of(record);
  if (!base) return record;
  if (depth == kReadDepthMax) return unresolved(id, "it needs too many others", place.offset);
  STET_TRY(const Bytes base_record, read_whole(*base, depth + 1));
  return packer->resolve({id, record}, base_record);
}

Result<Bytes> Compaction::read_whole(const Id& id, unsigned depth) const {
  if (is_mended(id)) return bytes_to_mend(mended_->mending, id);
  STET_TRY(const auto place, from_.find(id));
  if (place) return read_whole(id, *place, depth);
  STET_TRY(const auto pack, from_.find_pack(id));
  if (pack) return pack->record(id);
  return unresolved(id, "it is missing, and others are stored as what differs from it", 0);
}

Result<void> Compaction::keep(const ChunkView& record, Epoch mark, Copied copied) {
  ++kept_;
  if (copied == Copied::no && mark <= epoch_ && live_.is_history(record.id) &&
      draft_.take(record)) {
    for (const Id& single : likeness_.of(record)) STET_CHECK(lean_on(single));
    return draft_.is_full() ? flush_draft() : Result<void>();
  }
  if (walk_ == Walk::singles) likeness_.add_single(record);
  batch_.add_chunk(record.id, record.bytes, std::max(mark, epoch_));
  return batch_.bytes() < kBatchBytes ? Result<void>() : flush();
}

Result<void> Compaction::flush() {
  if (batch_.empty()) return {};
  to_.finish(batch_);
  std::uint64_t flushes = 0;
  STET_CHECK(to_.append(batch_, {}, flushes, false));
  to_.apply(batch_);
  batch_.clear();
  return to_.tail_entries() < kIndexedEntries ? Result<void>() : add_index();
}

Result<void> Compaction::add_index() {
  return to_.wants_index() ? to_.append_index({}, false) : Result<void>();
}

Result<void> Compaction::settle() {
  STET_CHECK(flush_draft());
  STET_CHECK(flush());
  STET_CHECK(add_index());
  return to_.sync_all();
}

Result<void> Compaction::copy_refs(std::span<const RefChange> changes) {
  STET_CHECK(flush_draft());
  std::string cursor;
  while (true) {
    STET_TRY(const RefPage page, from_.list_refs("", cursor, kRefsPerPage));
    for (const Ref& ref : page.refs) batch_.add_ref(ref.name, ref.value);
    if (!page.next) break;
    STET_CHECK(flush());
    cursor = *page.next;
  }
  for (const RefChange& change : changes) {
    if (!change.assert_only) batch_.add_ref(change.name, change.next);
  }
  STET_CHECK(flush());
  return add_index();
}

Result<SweepReport> Compaction::report() const {
  std::vector<Id> dropped = dropped_;
  std::sort(dropped.begin(), dropped.end());
  dropped.erase(std::unique(dropped.begin(), dropped.end()), dropped.end());
  SweepReport report;
  report.chunks_kept = kept_;
  for (const Id& id : dropped) {
    STET_TRY(const Copied copied, is_copied(id));
    report.chunks_dropped += copied != Copied::yes;
  }
  return report;
}

}  // namespace stet::file
