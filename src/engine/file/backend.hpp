// The Backend over a Core.
#pragma once

#include "engine/file/core.hpp"

namespace stet::file {

// `flushes`: of opening the log.
std::shared_ptr<Backend> make_backend(FileEngineOptions options, const std::string& path,
                                      std::shared_ptr<Log> log, std::uint64_t flushes);

}  // namespace stet::file
