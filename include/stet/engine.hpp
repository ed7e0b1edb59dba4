// The engine room's door: backends that keep bytes, by hand or by URL.
#pragma once

#include <memory>
#include <string_view>

#include "stet/engine/file.hpp"    // IWYU pragma: export
#include "stet/engine/memory.hpp"  // IWYU pragma: export

namespace stet {

struct EngineOptions {
  FileEngineOptions file;
  MemoryRegistry* memory = nullptr;  // borrowed for the call; without one, mem:NAME is refused
};

// mem:, mem:NAME, file:PATH. Errors: invalid for an unknown scheme (the message lists the known
// ones), and as the engine's own way to open.
Result<std::shared_ptr<Backend>> open_engine(std::string_view url, const EngineOptions& options);

}  // namespace stet
