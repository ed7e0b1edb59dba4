// The Backend over a Core.
#pragma once

#include "engine/file/core.hpp"

namespace stet::file {

std::shared_ptr<Backend> make_backend(FileEngineOptions options, const std::string& path,
                                      std::shared_ptr<Log> log);

}  // namespace stet::file
