#include "engine/file/lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace stet::file {

Result<std::unique_lock<std::timed_mutex>> lock_mutex(std::timed_mutex& mutex,
                                                      const os::LockWait& wait,
                                                      const std::string& path,
                                                      std::string_view busy_with) {
  using std::chrono::milliseconds;
  // How long nobody is asked whether to go on waiting.
  constexpr milliseconds kPause{10};
  const auto begun = std::chrono::steady_clock::now();
  const milliseconds limit(std::max<std::int64_t>(wait.limit_ms, 0));
  std::unique_lock lock(mutex, std::try_to_lock);
  for (milliseconds waited{0}; !lock.owns_lock();) {
    if (waited >= limit) {
      return Error(ErrorCode::locked,
                   fmt::format("the store was being {} by another thread of this process for {} "
                               "ms: try again when that is done",
                               busy_with, wait.limit_ms))
          .at_path(path);
    }
    // By the wall clock, since TSan doesn't know the other way (pthread_mutex_clocklock).
    const auto pause = std::min(kPause, limit - waited);
    if (lock.try_lock_until(std::chrono::system_clock::now() + pause)) break;
    waited = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
    const Progress progress{"wait for another to finish",
                            static_cast<std::uint64_t>(waited.count()),
                            static_cast<std::uint64_t>(limit.count()), "ms"};
    if (!report(wait.waiting, progress)) {
      return Error(ErrorCode::cancelled, "stopped while waiting for a lock; nothing was changed")
          .at_path(path);
    }
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
