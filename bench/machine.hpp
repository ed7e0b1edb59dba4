// What the figures were measured on.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scratch.hpp"

namespace stet::bench {

// Name and value: processor, cores, kernel, file system, regime of the disk, versions of the peers.
std::vector<std::pair<std::string, std::string>> describe_machine(Scratch& scratch);

}  // namespace stet::bench
