#include "engine/file/compaction.hpp"

#include <algorithm>

namespace stet::file {

namespace {
constexpr std::size_t kBatchBytes = 4u << 20;
// An index that is replaced by the next is waste, so there is one at the end; in between only where
// the places of what was copied would take more than some 100 MB.
constexpr std::size_t kIndexedEntries = 500'000;
constexpr std::size_t kRefsPerPage = 1000;
}  // namespace

Result<void> Compaction::copy_chunks(const Position& limit) {
  window_ = Window(from_.file());
  ScannedBatch batch;
  while (at_.end < limit.end) {
    STET_TRY(const BatchEnd end, scan_batch(window_, from_.salt(), at_, Recovery{}, batch));
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
    for (const ChunkEntry& entry : batch.chunks) STET_CHECK(copy(entry));
    if (!stet::report(progress_, {"compact", at_.end, limit.end, "bytes"})) {
      return Error(ErrorCode::cancelled, "the sweep was stopped; nothing is dropped");
    }
  }
  return {};
}

Result<void> Compaction::copy(const ChunkEntry& entry) {
  if (entry.place.mark < epoch_ && !live_.contains(entry.id)) {
    dropped_.push_back(entry.id);
    return {};
  }
  if (batch_.mark_of(entry.id)) return {};
  STET_TRY(const auto copied, to_.find(entry.id));
  if (copied) return {};
  STET_TRY(const Bytes bytes, from_.read_chunk(entry.id, entry.place));
  batch_.add_chunk(entry.id, bytes, std::max(entry.place.mark, epoch_));
  ++kept_;
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
  STET_CHECK(flush());
  STET_CHECK(add_index());
  return to_.sync_all();
}

Result<void> Compaction::copy_refs() {
  std::string cursor;
  while (true) {
    STET_TRY(const RefPage page, from_.list_refs("", cursor, kRefsPerPage));
    for (const Ref& ref : page.refs) batch_.add_ref(ref.name, ref.value);
    STET_CHECK(flush());
    if (!page.next) return add_index();
    cursor = *page.next;
  }
}

Result<SweepReport> Compaction::report() const {
  std::vector<Id> dropped = dropped_;
  std::sort(dropped.begin(), dropped.end());
  dropped.erase(std::unique(dropped.begin(), dropped.end()), dropped.end());
  SweepReport report;
  report.chunks_kept = kept_;
  for (const Id& id : dropped) {
    STET_TRY(const auto kept, to_.find(id));
    report.chunks_dropped += !kept;
  }
  return report;
}

}  // namespace stet::file
