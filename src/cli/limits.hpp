// --limit: what an input may cost.
#pragma once

#include "cli/verb.hpp"
#include "stet/codec/limits.hpp"

namespace stet::cli {

Option limit_option();
// The defaults, with what --limit says. Throws wrong use.
DecodeLimits limits_of(const Arguments& arguments);

}  // namespace stet::cli
