#include "system_calls.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <string>

namespace stet::test {

namespace {

struct Plan {
  std::string call;
  int number = 0;
  std::size_t bytes_max = static_cast<std::size_t>(-1);
  std::atomic<int> times{0};
  std::atomic<int> calls{0};
};
Plan plan;  // the interposed functions below have no other way to reach it

bool fails(std::string_view call) {
  if (plan.call != call) return false;
  plan.calls.fetch_add(1);
  if (plan.number == 0 || plan.times.fetch_sub(1) <= 0) return false;
  errno = plan.number;
  return true;
}

std::size_t allowed(std::string_view call, std::size_t bytes) {
  return plan.call == call ? std::min(bytes, plan.bytes_max) : bytes;
}

}  // namespace

SystemCallFault::SystemCallFault(std::string_view call, int number, int times,
                                 std::size_t bytes_max) {
  plan.call = call;
  plan.number = number;
  plan.bytes_max = bytes_max;
  plan.times = times;
  plan.calls = 0;
}
SystemCallFault::~SystemCallFault() { plan.call.clear(); }
int SystemCallFault::calls() const noexcept { return plan.calls; }

}  // namespace stet::test

// The linker takes these before the C library's, for every caller in this program.
extern "C" {

ssize_t pread(int descriptor, void* out, size_t bytes, off_t offset) {
  if (stet::test::fails("pread")) return -1;
  return syscall(SYS_pread64, descriptor, out, stet::test::allowed("pread", bytes), offset);
}

ssize_t pwrite(int descriptor, const void* data, size_t bytes, off_t offset) {
  if (stet::test::fails("pwrite")) return -1;
  return syscall(SYS_pwrite64, descriptor, data, stet::test::allowed("pwrite", bytes), offset);
}

int fdatasync(int descriptor) {
  if (stet::test::fails("fdatasync")) return -1;
  return static_cast<int>(syscall(SYS_fdatasync, descriptor));
}

int fsync(int descriptor) {
  if (stet::test::fails("fsync")) return -1;
  return static_cast<int>(syscall(SYS_fsync, descriptor));
}

int ftruncate(int descriptor, off_t bytes) noexcept {
  if (stet::test::fails("ftruncate")) return -1;
  return static_cast<int>(syscall(SYS_ftruncate, descriptor, bytes));
}

int rename(const char* from, const char* to) noexcept {
  if (stet::test::fails("rename")) return -1;
  return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (stet::test::fails("open")) return -1;
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

int fcntl(int descriptor, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  if (stet::test::fails("fcntl")) return -1;
  return static_cast<int>(syscall(SYS_fcntl, descriptor, command, argument));
}

}  // extern "C"
