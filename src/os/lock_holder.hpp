// Who holds a lock of an open file. fcntl(2) doesn't say it of these locks, but proc(5) shows the
// locks of each open file of the processes that we may look at.
#pragma once

#include <cstdint>
#include <string>

#include "stet/os.hpp"

namespace stet::os {

// "process 17 (stet)" or "another part of this process"; nothing where it isn't found. `except` is
// a descriptor of ours that asks, and doesn't count.
std::string find_lock_holder(const FileIdentity& file, int except, std::uint64_t offset,
                             std::uint64_t length);

}  // namespace stet::os
