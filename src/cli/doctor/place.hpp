// The place of a store: its file system, how that is mounted, how much is free, how long a flush
// takes. Leaves nothing behind.
#pragma once

#include <cstdint>
#include <string>

#include "cli/doctor/findings.hpp"
#include "stet/os.hpp"

namespace stet::cli::doctor {

// `path`: of the store, which need not be there; `stored_bytes`: what it takes up, 0 where it
// isn't.
void look_at_place(os::FileSystem& files, Clock& clock, const std::string& path,
                   std::uint64_t stored_bytes, Findings& findings);

}  // namespace stet::cli::doctor
