// What must hold for a store's file of any content: a function from bytes to what is wrong, or "".
#pragma once

#include <string>

#include "stet/base/bytes.hpp"

namespace stet::fuzz {

// The input is {u8 flags, two slots of 112 bytes, the log}; the header is put around them. Bit 0:
// the checksums of slots, blocks, manifest and commits are mended, so that the parser behind them
// is reached. Whatever opens can be read without harm; where a save is acknowledged, it is there
// when the file is opened again.
std::string file_property(BytesView input);

}  // namespace stet::fuzz
