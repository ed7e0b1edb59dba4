// The memory engine: a Backend that ends with the process, and a registry for those that several
// handles share by name.
//
// Thread rule: any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "stet/seam.hpp"

namespace stet {

std::shared_ptr<Backend> memory_backend();

// Backends by the NAME of mem:NAME. Held by the caller; a backend lives as long as the registry or
// a handle does. The empty name is a new backend each time.
class MemoryRegistry {
 public:
  std::shared_ptr<Backend> open(std::string_view name);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Backend>, std::less<>> backends_;  // guarded by mutex_
};

}  // namespace stet
