// A sweep: compaction into a new file that takes the old one's place.
//
//   compaction lock ▶ copy without the writer's lock ▶ sync ▶ writer's locks of both files ▶ copy
//   what came meanwhile, check the epoch ▶ sync ▶ rename ▶ sync the folder ▶ go on in the new file
#include <fmt/format.h>

#include "engine/file/compaction.hpp"
#include "engine/file/core.hpp"
#include "engine/file/unfinished.hpp"

namespace stet::file {

namespace {

constexpr std::uint32_t kOwnerBits = 0700;

// As the file that it replaces; where the owner can't be kept, nobody else may read it.
Result<void> copy_access(os::File& from, os::File& to) {
  STET_TRY(const os::FileStatus old, from.status());
  STET_TRY(const os::FileStatus fresh, to.status());
  std::uint32_t mode = old.mode & 0777;
  if (old.user != fresh.user || old.group != fresh.group) {
    if (!to.set_owner(old.user, old.group).ok()) mode &= kOwnerBits;
  }
  return mode == fresh.mode ? Result<void>() : to.set_mode(mode);
}

}  // namespace

Result<SweepReport> Core::sweep(const LiveSet& live, Epoch epoch,
                                const ProgressCallback& progress) {
  STET_CHECK(check_writable());
  STET_TRY(const auto alone, lock_mutex(sweep_mutex_, lock_wait(progress), path_, "compacted"));
  struct Sweeping {
    explicit Sweeping(Core& sweeper) : core(sweeper) { core.set_sweeping(true); }
    ~Sweeping() { core.set_sweeping(false); }
    Core& core;
  };
  const Sweeping sweeping(*this);
  return sweep_alone(live, epoch, progress);
}

os::LockWait Core::lock_wait(const ProgressCallback& progress) const {
  os::LockWait wait = options_.lock_wait;
  if (!progress) return wait;
  wait.waiting = [own = wait.waiting, progress](const Progress& waited) {
    return report(own, waited) && report(progress, waited);
  };
  return wait;
}

void Core::set_sweeping(bool sweeping) {
  const std::lock_guard lock(leftover_mutex_);
  sweeping_ = sweeping;
}

Result<SweepReport> Core::sweep_alone(const LiveSet& live, Epoch epoch,
                                      const ProgressCallback& progress) {
  STET_TRY(const FileLock compaction, begin_compaction(lock_wait(progress)));
  STET_TRY(const auto left, options_.files->link_status(compaction_path()));
  if (left) STET_CHECK(options_.files->remove(compaction_path()));
  remove_unfinished(*options_.files, path_, log()->identity());
  return compact(live, epoch, progress);
}

void Core::remove_compaction() noexcept {
  try {
    const auto left = options_.files->link_status(compaction_path());
    if (left.ok() && *left) (void)options_.files->remove(compaction_path());
  } catch (...) {
    return;  // the next writer removes it
  }
}

Result<FileLock> Core::begin_compaction(const os::LockWait& wait) {
  while (true) {
    STET_TRY(const auto log, refresh());
    STET_TRY(FileLock lock, FileLock::take(log->shared_file(), kCompactionLock, wait));
    STET_TRY(const bool current, is_current(*log));
    if (current) return lock;
  }
}

Result<void> Core::check_epoch(const Log& log, Epoch epoch) const {
  const std::string name(kEpochRef);
  STET_TRY(const auto values, log.read_refs({&name, 1}));
  STET_TRY(const Epoch current, decode_epoch(values.front()));
  if (current == epoch) return {};
  return Error(ErrorCode::conflict,
               fmt::format("another sweep began: the epoch is {}, not {}", current, epoch));
}

Result<SweepReport> Core::compact(const LiveSet& live, Epoch epoch,
                                  const ProgressCallback& progress) {
  STET_TRY(const auto old, refresh());
  STET_CHECK(check_epoch(*old, epoch));
  // Removes the new file unless it took its place, also where the caller's callback throws.
  struct Unfinished {
    Core& core;
    bool renamed = false;
    ~Unfinished() {
      if (!renamed) core.remove_compaction();
    }
  };
  Unfinished unfinished{*this};
  Salt salt;
  options_.random->fill(salt);
  STET_TRY(const auto fresh,
           Log::create(*options_.files, compaction_path(), salt, options_.packer));
  Compaction compaction(*old, *fresh, live, epoch, progress);
  STET_CHECK(compaction.copy_chunks(old->position()));
  STET_CHECK(compaction.settle());

  STET_TRY(const Session session, begin_writing(lock_wait(progress)));
  if (&session.log() != old.get()) {
    return Error(ErrorCode::conflict, "the store's file was replaced while it was compacted")
        .at_path(path_);
  }
  STET_CHECK(check_epoch(*old, epoch));
  ahead_watch_.cancel();
  old->wipe_written_ahead();  // the new file hasn't it
  STET_CHECK(compaction.copy_chunks(old->position()));
  STET_CHECK(compaction.copy_refs());
  STET_TRY(SweepReport report, compaction.report());
  report.bytes_before = old->size_bytes();
  report.bytes_after = fresh->size_bytes();
  STET_CHECK(replace_file(*old, fresh, unfinished.renamed));
  return report;
}

// Under the writer's locks of both files, so that nobody writes to the new one before its name is
// durable.
Result<void> Core::replace_file(const Log& old, const std::shared_ptr<Log>& fresh, bool& renamed) {
  STET_CHECK(copy_access(old.file(), fresh->file()));
  STET_TRY(const FileLock lock,
           FileLock::take(fresh->shared_file(), kWriterLock, options_.lock_wait));
  STET_CHECK(fresh->sync_all());
  STET_CHECK(fresh->note_durable());
  STET_CHECK(options_.files->rename(compaction_path(), path_));
  renamed = true;
  install(fresh);
  auto named = options_.files->sync_directory(os::parent_directory(path_));
  if (named.ok()) named = fresh->note_named();
  if (named.ok()) return {};
  return Error(ErrorCode::outcome_unknown,
               "the store is compacted, but a loss of power may bring back the file as it was: " +
                   named.error().message(),
               named.error().context());
}

}  // namespace stet::file
