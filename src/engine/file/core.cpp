#include "engine/file/core.hpp"

#include <fmt/format.h>

#include "engine/file/unfinished.hpp"

namespace stet::file {

namespace {
constexpr std::int64_t kMaintenanceWaitMs = 1000;
}  // namespace

Core::Core(FileEngineOptions options, std::string path, std::shared_ptr<Log> log,
           std::uint64_t flushes)
    : options_(std::move(options)),
      path_(std::move(path)),
      log_(std::move(log)),
      near_(options_.packer),
      pending_(options_.write_ahead.part_bytes),
      in_flight_(options_.write_ahead.part_bytes) {
  counters_.flushes = flushes;
}

std::shared_ptr<Log> Core::log() const {
  const std::lock_guard lock(log_mutex_);
  return log_;
}

void Core::install(std::shared_ptr<Log> log) {
  const std::lock_guard lock(log_mutex_);
  log_ = std::move(log);
}

Result<bool> Core::is_current(const Log& log) const {
  STET_TRY(const auto status, status_if_current(log));
  return status.has_value();
}

Result<std::optional<os::FileStatus>> Core::status_if_current(const Log& log) const {
  STET_TRY(const auto status, options_.files->status(path_));
  if (!status) {
    return Error(ErrorCode::not_found,
                 "the store's file was removed or renamed while it was open: open it anew")
        .at_path(path_);
  }
  return status->identity == log.identity() ? status : std::nullopt;
}

Result<std::shared_ptr<Log>> Core::reopen() {
  std::uint64_t flushes = 0;
  auto opened = Log::open(*options_.files, path_, options_.read_only, options_.packer, flushes);
  counters_.flushes += flushes;
  STET_TRY(auto log, std::move(opened));
  install(log);
  return log;
}

Result<std::shared_ptr<Log>> Core::refresh() {
  std::unique_lock lock(refresh_mutex_);
  auto log = this->log();
  if (log->poisoned() && !options_.read_only) {
    if (writing_) return log;
    lock.unlock();
    STET_TRY(const Session session, begin_writing(options_.lock_wait));
    return session.shared_log();
  }
  if (writing_) return log;
  STET_TRY(const bool current, is_current(*log));
  // Where only reading is allowed, a poisoned log is all there is: opened anew, it would sync once
  // more and believe it.
  if (!current) return reopen();
  std::uint64_t flushes = 0;
  const auto caught_up = log->catch_up(flushes);
  counters_.flushes += flushes;
  if (!caught_up.ok()) return caught_up.error();
  return log;
}

Result<void> Core::check_writable() const {
  if (log()->passed() != nullptr) {
    return Error(ErrorCode::corrupt, "the store is damaged: mend it before it is written to")
        .at_path(path_);
  }
  if (!options_.read_only) return {};
  return Error(ErrorCode::denied, "the store was opened read-only").at_path(path_);
}

Result<Core::Session> Core::begin_writing(const os::LockWait& wait) {
  STET_TRY(auto writer, lock_mutex(writer_mutex_, wait, path_, "written to"));
  while (true) {
    auto log = this->log();
    if (log->poisoned()) {
      const std::lock_guard lock(refresh_mutex_);
      STET_TRY(log, reopen());
    }
    STET_TRY(FileLock file_lock, take_writer_lock(log, wait));
    // Without the lock nothing of what is written ahead may be believed.
    struct Beginning {
      Log* log;
      ~Beginning() {
        if (log != nullptr) log->wipe_written_ahead();
      }
    };
    Beginning beginning{log.get()};
    const std::lock_guard lock(refresh_mutex_);
    STET_TRY(const auto status, status_if_current(*log));
    if (!status) {
      STET_CHECK(reopen());
      continue;
    }
    log->note_size(status->size_bytes);
    std::uint64_t flushes = 0;
    const bool first = !log->prepared();
    const bool was_named = log->named();
    const auto prepared = log->prepare(*options_.files, path_, wait, flushes);
    counters_.flushes += flushes;
    if (!prepared.ok()) return prepared.error();
    if (first) remove_leftovers(log);
    if (!was_named) remove_unfinished(*options_.files, path_, log->identity());
    Session session(*this, std::move(writer), std::move(file_lock), std::move(log));
    beginning.log = nullptr;
    writing_ = true;  // from here on nothing can fail, and the session takes it back
    return session;
  }
}

bool Core::wants_maintenance() const {
  if (options_.read_only) return false;
  const auto log = this->log();
  if (log->passed() != nullptr) return false;
  return log->wants_zeros() || log->wants_index();
}

void Core::maintain() {
  // Nobody waits for this, and the next save asks for it again.
  const os::LockWait wait{.limit_ms = kMaintenanceWaitMs};
  const auto log = this->log();
  if (log->wants_zeros()) (void)log->extend_with_zeros(wait);
  if (!log->wants_index()) return;
  const auto session = begin_writing(wait);
  if (!session.ok() || session->log().has_written_ahead()) return;
  if (session->log().wants_index()) (void)session->log().append_index(wait);
}

void Core::close() {
  if (options_.read_only) return;
  const std::unique_lock writer(writer_mutex_);
  end_ahead();
  const auto log = this->log();
  if (log->passed() != nullptr) return;
  const auto lock = FileLock::try_take(log->shared_file(), kWriterLock);
  // Others may have said more since; what they said is never taken back.
  if (lock.ok() && *lock && log->adopt_newest_slot().ok() && log->has_news()) {
    (void)log->note_durable();
  }
}

void Core::remove_leftovers(const std::shared_ptr<Log>& log) {
  // Whoever is compacting holds this lock as long as its file has that name; a thread of this very
  // handle would not be kept out by it.
  const std::lock_guard guard(leftover_mutex_);
  if (sweeping_) return;
  const auto lock = FileLock::try_take(log->shared_file(), kCompactionLock);
  if (!lock.ok() || !*lock) return;
  remove_compaction();
}

}  // namespace stet::file
