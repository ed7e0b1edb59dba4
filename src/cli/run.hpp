// The command as a function.
#pragma once

#include <string>
#include <vector>

#include "cli/exit.hpp"

namespace stet::cli {

// `words`: the arguments without the program's name. Prints results and errors.
Exit run(const std::vector<std::string>& words);

}  // namespace stet::cli
