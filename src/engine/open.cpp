#include <fmt/format.h>

#include "stet/engine.hpp"

namespace stet {

Result<std::shared_ptr<Backend>> open_engine(std::string_view url, const EngineOptions& options) {
  const std::size_t colon = url.find(':');
  const std::string_view scheme = url.substr(0, colon);
  const std::string_view rest = colon == url.npos ? "" : url.substr(colon + 1);
  if (colon == url.npos || (scheme != "mem" && scheme != "file")) {
    return Error(
        ErrorCode::invalid,
        fmt::format("'{}' is not the URL of a store: use file:PATH, mem: or mem:NAME", url));
  }
  if (scheme == "file") {
    if (rest.empty()) return Error(ErrorCode::invalid, "file: lacks a path: use file:PATH");
    return open_file(std::string(rest), options.file);
  }
  if (rest.empty()) return memory_backend();
  if (options.memory == nullptr) {
    return Error(ErrorCode::invalid,
                 fmt::format("'{}' needs a registry of memory stores to be found in", url));
  }
  return options.memory->open(rest);
}

}  // namespace stet
