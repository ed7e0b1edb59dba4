// A large save is written while it is still collected, so that little is left to do at its swap.
//
//   put closes a part ──▶ the writer's lock, where it is free ──▶ all closed parts are written
//   whoever writes next, of this handle ──▶ goes on under that lock; a swap needs what is written,
//                                           others wipe it or leave it
//   nobody in time ──▶ wiped, and the lock is released
#include <chrono>

#include "engine/file/core.hpp"

namespace stet::file {

namespace {

// Whoever was too slow once isn't waited for again so soon.
constexpr std::chrono::seconds kPauseAfterSlow{10};

os::LockWait no_wait() { return {.limit_ms = 0, .waiting = {}, .names_holder = false}; }

}  // namespace

Result<FileLock> Core::take_writer_lock(const std::shared_ptr<Log>& log, const os::LockWait& wait) {
  if (ahead_ && ahead_->log == log) {
    FileLock lock = std::move(ahead_->lock);
    ahead_.reset();
    return lock;
  }
  end_ahead();  // of a file that was replaced, or of a log that failed
  return FileLock::take_in_turn(log->shared_file(), wait);
}

void Core::end_writing(Session& session) noexcept {
  {
    const std::lock_guard lock(refresh_mutex_);
    writing_ = false;
  }
  if (session.log().has_written_ahead()) {
    ahead_.emplace(Ahead{session.shared_log(), std::move(session.lock())});
  } else {
    ahead_watch_.cancel();
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
    if (std::chrono::steady_clock::now() < no_ahead_before_) return {};
    ahead_watch_.set(std::chrono::milliseconds(options_.write_ahead.hold_ms),
                     [this] { return give_up_ahead(); });
  }
  return session.log().write_ahead(closed, batch, no_wait());
}

// Under writer_mutex_.
void Core::end_ahead() noexcept {
  ahead_watch_.cancel();
  if (!ahead_) return;
  ahead_->log->wipe_written_ahead();
  ahead_.reset();
}

// Whoever has writer_mutex_ may wait for this thread's end, so this never waits for that.
bool Core::give_up_ahead() noexcept {
  const std::unique_lock writer(writer_mutex_, std::try_to_lock);
  if (!writer.owns_lock()) return false;
  if (ahead_) no_ahead_before_ = std::chrono::steady_clock::now() + kPauseAfterSlow;
  end_ahead();
  return true;
}

}  // namespace stet::file
