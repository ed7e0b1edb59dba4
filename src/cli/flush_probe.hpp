// How long this disk takes to make a few bytes durable: what every save has to pay at least.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stet/os.hpp"

namespace stet::cli {

inline constexpr std::string_view kScratchBegin = ".stet-scratch-";  // of each such name

// A path beside `beside` for a scratch file, that nothing has yet.
std::string scratch_path(const std::string& beside, Random& random, std::string_view ending);

// `count` times 512 bytes written over what was written before, and synced; nanoseconds each,
// ascending. The scratch file is removed. Errors: as the file system's.
Result<std::vector<std::int64_t>> measure_flushes(os::FileSystem& files, Clock& clock,
                                                  const std::string& scratch, std::size_t count);

}  // namespace stet::cli
