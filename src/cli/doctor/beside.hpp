// The file of a store, and what lies beside it that belongs to it.
#pragma once

#include <string>

#include "cli/doctor/findings.hpp"
#include "stet/os.hpp"

namespace stet::cli::doctor {

// Who may read it and write to it, how many names it has, who holds its locks. Waits a second at
// most.
void look_at_file(os::FileSystem& files, Clock& clock, const std::string& path, Findings& findings);

// What crashes, and those who were killed, have left.
void look_for_leftovers(os::FileSystem& files, const std::string& path, Findings& findings);

}  // namespace stet::cli::doctor
