// Equality as JSON has it.
#pragma once

#include "stet/value/ranges.hpp"

namespace stet::detail {

// As ==, but numbers are equal where their values are: 1 and 1.0, 0.0 and −0.0 (RFC 6902, 4.6).
bool equal_as_json(ValueRef a, ValueRef b);

}  // namespace stet::detail
