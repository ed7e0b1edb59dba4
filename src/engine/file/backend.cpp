#include "engine/file/backend.hpp"

#include "engine/file/check.hpp"

namespace stet::file {

namespace {

// Keeps the core alive for work in the background, and ends with the last caller's handle.
class FileBackend final : public Backend {
 public:
  FileBackend(FileEngineOptions options, const std::string& path, std::shared_ptr<Log> log,
              std::uint64_t flushes)
      : files_(options.files), executor_(options.executor) {
    options.executor = nullptr;  // whose tasks hold the core
    core_ = std::make_shared<Core>(std::move(options), path, std::move(log), flushes);
  }
  ~FileBackend() override { core_->close(); }

  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override {
    return in_store(core_->get(ids));
  }
  Result<std::optional<Bytes>> get_on_path(const Id& id) override {
    return in_store(core_->get_on_path(id));
  }
  std::string url() const override { return "file:" + core_->path(); }

  Result<void> put(std::span<const ChunkView> chunks, Epoch epoch) override {
    auto done = in_store(core_->put(chunks, epoch));
    maintain_later();
    return done;
  }

  Result<std::vector<std::optional<RefValue>>> read(std::span<const std::string> names) override {
    return in_store(read_refs(names));
  }

  Result<std::vector<std::optional<RefValue>>> read_last_seen(
      std::span<const std::string> names) override {
    const auto log = core_->log();
    return in_store(log->poisoned() ? read_refs(names) : log->read_refs(names));
  }

  Result<RefPage> list(std::string_view prefix, std::string_view cursor,
                       std::size_t limit) override {
    if (limit == 0) return Error(ErrorCode::invalid, "a page of refs holds at least one");
    return in_store(list_refs(prefix, cursor, limit));
  }

  Result<SwapOutcome> swap(std::span<const RefChange> changes) override {
    auto outcome = in_store(core_->swap(changes));
    maintain_later();
    return outcome;
  }

  Result<SweepReport> sweep(const LiveSet& live, Epoch epoch,
                            const ProgressCallback& progress) override {
    // Zeros ahead are left to the next swap: after a compaction the file is as small as it can be.
    return in_store(core_->sweep(live, epoch, progress));
  }

  Result<void> mend(const Mending& mending, const ProgressCallback& progress) override {
    return in_store(core_->mend(mending, progress));
  }

  std::optional<std::uint64_t> offset_of(const Id& id) override {
    const auto place = core_->log()->find(id, Expected::yes);
    if (!place.ok()) return std::nullopt;
    if (*place) return (*place)->offset;
    const auto pack = core_->log()->find_pack_offset(id);
    return pack.ok() ? *pack : std::nullopt;
  }

  BackendInfo info() const override {
    const auto log = core_->log();
    BackendInfo info{"file", url(), Durability::power_loss, log->size_bytes(), log->notes()};
    note_weak_file_system(info);
    return info;
  }

  BackendCounters counters() const override {
    const Counters& counted = core_->counters();
    return {counted.flushes, counted.bytes_written, counted.chunks_put, counted.chunks_written,
            counted.chunks_read};
  }

  Result<std::vector<Damage>> check(const ProgressCallback& progress) override {
    auto log = core_->refresh();
    if (!log.ok()) return in_store(Result<std::vector<Damage>>(log.error()));
    return in_store(check_log(**log, progress));
  }

 private:
  Result<std::vector<std::optional<RefValue>>> read_refs(std::span<const std::string> names) {
    STET_TRY(const auto log, core_->refresh());
    return log->read_refs(names);
  }

  Result<RefPage> list_refs(std::string_view prefix, std::string_view cursor, std::size_t limit) {
    STET_TRY(const auto log, core_->refresh());
    return log->list_refs(prefix, cursor, limit);
  }

  template <class T>
  Result<T> in_store(Result<T> result) const {
    if (result.ok()) return result;
    try {
      return result.error().in_store("file:" + core_->path());
    } catch (const std::bad_alloc&) {
      return result;  // what it says matters more than where
    }
  }

  // After the answer is known, so that nothing that fails here may change it. The next call asks
  // for it again.
  void maintain_later() noexcept {
    if (!core_->wants_maintenance() || scheduled_->exchange(true)) return;
    try {
      executor_->run([core = core_, scheduled = scheduled_] {
        *scheduled = false;
        core->maintain();
      });
    } catch (...) {
      *scheduled_ = false;
    }
  }

  // Found out when it is first asked for, and remembered.
  std::string file_system_kind() const {
    const std::lock_guard lock(kind_mutex_);
    if (kind_.empty()) {
      if (auto kind = files_->file_system_kind(core_->path()); kind.ok()) kind_ = *std::move(kind);
    }
    return kind_;
  }

  void note_weak_file_system(BackendInfo& info) const {
    const std::string kind = file_system_kind();
    if (kind == "tmpfs" || kind == "ramfs") {
      info.durability = Durability::process;
      info.notes.push_back("the store lies in memory (" + kind + "): it ends with the machine");
    } else if (kind == "nfs" || kind == "cifs" || kind == "smb" || kind == "smb2" || kind == "9p" ||
               kind == "fuse") {
      info.notes.push_back("the store lies on " + kind +
                           ": what a sync and a lock promise there depends on the server");
    }
  }

  const std::shared_ptr<os::FileSystem> files_;
  mutable std::mutex kind_mutex_;
  mutable std::string kind_;  // of the file system; guarded by kind_mutex_
  std::shared_ptr<Core> core_;
  const std::shared_ptr<std::atomic<bool>> scheduled_ = std::make_shared<std::atomic<bool>>(false);
  const std::shared_ptr<Executor> executor_;  // ended first: it finishes its tasks
};

}  // namespace

std::shared_ptr<Backend> make_backend(FileEngineOptions options, const std::string& path,
                                      std::shared_ptr<Log> log, std::uint64_t flushes) {
  return std::make_shared<FileBackend>(std::move(options), path, std::move(log), flushes);
}

}  // namespace stet::file
