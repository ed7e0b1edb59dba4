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

namespace {

constexpr std::chrono::seconds kTurnPatience{1};

// Somebody's place in the queue for the writer's lock: who holds the last one is next.
class Turn {
 public:
  explicit Turn(std::shared_ptr<os::File> file) : file_(std::move(file)) {}

  // All places at once, where nobody waits.
  Result<bool> take_all() {
    STET_TRY(auto taken, FileLock::try_take(file_, kFirstPlace, kPlaces));
    if (taken) held_.emplace(*std::move(taken));
    return held_.has_value();
  }
  void leave() { held_.reset(), next_ = 0; }
  // Goes ahead as far as it can. Whether it is next, or those ahead have stopped.
  Result<bool> go_ahead() {
    while (next_ < kPlaces) {
      STET_TRY(auto taken, FileLock::try_take(file_, kFirstPlace + next_));
      if (!taken) return Clock::now() - came_here_ > kTurnPatience;
      held_.emplace(*std::move(taken));
      ++next_;
      came_here_ = Clock::now();
    }
    return true;
  }

 private:
  using Clock = std::chrono::steady_clock;

  const std::shared_ptr<os::File> file_;
  std::optional<FileLock> held_;
  std::uint64_t next_ = 0;  // the place ahead of its own
  Clock::time_point came_here_ = Clock::now();
};

}  // namespace

Result<FileLock> FileLock::take_in_turn(std::shared_ptr<os::File> file, const os::LockWait& wait) {
  Turn turn(file);
  STET_TRY(const bool alone, turn.take_all());
  if (alone) {
    STET_TRY(auto lock, try_take(file, kWriterLock));
    if (lock) return *std::move(lock);
    turn.leave();
  }
  std::optional<FileLock> lock;
  const auto attempt = [&]() -> Result<bool> {
    STET_TRY(const bool next, turn.go_ahead());
    if (!next) return false;
    STET_TRY(auto taken, try_take(file, kWriterLock));
    if (taken) lock.emplace(*std::move(taken));
    return lock.has_value();
  };
  STET_CHECK(file->wait_for_lock(kWriterLock, 1, wait, attempt));
  return *std::move(lock);
}

Result<FileLock> FileLock::take(std::shared_ptr<os::File> file, std::uint64_t offset,
                                const os::LockWait& wait) {
  STET_CHECK(file->lock(os::LockKind::exclusive, offset, 1, wait));
  return FileLock(std::move(file), offset, 1);
}

Result<std::optional<FileLock>> FileLock::try_take(std::shared_ptr<os::File> file,
                                                   std::uint64_t offset, std::uint64_t length) {
  STET_TRY(const bool taken, file->try_lock(os::LockKind::exclusive, offset, length));
  if (!taken) return std::optional<FileLock>();
  return std::optional(FileLock(std::move(file), offset, length));
}

FileLock::~FileLock() {
  if (!file_) return;
  try {
    (void)file_->unlock(offset_, length_);
  } catch (...) {
    // A lock that can't be released ends with the file.
    return;
  }
}

}  // namespace stet::file
