// A writer of a scratch store: a process that is there to be killed. Reports each deed on its
// standard output before it begins, and again once it is done and so promised.
#pragma once

#include <cstdint>

#include "stet/store.hpp"

namespace stet::cli::torture {

struct WriterPlan {
  std::uint64_t seed = 0;
  std::uint64_t round = 0;
  std::uint32_t process = 0;  // below kProcesses
};

// kThreads writers at once, until the process is killed, or one of them fails: its error.
Error write_until_killed(Store& store, const WriterPlan& plan);

}  // namespace stet::cli::torture
