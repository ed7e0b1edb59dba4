// A disk that lies, preloaded into the command: what stands between it and the system does wrong
// what STET_FAULT says, so that tests can see it found out.
//
//   drop-writes     now and then a write is said to be done, and isn't
//   flip-writes     now and then a write has a bit that nobody wrote
//   grant-locks     every lock of a store is granted, whoever holds it
//   flip-reads      now and then a read has a bit that isn't on the disk
//   full            writes find the disk full after the first few megabytes
//   statfs=MAGIC    a file system of that kind, in hexadecimal
//   available=N     so many bytes are free
//   mounts=PATH     what /proc/self/mountinfo says
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr unsigned kSeldom = 40;
constexpr off_t kFullBytes = 8'000'000;

const char* fault_value(const char* name) {
  const char* fault = std::getenv("STET_FAULT");
  const std::size_t length = std::strlen(name);
  return fault && std::strncmp(fault, name, length) == 0 ? fault + length : nullptr;
}

bool is_fault(const char* name) {
  const char* rest = fault_value(name);
  return rest && *rest == '\0';
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// Not for what is smaller than a commit: those are slots, which may be lost.
bool is_chosen(std::size_t count) {
  static std::atomic<unsigned> calls = static_cast<unsigned>(getpid());
  return count > 120 && ++calls % kSeldom == 0;
}

ssize_t write_wrongly(int file, const void* bytes, std::size_t count, off_t offset) {
  using Write = ssize_t(int, const void*, std::size_t, off_t);
  static auto* const write = next<Write>("pwrite");
  if (is_fault("drop-writes") && is_chosen(count)) return static_cast<ssize_t>(count);
  if (is_fault("full") && offset > kFullBytes) {
    errno = ENOSPC;
    return -1;
  }
  if (is_fault("flip-writes") && is_chosen(count)) {
    std::vector<char> other(static_cast<const char*>(bytes),
                            static_cast<const char*>(bytes) + count);
    other[count / 2] ^= 4;
    return write(file, other.data(), count, offset);
  }
  return write(file, bytes, count, offset);
}

ssize_t read_wrongly(int file, void* bytes, std::size_t count, off_t offset) {
  using Read = ssize_t(int, void*, std::size_t, off_t);
  static auto* const read = next<Read>("pread");
  const ssize_t got = read(file, bytes, count, offset);
  if (is_fault("flip-reads") && got > 120 && is_chosen(count))
    static_cast<char*>(bytes)[got / 2] ^= 4;
  return got;
}

}  // namespace

extern "C" {

ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset) {
  return write_wrongly(file, bytes, count, offset);
}
ssize_t pwrite64(int file, const void* bytes, size_t count, off_t offset) {
  return write_wrongly(file, bytes, count, offset);
}
ssize_t pread(int file, void* bytes, size_t count, off_t offset) {
  return read_wrongly(file, bytes, count, offset);
}
ssize_t pread64(int file, void* bytes, size_t count, off_t offset) {
  return read_wrongly(file, bytes, count, offset);
}

int fcntl(int file, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  if (command == F_OFD_SETLK && is_fault("grant-locks")) {
    constexpr off_t kStoreLocks = off_t{1} << 62;  // docs/format.md
    if (static_cast<const struct flock*>(argument)->l_start >= kStoreLocks) return 0;
  }
  return next<int(int, int, ...)>("fcntl")(file, command, argument);
}
int fcntl64(int file, int command, ...) __attribute__((alias("fcntl")));

int statfs(const char* path, struct statfs* facts) noexcept {
  const int result = next<int(const char*, struct statfs*)>("statfs")(path, facts);
  if (const char* magic = fault_value("statfs=")) {
    facts->f_type = static_cast<decltype(facts->f_type)>(std::strtoul(magic, nullptr, 16));
  }
  return result;
}

int statvfs(const char* path, struct statvfs* facts) noexcept {
  const int result = next<int(const char*, struct statvfs*)>("statvfs")(path, facts);
  if (const char* bytes = fault_value("available=")) {
    facts->f_bavail = std::strtoul(bytes, nullptr, 10) / facts->f_frsize;
  }
  return result;
}

FILE* fopen(const char* path, const char* mode) {
  const char* mounts = fault_value("mounts=");
  const bool is_mounts = std::strcmp(path, "/proc/self/mountinfo") == 0;
  return next<FILE*(const char*, const char*)>("fopen")(mounts && is_mounts ? mounts : path, mode);
}
}
