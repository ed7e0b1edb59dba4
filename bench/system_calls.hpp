// Counts of the calls that write to files and flush them, whoever makes them: this program defines
// write, pwrite, fdatasync and their like itself, so that every library in the process calls ours.
// What a side says of itself isn't needed.
//
// Thread rule: flushes are kept by thread, since it is the caller who waits for them; bytes are
// those of the whole process, whichever thread writes them.
#pragma once

#include <cstdint>

namespace stet::bench {

struct SystemCalls {
  std::uint64_t flushes = 0;  // fsync, fdatasync, msync, and writes to a file opened with O_DSYNC
  std::uint64_t bytes_written = 0;
};

SystemCalls system_calls();

}  // namespace stet::bench
