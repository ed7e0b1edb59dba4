#include "engine/file/lock.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet::file {

std::chrono::milliseconds Patience::left() const noexcept {
  return std::max(std::chrono::milliseconds(wait_.limit_ms) - waited(),
                  std::chrono::milliseconds(0));
}

Result<void> Patience::check() const {
  if (left() == std::chrono::milliseconds(0)) {
    return Error(ErrorCode::locked,
                 fmt::format("the store was being {} by another thread of this process for {} ms: "
                             "try again when that is done",
                             busy_with_, wait_.limit_ms))
        .at_path(path_);
  }
  const Progress progress{"wait for another to finish",
                          static_cast<std::uint64_t>(waited().count()),
                          static_cast<std::uint64_t>(wait_.limit_ms), "ms"};
  if (report(wait_.waiting, progress)) return {};
  return Error(ErrorCode::cancelled, "stopped while waiting for a lock; nothing was changed")
      .at_path(path_);
}

Result<std::unique_lock<std::timed_mutex>> lock_mutex(std::timed_mutex& mutex,
                                                      const os::LockWait& wait,
                                                      const std::string& path,
                                                      std::string_view busy_with) {
  const Patience patience(wait, path, busy_with);
  std::unique_lock lock(mutex, std::try_to_lock);
  while (!lock.owns_lock()) {
    // By the wall clock, since TSan doesn't know the other way (pthread_mutex_clocklock).
    const auto pause = std::min(Patience::kPause, patience.left());
    if (lock.try_lock_until(std::chrono::system_clock::now() + pause)) break;
    STET_CHECK(patience.check());
  }
  return lock;
}

Result<FileLock> FileLock::take(std::shared_ptr<os::File> file, std::uint64_t offset,
                                const os::LockWait& wait) {
  STET_CHECK(file->lock(os::LockKind::exclusive, offset, 1, wait));
  return FileLock(std::move(file), offset);
}

Result<std::optional<FileLock>> FileLock::try_take(std::shared_ptr<os::File> file,
                                                   std::uint64_t offset) {
  STET_TRY(const bool taken, file->try_lock(os::LockKind::exclusive, offset, 1));
  if (!taken) return std::optional<FileLock>();
  return std::optional(FileLock(std::move(file), offset));
}

FileLock::~FileLock() {
  if (!file_) return;
  try {
    (void)file_->unlock(offset_, 1);
  } catch (...) {
    // A lock that can't be released ends with the file.
    return;
  }
}

}  // namespace stet::file
