// Base64 without padding (RFC 4648, section 4), as DAG-JSON has bytes.
#pragma once

#include <optional>
#include <string_view>

#include "stet/base/bytes.hpp"

namespace stet::codec {

constexpr std::size_t base64_characters(std::size_t bytes) { return (bytes * 4 + 2) / 3; }
// Writes base64_characters(bytes.size()) characters at `out`; gives the end.
char* encode_base64(BytesView bytes, char* out);
// Nothing for a letter outside of the alphabet, padding, or bits left over that are not zero.
std::optional<Bytes> decode_base64(std::string_view text);

}  // namespace stet::codec
