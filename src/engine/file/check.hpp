// Checks every byte of a log's framing against the hashes of its commits.
#pragma once

#include "engine/file/log.hpp"

namespace stet::file {

// Damage by offset, in order. Errors: cancelled, io.
Result<std::vector<Damage>> check_log(const Log& log, const ProgressCallback& progress);

}  // namespace stet::file
