// The locks of a store: among the threads of a handle, and on bytes of its file among handles and
// processes. Whoever waits for one waits only so long.
//
// Thread rule: a lock belongs to one thread.
#pragma once

#include <chrono>
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
// The queue for the writer's lock: whoever waits holds one, and goes to the next as that gets free.
// Whoever hasn't come on for a second, since one ahead has stopped, tries the lock all the same.
inline constexpr std::uint64_t kFirstPlace = kWriterLock + 16;
inline constexpr std::uint64_t kPlaces = 8;

// How long somebody waits for another, from its construction on.
class Patience {
 public:
  // How long nobody is asked whether to go on.
  static constexpr std::chrono::milliseconds kPause{10};

  // `busy_with`: what another thread does with the store, for messages: "written to".
  Patience(const os::LockWait& wait, const std::string& path, std::string_view busy_with)
      : wait_(wait), path_(path), busy_with_(busy_with) {}
  // To be asked after each pause. Errors: locked, cancelled.
  Result<void> check() const;
  std::chrono::milliseconds left() const noexcept;

 private:
  using Clock = std::chrono::steady_clock;
  std::chrono::milliseconds waited() const noexcept {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun_);
  }
  const os::LockWait& wait_;
  const std::string& path_;
  std::string_view busy_with_;
  Clock::time_point begun_ = Clock::now();
};

// Waits for other threads. Errors: locked, cancelled.
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
  // The writer's lock. Those that wait get it in the order in which they came, as far as they have
  // places in the queue and each goes on. Errors: locked, cancelled.
  static Result<FileLock> take_in_turn(std::shared_ptr<os::File> file, const os::LockWait& wait);
  // Nothing where another holds it.
  static Result<std::optional<FileLock>> try_take(std::shared_ptr<os::File> file,
                                                  std::uint64_t offset, std::uint64_t length = 1);
  FileLock(FileLock&& other) noexcept = default;
  FileLock& operator=(FileLock&& other) = delete;
  ~FileLock();

 private:
  FileLock(std::shared_ptr<os::File> file, std::uint64_t offset, std::uint64_t length)
      : file_(std::move(file)), offset_(offset), length_(length) {}
  std::shared_ptr<os::File> file_;
  std::uint64_t offset_;
  std::uint64_t length_;
};

}  // namespace stet::file
