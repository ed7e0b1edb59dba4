// --limit: what an input may cost.
#pragma once

#include "cli/verb.hpp"
#include "stet/codec/limits.hpp"

namespace stet::cli {

inline constexpr std::size_t kStoredDepthMax = 1000;  // docs/format.md, "Bounds"

// `depth_ceiling`: how deep what the verb makes of its input may be.
Option limit_option(std::size_t depth_ceiling = kDepthCeiling);
// The defaults, with what --limit says. Throws wrong use.
DecodeLimits limits_of(const Arguments& arguments, std::size_t depth_ceiling = kDepthCeiling);

}  // namespace stet::cli
