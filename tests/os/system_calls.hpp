// The C library's file calls as the tests of the os room see them: the next ones can be made to
// fail, to be interrupted or to move fewer bytes. Everything else goes to the kernel.
//
// Thread rule: one test at a time; the calls themselves come from any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace stet::test {

// While it lives, each call named `call` ("pread", "pwrite", "fdatasync", "fsync", "open",
// "ftruncate", "fcntl", "rename" …) first fails `times` times with `number`, if that is not 0, and
// moves at most `bytes_max` bytes.
class SystemCallFault {
 public:
  SystemCallFault(std::string_view call, int number, int times = 1,
                  std::size_t bytes_max = static_cast<std::size_t>(-1));
  ~SystemCallFault();
  SystemCallFault(const SystemCallFault&) = delete;
  SystemCallFault& operator=(const SystemCallFault&) = delete;

  int calls() const noexcept;  // of that name since, failed ones included
};

}  // namespace stet::test
