// Limits of decoding: what an input may cost. Passing one is ErrorCode::too_large that names it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace stet {

// Deeper inputs than this are refused whatever depth_max says: the stack of a thread is finite.
inline constexpr std::size_t kDepthCeiling = 5'000;

struct DecodeLimits {
  std::size_t depth_max = 1000;  // nested containers, at most kDepthCeiling
  std::uint64_t input_bytes_max = 4ull << 30;
  std::uint64_t members_max = 500'000'000;  // items and members in all
};

}  // namespace stet
