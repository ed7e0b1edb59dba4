// The locks of a store: among the threads of a handle, and on bytes of its file among handles and
// processes. Whoever waits for one waits only so long.
//
// Thread rule: a lock belongs to one thread.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "stet/os.hpp"

namespace stet::file {

// Bytes of the file that are locked, far behind any content.
inline constexpr std::uint64_t kWriterLock = std::uint64_t{1} << 62;
inline constexpr std::uint64_t kGrowLock = kWriterLock + 1;  // who makes the file longer
inline constexpr std::uint64_t kCompactionLock = kWriterLock + 2;

// Waits for other threads. `busy_with`: what they do with the store, for messages: "written to".
// Errors: locked, cancelled.
Result<std::unique_lock<std::timed_mutex>> lock_mutex(std::timed_mutex& mutex,
                                                      const os::LockWait& wait,
                                                      const std::string& path,
                                                      std::string_view busy_with);

// Holds a range of the file's locks while it lives.
class FileLock {
 public:
  // Waits for others. Errors: locked, cancelled.
  static Result<FileLock> take(std::shared_ptr<os::File> file, std::uint64_t offset,
                               const os::LockWait& wait);
  // Nothing where another holds it.
  static Result<std::optional<FileLock>> try_take(std::shared_ptr<os::File> file,
                                                  std::uint64_t offset);
  FileLock(FileLock&& other) noexcept = default;
  FileLock& operator=(FileLock&& other) = delete;
  ~FileLock();

 private:
  FileLock(std::shared_ptr<os::File> file, std::uint64_t offset)
      : file_(std::move(file)), offset_(offset) {}
  std::shared_ptr<os::File> file_;
  std::uint64_t offset_;
};

}  // namespace stet::file
