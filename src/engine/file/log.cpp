#include "engine/file/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet::file {

namespace {

Error damaged_before_later(const std::string& path, std::uint64_t offset) {
  return corrupt_at(path, offset,
                    "the store is damaged in the middle: saved versions follow that can't be "
                    "reached; nothing was changed; restore the file from a copy");
}

std::string unfinished_end(std::uint64_t begin, std::uint64_t end) {
  return fmt::format(
      "the {} bytes at offset {} are no whole save: one that is being made now, or one that was "
      "never finished",
      end - begin, begin);
}

Result<void> check_type(const std::string& path, const os::FileStatus& status) {
  if (status.type == os::FileType::regular) return {};
  const char* const what = status.type == os::FileType::directory
                               ? "a store is a file, and this is a folder: name a file in it"
                               : "a store is a regular file, and this is not one: check the path";
  return Error(ErrorCode::invalid, what).at_path(path);
}

}  // namespace

Log::Log(std::unique_ptr<os::File> file, const os::FileStatus& status, const Salt& salt,
         std::shared_ptr<const RecordPacker> packer)
    : file_(std::move(file)),
      identity_(status.identity),
      salt_(salt),
      blocks_(std::make_shared<BlockReader>(file_, salt)),
      packs_(file_, std::move(packer)),
      interrupted_(Error(ErrorCode::outcome_unknown,
                         "the save was interrupted when it may have reached the disk, by a lack of "
                         "memory most likely; read the document again to see")
                       .at_path(file_->path())),
      size_bytes_(status.size_bytes) {}

Result<std::shared_ptr<Log>> Log::open(os::FileSystem& files, const std::string& path,
                                       bool read_only, std::shared_ptr<const RecordPacker> packer,
                                       std::uint64_t& flushes) {
  std::vector<Slot> slots;
  STET_TRY(auto log, open_unloaded(files, path, read_only, std::move(packer), slots));
  STET_CHECK(log->load(slots, read_only, flushes));
  return log;
}

Result<std::shared_ptr<Log>> Log::open_unloaded(os::FileSystem& files, const std::string& path,
                                                bool read_only,
                                                std::shared_ptr<const RecordPacker> packer,
                                                std::vector<Slot>& slots) {
  // Looked at before it is opened: opening a folder to write fails with less to say, and opening a
  // device may do something.
  STET_TRY(const auto before, files.status(path));
  if (before) STET_CHECK(check_type(path, *before));
  STET_TRY(auto file, files.open(path, read_only ? os::OpenMode::read : os::OpenMode::read_write));
  STET_TRY(const os::FileStatus status, file->status());
  STET_CHECK(check_type(path, status));
  STET_TRY(Header header, read_header(*file, status.size_bytes));
  slots = std::move(header.slots);
  return std::shared_ptr<Log>(new Log(std::move(file), status, header.salt, std::move(packer)));
}

Result<std::shared_ptr<Log>> Log::create(os::FileSystem& files, const std::string& path,
                                         const Salt& salt,
                                         std::shared_ptr<const RecordPacker> packer) {
  STET_TRY(auto file, files.open(path, os::OpenMode::create_new, 0600));
  STET_CHECK(file->write_all(0, encode_header(salt)));
  STET_TRY(const os::FileStatus status, file->status());
  std::shared_ptr<Log> log(new Log(std::move(file), status, salt, std::move(packer)));
  log->prepared_ = true;
  return log;
}

Result<void> Log::load(const std::vector<Slot>& slots, bool read_only, std::uint64_t& flushes) {
  STET_CHECK(load_index(slots));
  STET_CHECK(load_tail());
  if (position_.sequence < durable_sequence_) {
    return corrupt_at(file_->path(), position_.end,
                      fmt::format("the store is damaged or cut off: it ends after commit {}, and "
                                  "commit {} was saved; restore the file from a copy",
                                  position_.sequence, durable_sequence_));
  }
  return make_durable(read_only, flushes);
}

Result<void> Log::make_durable(bool read_only, std::uint64_t& flushes) {
  if (position_.sequence <= durable_sequence_) return {};
  // The sync of the last batch may have failed before this file was opened; then the cache calls
  // clean what the device never got, and only bytes that are written again will be synced. They
  // are the same bytes, so no lock is needed.
  if (!read_only) STET_CHECK(rewrite(last_batch_begin_, position_.end));
  ++flushes;
  return sync();
}

Result<void> Log::load_tail() {
  Window window(*file_);
  ScannedBatch batch;
  while (true) {
    STET_TRY(const BatchEnd end, scan_batch(window, salt_, position_, slot_.recovery, batch));
    if (end == BatchEnd::commit) {
      STET_CHECK(apply(batch));
      continue;
    }
    STET_TRY(const bool passed, pass_damaged_index(end, batch));
    if (passed) continue;
    if (end == BatchEnd::nothing && position_.end >= size_bytes_) return {};
    STET_TRY(const Behind behind, look_behind(*file_, salt_, position_));
    if (!behind.later_commit) {
      if (!behind.zeros) notes_.push_back(unfinished_end(position_.end, behind.content_end));
      return {};
    }
    // A writer may have gone on since we read; then the way on is open now.
    Window again(*file_);
    STET_TRY(const BatchEnd now, scan_batch(again, salt_, position_, slot_.recovery, batch));
    if (now != BatchEnd::commit) return damaged_before_later(file_->path(), position_.end);
    STET_CHECK(apply(batch));
    window = Window(*file_);
  }
}

Result<void> Log::apply(const ScannedBatch& batch) {
  std::shared_ptr<const Index> index;
  if (batch.manifest) {
    STET_TRY(index, read_index(*batch.manifest));
  }
  Tail news;
  STET_CHECK(add_to_tail(news, batch));
  const std::unique_lock lock(mutex_);
  tail_.make_room(news);
  if (index) {
    index_ = std::move(index);
    tail_.clear();
  }
  tail_.take_up(std::move(news));
  position_ = batch.after;
  last_batch_begin_ = batch.begin;
  return {};
}

Result<BatchEnd> Log::scan_ahead(std::vector<ScannedBatch>& found) const {
  std::array<std::uint8_t, kFrameHeaderBytes> peek{};
  STET_TRY(const std::size_t count, file_->read_up_to(position_.end, peek));
  if (all_zero(BytesView(peek).first(count))) return BatchEnd::nothing;
  Window window(*file_);
  Position position = position_;
  while (true) {
    ScannedBatch batch;
    STET_TRY(const BatchEnd end, scan_batch(window, salt_, position, slot_.recovery, batch));
    if (end == BatchEnd::damaged_index) return BatchEnd::broken;
    if (end != BatchEnd::commit) return end;
    position = batch.after;
    found.push_back(std::move(batch));
  }
}

// One at a time: the system tells an open file of a failed write only once, and whoever is told
// must have spoken before the next one believes that all is well.
Result<void> Log::sync() {
  const std::lock_guard lock(sync_mutex_);
  if (poisoned_) {
    return Error(ErrorCode::io, "an earlier sync failed, and what it had to write may be lost")
        .at_path(file_->path());
  }
  auto synced = file_->sync_data();
  if (!synced.ok()) poisoned_ = true;
  return synced;
}

Result<BatchEnd> Log::catch_up(std::uint64_t& flushes) {
  std::vector<ScannedBatch> found;
  STET_TRY(const BatchEnd end, scan_ahead(found));
  if (found.empty()) return end;
  if (poisoned_) {
    STET_TRY(const std::uint64_t durable, durable_without_us(found));
    std::erase_if(found, [&](const ScannedBatch& one) { return one.after.sequence > durable; });
  } else {
    ++flushes;
    STET_CHECK(sync());
  }
  for (const ScannedBatch& batch : found) STET_CHECK(apply(batch));
  return end;
}

// Up to which commit others have made sure. A sync of ours proves nothing any more: it may go well
// without the data that an earlier one lost.
Result<std::uint64_t> Log::durable_without_us(std::span<const ScannedBatch> found) const {
  // A batch is begun only after the one before it is durable.
  std::uint64_t durable = found.back().after.sequence - 1;
  STET_TRY(const std::vector<Slot> slots, read_slots(*file_, salt_));
  for (const Slot& slot : slots) durable = std::max(durable, slot.durable_sequence);
  return durable;
}

Position Log::position() const {
  const std::shared_lock lock(mutex_);
  return position_;
}

void Log::note(std::string what) {
  const std::unique_lock lock(mutex_);
  notes_.push_back(std::move(what));
}

std::vector<std::string> Log::notes() const {
  const std::shared_lock lock(mutex_);
  return notes_;
}

}  // namespace stet::file
