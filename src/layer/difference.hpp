// What makes one chunk from another: hunks of {LEB128 bytes of the base to keep, LEB128 to leave
// out, LEB128 to add, those}; what is left of the base after the last hunk is kept.
//
// For what an edit does to a node: a few runs that differ. It costs about as much as comparing.
#pragma once

#include <optional>

#include "stet/base.hpp"

namespace stet::layer {

void append_difference(Bytes& to, BytesView base, BytesView chunk);
// Nothing where the hunks don't fit the base or don't give `length` bytes.
std::optional<Bytes> apply_difference(BytesView base, BytesView difference, std::size_t length);

}  // namespace stet::layer
