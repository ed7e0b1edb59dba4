#include "system_calls.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>

namespace {

thread_local std::uint64_t flushes = 0;
std::atomic<std::uint64_t> bytes_written = 0;

long counted_write(int file, long written) {
  if (written > 0) {
    bytes_written += static_cast<std::uint64_t>(written);
    if ((syscall(SYS_fcntl, file, F_GETFL) & O_DSYNC) != 0) ++flushes;
  }
  return written;
}

}  // namespace

namespace stet::bench {

SystemCalls system_calls() { return {flushes, bytes_written}; }

}  // namespace stet::bench

extern "C" {

ssize_t write(int file, const void* data, size_t size) {
  return counted_write(file, syscall(SYS_write, file, data, size));
}

ssize_t pwrite(int file, const void* data, size_t size, off_t offset) {
  return counted_write(file, syscall(SYS_pwrite64, file, data, size, offset));
}

ssize_t pwrite64(int file, const void* data, size_t size, off64_t offset) {
  return counted_write(file, syscall(SYS_pwrite64, file, data, size, offset));
}

ssize_t writev(int file, const iovec* parts, int count) {
  return counted_write(file, syscall(SYS_writev, file, parts, count));
}

ssize_t pwritev(int file, const iovec* parts, int count, off_t offset) {
  return counted_write(file, syscall(SYS_pwritev, file, parts, count, offset, 0L));
}

ssize_t pwritev64(int file, const iovec* parts, int count, off64_t offset) {
  return counted_write(file, syscall(SYS_pwritev, file, parts, count, offset, 0L));
}

int fdatasync(int file) {
  ++flushes;
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

int fsync(int file) {
  ++flushes;
  return static_cast<int>(syscall(SYS_fsync, file));
}

int msync(void* address, size_t length, int flags) {
  if ((flags & MS_SYNC) != 0) ++flushes;
  return static_cast<int>(syscall(SYS_msync, address, length, flags));
}
}
