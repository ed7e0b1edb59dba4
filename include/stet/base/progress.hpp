// Progress of long work: told to a callback, which may ask for an end.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace stet {

struct Progress {
  std::string_view what;    // "verify", "compact", "load" …
  std::uint64_t done = 0;   // in `unit`
  std::uint64_t total = 0;  // 0 while it isn't known
  std::string_view unit;    // "chunks", "bytes", "documents"
};

// Returns false to stop the work with ErrorCode::cancelled. Called on the working thread, seldom
// enough (every few milliseconds of work at most) that it may draw. An empty function means: go on.
using ProgressCallback = std::function<bool(const Progress&)>;

inline bool report(const ProgressCallback& callback, const Progress& progress) {
  return !callback || callback(progress);
}

}  // namespace stet
