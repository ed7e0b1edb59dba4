// Bytes as hexadecimal, for tests.
#pragma once

#include <string>
#include <string_view>

#include "stet/base/bytes.hpp"

namespace stet::test {

// "a1 61 61 01" as bytes; spaces are allowed.
Bytes from_hex(std::string_view hex);
std::string to_hex(BytesView bytes);

}  // namespace stet::test
