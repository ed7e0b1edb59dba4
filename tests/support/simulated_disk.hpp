// A disk in memory that remembers everything done to it, so that every state in which a loss of
// power may leave it can be made afterwards (support/crash_states.hpp) without running the work
// again.
//
// What a program reads is the cached state. Locks belong to the open file, as on Linux. Thread
// rule: from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stet/os.hpp"
#include "support/disk_image.hpp"

namespace stet::test {

// What a failed fdatasync or fsync leaves behind. Linux does each of them somewhere.
enum class SyncFailure : std::uint8_t {
  data_lost,     // the cache calls the data clean, and the device never got it
  data_kept,     // the cache still calls it dirty: the next sync may write it
  data_durable,  // it was written, and the error is told nevertheless
};

struct DiskCounters {
  std::uint64_t file_syncs = 0;
  std::uint64_t folder_syncs = 0;
  std::uint64_t hints = 0;  // that a sync follows
  std::uint64_t bytes_written = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t reads = 0;
  bool operator==(const DiskCounters&) const = default;
};

class SimulatedDisk final : public os::FileSystem {
 public:
  explicit SimulatedDisk(DiskImage durable = {});
  // After the end of a process, but not of the machine: what was cached is cached still, and what
  // was pending is pending.
  SimulatedDisk(DiskImage durable, std::span<const Operation> log);
  ~SimulatedDisk() override;

  Result<std::unique_ptr<os::File>> open(const std::string& path, os::OpenMode how,
                                         std::uint32_t mode = 0600) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> rename_new(const std::string& from, const std::string& to) override;
  Result<void> link(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> make_directory(const std::string& path, std::uint32_t mode = 0700) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::optional<os::FileStatus>> status(const std::string& path) override;
  Result<std::optional<os::FileStatus>> link_status(const std::string& path) override;
  Result<std::string> real_path(const std::string& path) override;
  Result<std::vector<std::string>> list_directory(const std::string& path) override;
  Result<std::string> file_system_kind(const std::string& path) override;

  // From now on the `nth` sync of a file (1: the next) fails so, and those after it go well again.
  void fail_sync(std::uint64_t nth, SyncFailure how);
  // The next hint that a sync follows fails, as where the device takes what it was handed and the
  // system tells nobody else: the data is lost, and the sync itself goes well.
  void fail_next_hint();

  // The state at the start, and what was done since: the places to crash at are 0 … log_size().
  DiskImage durable_at_start() const;
  DiskImage cached() const;
  std::vector<Operation> log() const;
  std::uint64_t log_size() const;
  DiskCounters counters() const;

 private:
  struct State;
  class OpenFile;
  std::shared_ptr<State> state_;
};

}  // namespace stet::test
