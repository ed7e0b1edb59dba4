// The os room's door: the only place that makes system calls on files. Everything above takes a
// FileSystem, so that a simulated disk can stand in.
//
// Thread rule: a FileSystem may be used from any thread; a File from any thread, but two writes to
// overlapping ranges at once are the caller's bug.
// Errors say what failed, where, in the system's own words and what to do; the path is in the
// context. Codes: locked (by `lock`), not_found, conflict (create_new: the name is taken), denied,
// no_space, too_large, invalid (a path or a kind of file that can't be used so), unavailable (out
// of descriptors, memory or locks: a retry may succeed), io.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stet/base.hpp"

namespace stet::os {

// What tells whether an open file is still the one that a path names.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

enum class FileType : std::uint8_t { regular, directory, symlink, fifo, other };

struct FileStatus {
  FileIdentity identity;
  FileType type = FileType::regular;
  std::uint64_t size_bytes = 0;
  std::uint32_t mode = 0;  // permission bits
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  std::uint64_t links = 1;
};

enum class LockKind : std::uint8_t { shared, exclusive };

// Long enough for others to finish what they do under a lock, short enough to say what is wrong.
inline constexpr std::int64_t kLockWaitMs = 60'000;

// How long to wait for a lock that another holds.
struct LockWait {
  std::int64_t limit_ms = kLockWaitMs;
  // Told how long it has been, in ms; false gives up. Must not use what waits.
  ProgressCallback waiting{};
  // Whether the error says who holds it, which takes some milliseconds to find out.
  bool names_holder = true;
};

// Tries again and again, ever more seldom, up to every 2 ms. False: not within the limit. Errors:
// cancelled by the callback, and as `attempt`.
Result<bool> wait_for(const LockWait& wait, const std::function<Result<bool>()>& attempt);

class File {
 public:
  virtual ~File() = default;

  virtual const std::string& path() const noexcept = 0;  // as it was opened; for messages

  // One system call each; may move fewer bytes than asked (0 only at the end of the file, for
  // reads). EINTR is retried here.
  virtual Result<std::size_t> read_some(std::uint64_t offset, MutableBytes out) = 0;
  virtual Result<std::size_t> write_some(std::uint64_t offset, BytesView bytes) = 0;

  // fdatasync: data and the size that is needed to read it back. After an error nothing is known
  // about what reached the device, and a second call proves nothing: it is never repeated here.
  virtual Result<void> sync_data() = 0;
  virtual Result<void> sync_all() = 0;  // fsync
  // A hint that a sync follows: the device may begin with these bytes. Promises nothing.
  virtual Result<void> start_sync(std::uint64_t offset, std::uint64_t length);

  virtual Result<void> truncate(std::uint64_t size_bytes) = 0;
  virtual Result<FileStatus> status() = 0;
  virtual Result<void> set_mode(std::uint32_t mode) = 0;
  virtual Result<void> set_owner(std::uint32_t user, std::uint32_t group) = 0;

  // Open-file-description locks on the bytes [offset, offset + length): two Files of one process
  // exclude each other too. They end with the File. `length` 0: to the end of the file, however far
  // it grows. False: another holds it.
  virtual Result<bool> try_lock(LockKind kind, std::uint64_t offset, std::uint64_t length) = 0;
  virtual Result<void> unlock(std::uint64_t offset, std::uint64_t length) = 0;
  // Who holds a lock there, for messages: "process 17 (stet)"; nothing where that can't be found.
  virtual std::string lock_holder(std::uint64_t offset, std::uint64_t length) = 0;
  // try_lock until it is taken. Errors: locked, saying by whom if known; cancelled by the callback.
  Result<void> lock(LockKind kind, std::uint64_t offset, std::uint64_t length,
                    const LockWait& wait = {});
  // The same by `attempt`, which takes that lock in a way of its own.
  Result<void> wait_for_lock(std::uint64_t offset, std::uint64_t length, const LockWait& wait,
                             const std::function<Result<bool>()>& attempt);

  // Loops over *_some. `read_exactly`: corrupt with the offset when the file ends before `out` is
  // full. `read_up_to` returns the count, which is short only at the end of the file.
  Result<void> write_all(std::uint64_t offset, BytesView bytes);
  Result<void> read_exactly(std::uint64_t offset, MutableBytes out);
  Result<std::size_t> read_up_to(std::uint64_t offset, MutableBytes out);
};

enum class OpenMode : std::uint8_t {
  read,            // must exist
  read_write,      // must exist
  create_new,      // must not exist (O_EXCL | O_NOFOLLOW), read and write
  create_or_open,  // read and write
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Always close-on-exec; never blocks on a FIFO. `mode` counts when a file is made.
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode how,
                                             std::uint32_t mode = 0600) = 0;
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;  // replaces
  // Replaces nothing. Errors: conflict where `to` is there, invalid where the file system can't.
  virtual Result<void> rename_new(const std::string& from, const std::string& to) = 0;
  virtual Result<void> link(const std::string& from, const std::string& to) = 0;  // hard link
  virtual Result<void> remove(const std::string& path) = 0;
  virtual Result<void> make_directory(const std::string& path, std::uint32_t mode = 0700) = 0;
  virtual Result<void> sync_directory(const std::string& path) = 0;
  // Nothing where the path names nothing. `status` follows symbolic links, `link_status` does not.
  virtual Result<std::optional<FileStatus>> status(const std::string& path) = 0;
  virtual Result<std::optional<FileStatus>> link_status(const std::string& path) = 0;
  virtual Result<std::string> real_path(const std::string& path) = 0;
  // Names only, ascending, without "." and "..".
  virtual Result<std::vector<std::string>> list_directory(const std::string& path) = 0;
  // Kind of file system at path: "ext4", "tmpfs", "nfs" …, "unknown".
  virtual Result<std::string> file_system_kind(const std::string& path) = 0;
};

std::shared_ptr<FileSystem> posix_file_system();

// The folder part of a path: "." for a bare name, "/" for a path directly under it.
std::string parent_directory(const std::string& path);
// What follows the last slash.
std::string file_name(const std::string& path);

}  // namespace stet::os
