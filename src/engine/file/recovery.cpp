// What a writer does before it writes for the first time, or after others have written.
//
//   locked ──prepare──▶ scanned ──nothing behind──────────────▶ durable ──▶ prepared
//                          │  ──torn tail──▶ set aside, slot raised, cut off, synced ──▲
//                          └──a later commit behind──▶ corrupt, nothing changed
#include <fmt/format.h>

#include <algorithm>

#include "engine/file/log.hpp"

namespace stet::file {

namespace {

constexpr int kAsideNamesMax = 1000;
constexpr std::size_t kCopyBytes = 256u << 10;

Result<void> copy_range(os::File& from, std::uint64_t begin, std::uint64_t end, os::File& to) {
  Bytes buffer(kCopyBytes);
  for (std::uint64_t at = begin; at < end;) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(end - at, buffer.size()));
    STET_CHECK(from.read_exactly(at, MutableBytes(buffer).first(step)));
    STET_CHECK(to.write_all(at - begin, BytesView(buffer).first(step)));
    at += step;
  }
  return {};
}

// A new file beside `path`; its name.
Result<std::pair<std::string, std::unique_ptr<os::File>>> make_aside(os::FileSystem& files,
                                                                     const std::string& path,
                                                                     std::uint64_t sequence) {
  for (int i = 0; i < kAsideNamesMax; ++i) {
    std::string name = fmt::format("{}.torn-{}", path, sequence);
    if (i > 0) name += fmt::format("-{}", i);
    auto file = files.open(name, os::OpenMode::create_new, 0600);
    if (file.ok()) return std::make_pair(std::move(name), *std::move(file));
    if (file.error().code() != ErrorCode::conflict) return file.error();
  }
  return Error(ErrorCode::conflict, "too many torn ends were set aside: remove the old ones")
      .at_path(path + ".torn-*");
}

}  // namespace

Result<void> Log::adopt_newest_slot() {
  STET_TRY(const std::vector<Slot> slots, read_slots(*file_, salt_));
  if (!slots.empty() && slots.front().generation >= slot_.generation) slot_ = slots.front();
  return {};
}

Result<void> Log::prepare(os::FileSystem& files, const std::string& path, const os::LockWait& wait,
                          std::uint64_t& flushes) {
  if (passed_) return check_untouched();
  STET_CHECK(adopt_newest_slot());

  std::vector<ScannedBatch> found;
  STET_TRY(const BatchEnd end, scan_ahead(found));
  const bool unsure = position_.sequence > durable_sequence_;
  if (!found.empty() || unsure) {
    // Whoever wrote the last batch may have failed to sync it, and a sync that fails once may
    // succeed the next time without the data. Only the last can be so: each is durable before the
    // next is begun.
    const std::uint64_t begin = found.empty() ? last_batch_begin_ : found.back().begin;
    const Position last = found.empty() ? position_ : found.back().after;
    STET_CHECK(rewrite(begin, last.end));
    ++flushes;
    STET_CHECK(sync());
    for (const ScannedBatch& batch : found) STET_CHECK(apply(batch));
    durable_sequence_ = last.sequence;
  }
  if (slot_.durable_sequence > position_.sequence) {
    return corrupt_at(file_->path(), position_.end,
                      "the store is damaged where this handle has read to: saved versions follow "
                      "that it can't reach; nothing was changed; open the store anew, and where "
                      "that fails restore the file from a copy");
  }
  if (!prepared_ || end == BatchEnd::broken) {
    STET_TRY(const Behind behind, look_behind(*file_, salt_, position_));
    if (behind.later_commit) {
      return corrupt_at(file_->path(), position_.end,
                        "the store is damaged in the middle: saved versions follow that can't be "
                        "reached; nothing was changed; restore the file from a copy");
    }
    if (!behind.zeros) {
      flushes += 3;
      STET_CHECK(set_torn_tail_aside(files, path, behind.content_end, wait));
    }
    STET_TRY(const os::FileStatus status, file_->status());
    size_bytes_ = status.size_bytes;
  }
  if (!slot_.named) {
    ++flushes;
    STET_CHECK(files.sync_directory(os::parent_directory(path)));
    STET_CHECK(note_named());
  }
  prepared_ = true;
  return {};
}

Result<void> Log::rewrite(std::uint64_t begin, std::uint64_t end) {
  Bytes buffer(static_cast<std::size_t>(std::min<std::uint64_t>(end - begin, kCopyBytes)));
  while (begin < end) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(end - begin, buffer.size()));
    STET_CHECK(file_->read_exactly(begin, MutableBytes(buffer).first(step)));
    STET_CHECK(file_->write_all(begin, BytesView(buffer).first(step)));
    begin += step;
  }
  return {};
}

Result<void> Log::set_torn_tail_aside(os::FileSystem& files, const std::string& path,
                                      std::uint64_t content_end, const os::LockWait& wait) {
  STET_TRY(const auto aside, make_aside(files, path, position_.sequence + 1));
  STET_CHECK(copy_range(*file_, position_.end, content_end, *aside.second));
  STET_CHECK(aside.second->sync_all());
  STET_CHECK(files.sync_directory(os::parent_directory(path)));

  slot_.recovery.epoch = std::max(slot_.recovery.epoch, position_.recovery_epoch) + 1;
  slot_.recovery.from = position_.end;
  STET_CHECK(write_slot(*file_, salt_, slot_));
  STET_CHECK(cut_off(content_end, wait));
  STET_CHECK(sync());
  const std::unique_lock lock(mutex_);
  notes_.push_back(fmt::format(
      "a save that was never finished was found at offset {} and removed; its {} bytes are kept in "
      "{}",
      position_.end, content_end - position_.end, aside.first));
  return {};
}

// What follows the log may be long, and every open reads it; so it goes, or is zeros where others
// are just making the file longer.
Result<void> Log::cut_off(std::uint64_t content_end, const os::LockWait& wait) {
  const auto growth = begin_growth(wait);
  if (!growth.ok()) return write_zeros(position_.end, content_end);
  STET_CHECK(file_->truncate(position_.end));
  size_bytes_ = position_.end;
  return {};
}

}  // namespace stet::file
