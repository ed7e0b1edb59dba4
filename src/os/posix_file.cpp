#include "os/posix_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "os/errors.hpp"
#include "os/lock_holder.hpp"
#include "os/retry.hpp"

namespace stet::os {

namespace {

FileType type_of(mode_t mode) noexcept {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return FileType::regular;
    case S_IFDIR:
      return FileType::directory;
    case S_IFLNK:
      return FileType::symlink;
    case S_IFIFO:
      return FileType::fifo;
    default:
      return FileType::other;
  }
}

struct flock lock_range(short type, std::uint64_t offset, std::uint64_t length) noexcept {
  struct flock range = {};  // l_pid must be 0 for locks of the open file description
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(offset);
  range.l_len = static_cast<off_t>(length);
  return range;
}

short lock_type(LockKind kind) noexcept { return kind == LockKind::shared ? F_RDLCK : F_WRLCK; }

}  // namespace

std::optional<FileStatus> read_status(int folder, const char* path, int flags) noexcept {
  constexpr unsigned kWanted =
      STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_UID | STATX_GID | STATX_INO | STATX_SIZE;
  struct statx raw = {};
  if (::statx(folder, path, flags, kWanted, &raw) != 0) return std::nullopt;
  FileStatus status;
  status.identity = {::makedev(raw.stx_dev_major, raw.stx_dev_minor), raw.stx_ino};
  status.type = type_of(raw.stx_mode);
  status.size_bytes = raw.stx_size;
  status.mode = raw.stx_mode & 07777;
  status.user = raw.stx_uid;
  status.group = raw.stx_gid;
  status.links = raw.stx_nlink;
  return status;
}

PosixFile::~PosixFile() {
  // What had to be durable was synced; Linux frees the descriptor even where close() fails.
  ::close(descriptor_);
}

Result<std::size_t> PosixFile::read_some(std::uint64_t offset, MutableBytes out) {
  const ssize_t count = retry_interrupted(
      [&] { return ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset)); });
  if (count < 0) return error_at(errno, "read", offset);
  return static_cast<std::size_t>(count);
}

Result<std::size_t> PosixFile::write_some(std::uint64_t offset, BytesView bytes) {
  const ssize_t count = retry_interrupted([&] {
    return ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  });
  if (count < 0) return error_at(errno, "write", offset);
  return static_cast<std::size_t>(count);
}

Result<void> PosixFile::sync_data() {
  if (::fdatasync(descriptor_) != 0) return error(errno, "sync");
  return {};
}

Result<void> PosixFile::start_sync(std::uint64_t offset, std::uint64_t length) {
  const int failed = ::sync_file_range(descriptor_, static_cast<off_t>(offset),
                                       static_cast<off_t>(length), SYNC_FILE_RANGE_WRITE);
  // What the file system can't do it need not.
  if (failed == 0 || errno == ENOSYS || errno == EINVAL || errno == ESPIPE) return {};
  return error_at(errno, "write", offset);
}

Result<void> PosixFile::sync_all() {
  if (::fsync(descriptor_) != 0) return error(errno, "sync");
  return {};
}

Result<void> PosixFile::truncate(std::uint64_t size_bytes) {
  const int failed =
      retry_interrupted([&] { return ::ftruncate(descriptor_, static_cast<off_t>(size_bytes)); });
  if (failed != 0) return error(errno, "set the size of");
  return {};
}

Result<FileStatus> PosixFile::status() {
  const auto status = read_status(descriptor_, "", AT_EMPTY_PATH);
  if (!status) return error(errno, "examine");
  return *status;
}

Result<void> PosixFile::set_mode(std::uint32_t mode) {
  if (::fchmod(descriptor_, mode) != 0) return error(errno, "set the permissions of");
  return {};
}

Result<void> PosixFile::set_owner(std::uint32_t user, std::uint32_t group) {
  if (::fchown(descriptor_, user, group) != 0) return error(errno, "set the owner of");
  return {};
}

Result<bool> PosixFile::try_lock(LockKind kind, std::uint64_t offset, std::uint64_t length) {
  struct flock range = lock_range(lock_type(kind), offset, length);
  const int failed = retry_interrupted([&] { return ::fcntl(descriptor_, F_OFD_SETLK, &range); });
  if (failed == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  return error(errno, "lock");
}

Result<void> PosixFile::unlock(std::uint64_t offset, std::uint64_t length) {
  struct flock range = lock_range(F_UNLCK, offset, length);
  const int failed = retry_interrupted([&] { return ::fcntl(descriptor_, F_OFD_SETLK, &range); });
  if (failed != 0) return error(errno, "unlock");
  return {};
}

std::string PosixFile::lock_holder(std::uint64_t offset, std::uint64_t length) {
  const auto now = status();
  return now.ok() ? find_lock_holder(now->identity, descriptor_, offset, length) : "";
}

Error PosixFile::error(int number, const char* what) const {
  return system_error(number, what, path_);
}

Error PosixFile::error_at(int number, const char* what, std::uint64_t offset) const {
  return error(number, what).at_offset(offset);
}

}  // namespace stet::os
