// What must hold for chunks of any content: a function from bytes to what is wrong, or "".
#pragma once

#include <string>

#include "stet/base/bytes.hpp"

namespace stet::fuzz {

// The input is {u8 flags, chunks: u16 length, bytes}, children before parents; the last chunk is
// the root, a node where bit 0 of the flags is set, else plain. In each chunk the ids in links are
// mended: their first two bytes are taken as the number of a chunk before it, so that what lies
// behind the check of the ids is reached.
//
// A chunk that is a node, encodes to the same bytes again, so to the same id; and whoever parses it
// agrees on what is below. What loads is written to the same root each time, comes back equal, and
// is what a View, its size and a diff say. No document is loaded that takes more memory than it
// says it does.
std::string tree_property(BytesView input);

}  // namespace stet::fuzz
