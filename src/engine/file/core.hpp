// A handle on a store in a file: what is shared by the callers' threads and the work in the
// background.
//
// A swap:  queue ─▶ writer_mutex_ ─▶ file lock ─▶ same file? ─▶ prepare ─▶ all that wait: compare
//          ─▶ append ─▶ unlock.
// A read:  refresh_mutex_ ─▶ same file? ─▶ catch up ─▶ look, without a lock.
//
// A large save holds the file's writer lock before its swap already, so that what it puts can be
// written while the rest is still made; threads of this handle that write take that lock over. It
// is given up after a while where no swap comes (write_ahead.cpp).
//
// Lock order: writer_mutex_, the file's writer lock, refresh_mutex_, then pending_mutex_ or
// log_mutex_; the queue's and the alarm's are held for a look only. Readers wait for none of the
// first two, unless the handle must be opened anew after a failed sync.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/file/alarm.hpp"
#include "engine/file/log.hpp"
#include "engine/file/near_chunks.hpp"
#include "engine/file/swap_queue.hpp"
#include "stet/engine/file.hpp"

namespace stet::file {

struct Counters {
  std::atomic<std::uint64_t> flushes = 0;
  std::atomic<std::uint64_t> bytes_written = 0;
  std::atomic<std::uint64_t> chunks_put = 0;
  std::atomic<std::uint64_t> chunks_written = 0;
  std::atomic<std::uint64_t> chunks_read = 0;
};

class Core {
 public:
  // `flushes`: of opening the log.
  Core(FileEngineOptions options, std::string path, std::shared_ptr<Log> log,
       std::uint64_t flushes);

  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids);
  Result<std::optional<Bytes>> get_on_path(const Id& id);
  Result<void> put(std::span<const ChunkView> chunks, Epoch epoch);
  Result<SwapOutcome> swap(std::span<const RefChange> changes);
  Result<SweepReport> sweep(const LiveSet& live, Epoch epoch, const ProgressCallback& progress);
  Result<void> mend(const Mending& mending, const ProgressCallback& progress);

  // The log as it is now: of the file that the path names, with what others have committed.
  Result<std::shared_ptr<Log>> refresh();
  // The log as it was last seen.
  std::shared_ptr<Log> log() const;

  bool wants_maintenance() const;
  // Zeros ahead and a new index, where they are wanted. Failures are met again by the next swap.
  void maintain();
  // Leaves a note for whoever opens the file next. Nothing is lost without it.
  void close();

  const Counters& counters() const noexcept { return counters_; }
  const std::string& path() const noexcept { return path_; }
  bool read_only() const noexcept { return options_.read_only; }

 private:
  // The right to write: both locks, and a log that is prepared.
  class Session {
   public:
    Session(Core& core, std::unique_lock<std::timed_mutex>&& writer, FileLock&& lock,
            std::shared_ptr<Log>&& log) noexcept
        : log_(std::move(log)), writer_(std::move(writer)), lock_(std::move(lock)), core_(&core) {}
    Session(Session&& other) noexcept
        : log_(std::move(other.log_)),
          writer_(std::move(other.writer_)),
          lock_(std::move(other.lock_)),
          core_(std::exchange(other.core_, nullptr)) {}
    Session& operator=(Session&& other) = delete;
    ~Session() {
      if (core_ != nullptr) core_->end_writing(*this);
    }
    Log& log() const noexcept { return *log_; }
    const std::shared_ptr<Log>& shared_log() const noexcept { return log_; }

    FileLock& lock() noexcept { return lock_; }

   private:
    // Released from the last to the first.
    std::shared_ptr<Log> log_;
    std::unique_lock<std::timed_mutex> writer_;
    FileLock lock_;
    Core* core_;  // null where it was moved from
  };

  // The file's writer lock, held for what a log has written ahead.
  struct Ahead {
    std::shared_ptr<Log> log;
    FileLock lock;
  };

  Result<void> check_writable() const;
  Result<Session> begin_writing(const os::LockWait& wait);
  void end_writing(Session& session) noexcept;
  Result<FileLock> take_writer_lock(const std::shared_ptr<Log>& log, const os::LockWait& wait);
  void write_ahead() noexcept;
  Result<void> write_closed_parts();
  void end_ahead() noexcept;
  bool give_up_ahead() noexcept;
  // Whether the log is that of the file at the path. Errors: not_found.
  Result<bool> is_current(const Log& log) const;
  Result<std::optional<os::FileStatus>> status_if_current(const Log& log) const;
  Result<std::shared_ptr<Log>> reopen();
  void install(std::shared_ptr<Log> log);
  enum class Stored : std::uint8_t { no, older, yes };
  Result<Stored> is_stored(const Log& log, const Id& id, Epoch epoch);
  Result<bool> holds_base(const Log& log, const ChunkView& chunk) const;
  std::optional<Bytes> find_pending(const Id& id) const;
  Result<void> spill();
  Result<void> swap_together(const os::LockWait& wait);
  Result<void> commit(Session& session, std::span<const RefChange* const> changes);
  void set_sweeping(bool sweeping);
  Result<SweepReport> sweep_alone(const LiveSet& live, Epoch epoch,
                                  const ProgressCallback& progress);
  Result<FileLock> begin_compaction(const os::LockWait& wait);
  Result<void> mend_alone(const Mending& mending, const ProgressCallback& progress);
  Result<void> check_unchanged(const Log& log, const Mending& mending) const;
  // Gives the file as it is a second name; that name.
  Result<std::string> keep_aside();
  os::LockWait lock_wait(const ProgressCallback& progress) const;
  Result<SweepReport> compact(const LiveSet& live, Epoch epoch, const ProgressCallback& progress);
  Result<void> check_epoch(const Log& log, Epoch epoch) const;
  // `renamed`: whether the new file has the store's name by now, whatever the answer.
  Result<void> replace_file(const Log& old, const std::shared_ptr<Log>& fresh, bool& renamed);
  void remove_compaction() noexcept;
  void remove_leftovers(const std::shared_ptr<Log>& log);
  std::string compaction_path() const { return path_ + ".compact"; }

  // Constant after construction.
  const FileEngineOptions options_;
  const std::string path_;

  SwapQueue swaps_;
  std::timed_mutex sweep_mutex_;  // first of all
  std::mutex leftover_mutex_;
  bool sweeping_ = false;  // guarded by leftover_mutex_
  std::timed_mutex writer_mutex_;
  std::mutex refresh_mutex_;
  bool writing_ = false;  // guarded by refresh_mutex_; then what is applied is all there is

  mutable std::mutex log_mutex_;
  std::shared_ptr<Log> log_;  // guarded by log_mutex_

  NearChunks near_;

  mutable std::mutex pending_mutex_;
  Batch pending_;  // guarded by pending_mutex_; closed parts end under writer_mutex_ only
  // Being written, or left by a commit that failed: then it goes with the next. Changed under
  // pending_mutex_ and writer_mutex_, read under one.
  Batch in_flight_;

  Counters counters_;

  // Guarded by writer_mutex_.
  std::optional<Ahead> ahead_;
  std::chrono::steady_clock::time_point no_ahead_before_{};
  Alarm ahead_watch_;  // ends ahead_ in time; ended first
};

}  // namespace stet::file
