// A large save is written while it is still collected, so that little is left to do at its swap.
//
//   put closes a part ──▶ the writer's lock, where it is free ──▶ all closed parts are written
//   whoever writes next, of this handle ──▶ goes on under that lock; a swap needs what is written,
//                                           others wipe it or leave it
//   nobody in time ──▶ wiped, and the lock is released
#include <chrono>
#include <condition_variable>

#include "engine/file/core.hpp"

namespace stet::file {

namespace {

constexpr std::chrono::milliseconds kBusyPause{1};

os::LockWait no_wait() { return {.limit_ms = 0}; }

}  // namespace

Result<FileLock> Core::take_writer_lock(const std::shared_ptr<Log>& log, const os::LockWait& wait) {
  if (ahead_ && ahead_->log == log) {
    FileLock lock = std::move(ahead_->lock);
    ahead_.reset();
    return lock;
  }
  ahead_.reset();  // of a file that was replaced, or of a log that failed
  return FileLock::take(log->shared_file(), kWriterLock, wait);
}

void Core::end_writing(Session& session) noexcept {
  {
    const std::lock_guard lock(refresh_mutex_);
    writing_ = false;
  }
  const bool is_replaced = session.shared_log() != log();
  if (session.log().has_written_ahead() && !is_replaced) {
    ahead_.emplace(Ahead{session.shared_log(), std::move(session.lock())});
  } else {
    ahead_watch_.request_stop();
  }
}

// Nothing fails here: what isn't written ahead is written by the swap.
void Core::write_ahead() noexcept {
  try {
    (void)write_closed_parts();
  } catch (...) {
    return;
  }
}

Result<void> Core::write_closed_parts() {
  STET_TRY(const Session session, begin_writing(no_wait()));
  if (!in_flight_.empty()) return {};
  std::vector<Batch::PartView> closed;
  std::shared_ptr<WrittenAhead> batch;
  {
    const std::lock_guard lock(pending_mutex_);
    if (pending_.closed_count() == 0) return {};
    batch = pending_.written_ahead();
    closed = pending_.closed_parts();
  }
  const bool was_wiped = batch->is_begun() && !session.log().is_written_ahead(*batch);
  if (was_wiped) return {};
  if (!session.log().has_written_ahead()) {
    ahead_watch_ = std::jthread([this](const std::stop_token& stop) { watch_ahead(stop); });
  }
  return session.log().write_ahead(closed, batch, no_wait());
}

// Under writer_mutex_.
void Core::end_ahead() noexcept {
  ahead_watch_.request_stop();
  if (!ahead_) return;
  ahead_->log->wipe_written_ahead();
  ahead_.reset();
}

// Whoever has writer_mutex_ may wait for this thread's end, so this never waits for that.
void Core::watch_ahead(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  std::chrono::milliseconds pause(options_.write_ahead.hold_ms);
  while (!stopped.wait_for(lock, stop, pause, [&stop] { return stop.stop_requested(); })) {
    const std::unique_lock writer(writer_mutex_, std::try_to_lock);
    if (writer.owns_lock()) return end_ahead();
    pause = kBusyPause;
  }
}

}  // namespace stet::file
