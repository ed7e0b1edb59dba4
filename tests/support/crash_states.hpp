// Every state in which a loss of power may leave a simulated disk.
//
// Since its last barrier, what was done to a file or folder is pending: sectors of 512 bytes,
// sizes, attributes and names, each in the order of the work. At a place in the log any subset of
// what is pending may be durable, and under a size that grew before its data there are zeros or
// garbage. A sector is written as a whole, so a subset takes, for each sector, one of the contents
// that it had. All subsets are made up to `pending_all_max` items, else prefixes, all but one, only
// one, and seeded samples. States that are equal to one made before at the same place are left out.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "support/disk_image.hpp"

namespace stet::test {

struct CrashOptions {
  std::size_t pending_all_max = 6;
  std::size_t samples = 12;  // seeded subsets at a place with more pending
  std::size_t states_per_place_max = 64;
  std::uint64_t seed = 1;
  std::uint64_t first_place = 0;  // in the log; places before it are only replayed
  std::uint64_t place_step = 1;   // of the places from there on, how many there are for one crash
};

struct CrashState {
  std::uint64_t place = 0;  // how many operations of the log were done
  std::string description;  // where, and which of the pending items are durable
  DiskImage image;
  std::uint64_t fingerprint = 0;  // of the image
};

// Calls `each` for every state until it returns false. Returns how many states there were.
std::uint64_t for_each_crash_state(const DiskImage& start, std::span<const Operation> log,
                                   const CrashOptions& options,
                                   const std::function<bool(const CrashState&)>& each);

// The one state in which nothing that is pending got through, at the end of the log.
DiskImage durable_only(const DiskImage& start, std::span<const Operation> log);

}  // namespace stet::test
