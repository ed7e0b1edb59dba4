// What is written of a large batch before its end is known.
//
// The front is left to the append: as long as it isn't there, readers find zeros at the log's end
// and look no further, whatever lies behind.
#include <algorithm>

#include "engine/file/log.hpp"

namespace stet::file {

Result<void> Log::write_ahead(std::span<const Batch::PartView> closed,
                              const std::shared_ptr<WrittenAhead>& batch,
                              const os::LockWait& wait) {
  if (ahead_ != batch) wipe_written_ahead();
  ahead_ = batch;
  try {
    auto written = write_closed(closed, wait);
    if (!written.ok()) wipe_written_ahead();
    return written;
  } catch (...) {
    wipe_written_ahead();
    throw;
  }
}

Result<void> Log::write_closed(std::span<const Batch::PartView> closed, const os::LockWait& wait) {
  STET_TRY(const Growth growth, begin_growth(wait));
  if (!ahead_->is_begun()) ahead_->size_before = growth.size_bytes;
  while (ahead_->parts < closed.size()) {
    const bool is_first = ahead_->parts == 0;
    const Batch::PartView& part = closed[ahead_->parts++];
    const BytesView bytes = is_first ? part.bytes.subspan(front_bytes(part.bytes)) : part.bytes;
    const std::uint64_t end = position_.end + part.begin + part.bytes.size();
    ahead_->end = end;
    if (bytes.empty()) continue;
    STET_CHECK(file_->write_all(end - bytes.size(), bytes));
    STET_CHECK(file_->start_sync(end - bytes.size(), bytes.size()));
    size_bytes_ = std::max(growth.size_bytes, ahead_->end);
  }
  return {};
}

void Log::wipe_written_ahead() noexcept {
  const auto ahead = std::exchange(ahead_, nullptr);
  if (!ahead || !ahead->is_begun()) return;
  try {
    // Whoever makes the file longer is at its sync for so long at most, on most disks; else zeros
    // stay.
    constexpr std::int64_t kWaitMs = 100;
    const auto growth = begin_growth({.limit_ms = kWaitMs, .waiting = {}, .names_holder = false});
    undo_write(position_.end, ahead->end,
               growth.ok() ? std::optional(ahead->size_before) : std::nullopt);
  } catch (...) {
    prepared_ = false;  // then the next writer looks at what is left
  }
}

}  // namespace stet::file
