// How a batch gets into the file, and what becomes of one that doesn't.
//
//   memory ─▶ locks ─▶ write ─▶ sync ─▶ apply
//                        │        └──failed──▶ poisoned: the outcome is unknown
//                        ├──failed, the commit isn't there──▶ undone: nothing happened
//                        └──failed, the commit may be there──▶ poisoned: the outcome is unknown
//
// A reader believes a batch as soon as it finds its commit, so from then on nothing is taken back.
#include <algorithm>
#include <cassert>

#include "engine/file/log.hpp"

namespace stet::file {

namespace {

Error unknown_outcome(const Error& error) {
  return Error(ErrorCode::outcome_unknown,
               "the save may or may not have reached the disk: " + error.message() +
                   "; read the document again to see",
               error.context());
}

}  // namespace

void Log::finish(Batch& batch) const {
  batch.finish(position_, std::max(position_.recovery_epoch, slot_.recovery.epoch), salt_);
}

Result<void> Log::append(const Batch& batch, const os::LockWait& wait, std::uint64_t& flushes,
                         bool synced) {
  const std::uint64_t begin = position_.end;
  {
    // All that needs memory comes first: once the batch is written it is too late to fail.
    const std::unique_lock lock(mutex_);
    tail_.make_room(batch.news());
  }
  if (ahead_ != batch.written_ahead()) wipe_written_ahead();
  std::optional<Growth> growth;
  if (ahead_ || begin + batch.bytes() > size_bytes_) {
    STET_TRY(Growth begun, begin_growth(wait));
    growth.emplace(std::move(begun));
  }
  try {
    STET_CHECK(write_batch(begin, batch, growth));
    if (synced) {
      ++flushes;
      if (auto done = sync(); !done.ok()) return unknown_outcome(done.error());
      durable_sequence_ = batch.after().sequence;
    }
    return {};
  } catch (...) {
    poison();
    return interrupted_;
  }
}

void Log::apply(Batch& batch) noexcept {
  const std::unique_lock lock(mutex_);
  last_batch_begin_ = position_.end;
  tail_.take_up(std::move(batch.news()), position_.end);
  tail_.bytes += batch.bytes();
  position_ = batch.after();
}

Result<Log::Growth> Log::begin_growth(const os::LockWait& wait) {
  STET_TRY(auto threads, lock_mutex(grow_mutex_, wait, file_->path(), "made longer"));
  STET_TRY(auto lock, FileLock::take(file_, kGrowLock, wait));
  STET_TRY(const os::FileStatus status, file_->status());
  return Growth{std::move(threads), std::move(lock), status.size_bytes};
}

Result<void> Log::write_batch(std::uint64_t offset, const Batch& batch,
                              const std::optional<Growth>& growth) {
  // From here on the commit may be there, and nothing may wipe it.
  const auto ahead = std::exchange(ahead_, nullptr);
  auto written = write_parts(offset, batch, ahead ? ahead->parts : 0);
  if (written.ok()) {
    if (growth) size_bytes_ = std::max(offset + batch.bytes(), growth->size_bytes);
    return {};
  }
  if (may_be_committed(offset, batch)) {
    poison();
    return unknown_outcome(written.error());
  }
  undo_write(offset, offset + batch.bytes(),
             ahead    ? std::optional(ahead->size_before)
             : growth ? std::optional(growth->size_bytes)
                      : std::nullopt);
  return written.error();
}

// What is written ahead stays as it is. The device begins with the first part of a large batch
// while the next is still copied.
Result<void> Log::write_parts(std::uint64_t offset, const Batch& batch, std::size_t ahead) {
  const std::span<const Batch::Part> parts = batch.parts();
  assert(ahead < parts.size() && "the last part is open");
  if (ahead > 0) {
    const BytesView first = parts[0].bytes;
    STET_CHECK(file_->write_all(offset, first.first(front_bytes(first))));
  }
  for (std::size_t i = ahead; i < parts.size(); ++i) {
    STET_CHECK(file_->write_all(offset + parts[i].begin, parts[i].bytes));
    const bool holds_commit = i + 1 == parts.size();
    if (holds_commit || file_->start_sync(offset + parts[i].begin, parts[i].bytes.size()).ok()) {
      continue;
    }
    // A hint, so it fails no save. But the system may tell only once that a write was lost, and the
    // sync would know nothing of it.
    for (const Batch::Part& part : parts.first(i + 1)) {
      STET_CHECK(file_->write_all(offset + part.begin, part.bytes));
    }
  }
  return {};
}

bool Log::may_be_committed(std::uint64_t offset, const Batch& batch) {
  const BytesView commit = BytesView(batch.parts().back().bytes).last(kCommitFrameBytes);
  std::array<std::uint8_t, kCommitFrameBytes> there;
  const auto count = file_->read_up_to(offset + batch.bytes() - kCommitFrameBytes, there);
  return !count.ok() || (*count == there.size() && std::ranges::equal(there, commit));
}

// What is there is wiped for the sake of the next batch, which else would find a torn end; and a
// disk that was full has its room back. `size_before`: where the file was made longer.
void Log::undo_write(std::uint64_t begin, std::uint64_t end,
                     std::optional<std::uint64_t> size_before) {
  if (size_before && file_->truncate(*size_before).ok()) size_bytes_ = *size_before;
  const auto status = file_->status();
  const bool undone =
      status.ok() && write_zeros(begin, std::min<std::uint64_t>(end, status->size_bytes)).ok();
  if (!undone) prepared_ = false;
}

void Log::poison() noexcept {
  const std::lock_guard lock(sync_mutex_);
  poisoned_ = true;
}

}  // namespace stet::file
