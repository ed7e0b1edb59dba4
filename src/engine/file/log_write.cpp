// How a batch gets into the file.
#include <fmt/format.h>

#include <algorithm>

#include "engine/file/log.hpp"

namespace stet::file {

namespace {

// Zeros are kept ahead of the log so that a commit does not have to make the file longer, which
// costs the sync half as much again. Little, since opening looks at all of them.
constexpr std::uint64_t kZerosMin = 64u << 10;
constexpr std::uint64_t kZerosMax = 256u << 10;
// Opening reads what follows the newest index, so there is not much of it.
constexpr std::uint64_t kTailBytesMax = 2u << 20;
constexpr std::size_t kTailEntriesMax = 4096;

std::uint64_t zeros_wanted(std::uint64_t size_bytes) {
  return std::clamp(size_bytes / 8, kZerosMin, kZerosMax);
}

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

Result<void> Log::append(const Batch& batch, bool synced) {
  const Position before = position_;
  STET_CHECK(write_batch(before.end, batch));
  if (synced) {
    if (auto done = sync(); !done.ok()) return unknown_outcome(done.error());
    durable_sequence_ = batch.after().sequence;
  }
  const std::unique_lock lock(mutex_);
  batch.apply_to(tail_, before.end);
  position_ = batch.after();
  last_batch_begin_ = before.end;
  return {};
}

Result<void> Log::write_batch(std::uint64_t offset, const Batch& batch) {
  const std::uint64_t end = offset + batch.bytes();
  if (end <= size_bytes_) {
    auto written = write_parts(offset, batch);
    if (!written.ok()) return undo_write(offset, batch.bytes(), written.error());
    return {};
  }
  const std::lock_guard grow(grow_mutex_);
  STET_CHECK(file_->lock(os::LockKind::exclusive, kGrowLock, 1));
  auto written = write_parts(offset, batch);
  if (written.ok()) size_bytes_ = std::max(end, size_bytes_.load());
  // A whole batch is there for everybody to see, so a lock that can't be released is no reason to
  // say that it isn't; the lock ends with the file.
  (void)file_->unlock(kGrowLock, 1);
  if (!written.ok()) return undo_write(offset, batch.bytes(), written.error());
  return {};
}

// The device begins with the first part of a large batch while the next is still copied.
Result<void> Log::write_parts(std::uint64_t offset, const Batch& batch) {
  const bool is_large = batch.parts().size() > 1;
  for (const Batch::Part& part : batch.parts()) {
    STET_CHECK(file_->write_all(offset + part.begin, part.bytes));
    if (is_large) STET_CHECK(file_->start_sync(offset + part.begin, part.bytes.size()));
  }
  return {};
}

// The commit is the end of the batch, so a batch that was not written whole is none; it is wiped
// for the sake of the next one, which else would find a torn end.
Error Log::undo_write(std::uint64_t offset, std::size_t length, const Error& error) {
  const auto status = file_->status();
  const bool undone =
      status.ok() &&
      write_zeros(offset, std::min<std::uint64_t>(offset + length, status->size_bytes)).ok();
  if (!undone) prepared_ = false;
  return error;
}

Result<void> Log::write_zeros(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return {};
  const Bytes zeros(static_cast<std::size_t>(std::min(end - begin, kZerosMax)));
  while (begin < end) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(end - begin, zeros.size()));
    STET_CHECK(file_->write_all(begin, BytesView(zeros).first(step)));
    begin += step;
  }
  return {};
}

bool Log::wants_zeros() const {
  const std::uint64_t end = position().end;
  const std::uint64_t size = size_bytes_;
  return !poisoned_ && size < end + zeros_wanted(size) / 2;
}

Result<void> Log::extend_with_zeros() {
  const std::lock_guard grow(grow_mutex_);
  STET_CHECK(file_->lock(os::LockKind::exclusive, kGrowLock, 1));
  const auto extend = [this]() -> Result<void> {
    STET_TRY(const os::FileStatus status, file_->status());
    const std::uint64_t wanted = position().end + zeros_wanted(status.size_bytes);
    if (status.size_bytes < wanted) {
      STET_CHECK(write_zeros(status.size_bytes, wanted));
      STET_CHECK(sync());
    }
    size_bytes_ = std::max(status.size_bytes, wanted);
    return {};
  };
  auto extended = extend();
  STET_CHECK(file_->unlock(kGrowLock, 1));
  return extended;
}

bool Log::wants_index() const {
  const std::shared_lock lock(mutex_);
  return tail_.bytes > kTailBytesMax || tail_.chunks.size() + tail_.refs.size() > kTailEntriesMax;
}

Result<void> Log::append_index(bool synced) {
  const std::uint64_t begin = position_.end;
  STET_TRY(const IndexFrames frames, build_index(*index_, tail_, salt_, begin));
  Batch batch;
  batch.add_index(frames);
  finish(batch);
  STET_CHECK(append(batch, synced));
  {
    const std::unique_lock lock(mutex_);
    index_ = std::make_shared<Index>(blocks_, frames.runs);
    tail_.clear();
  }
  slot_.manifest_offset = frames.manifest.offset;
  slot_.manifest_length = frames.manifest.length;
  slot_.after = position_;
  return synced ? note_durable() : Result<void>();
}

Result<void> Log::sync_all() {
  STET_CHECK(file_->sync_all());
  durable_sequence_ = position_.sequence;
  return {};
}

Result<void> Log::note_durable() {
  slot_.durable_sequence = std::max(durable_sequence_, slot_.durable_sequence);
  return write_slot(*file_, salt_, slot_);
}

Result<void> Log::note_named() {
  slot_.named = true;
  return write_slot(*file_, salt_, slot_);
}

Result<FileLock> FileLock::take(std::shared_ptr<Log> log, std::uint64_t offset,
                                const os::LockWait& wait) {
  STET_CHECK(log->file().lock(os::LockKind::exclusive, offset, 1, wait));
  return FileLock(std::move(log), offset);
}

Result<std::optional<FileLock>> FileLock::try_take(std::shared_ptr<Log> log, std::uint64_t offset) {
  STET_TRY(const bool taken, log->file().try_lock(os::LockKind::exclusive, offset, 1));
  if (!taken) return std::optional<FileLock>();
  return std::optional(FileLock(std::move(log), offset));
}

FileLock::~FileLock() {
  // A lock that can't be released ends with the file.
  if (log_) (void)log_->file().unlock(offset_, 1);
}

}  // namespace stet::file
