// Multibase: the text encodings of CIDs (multiformats multibase specification).
#pragma once

#include <string>
#include <string_view>

#include "stet/base/bytes.hpp"
#include "stet/base/error.hpp"

namespace stet::multibase {

std::string encode_base32(BytesView bytes);     // lower case, no padding, without the prefix letter
std::string encode_base58btc(BytesView bytes);  // without the prefix letter

// Text with its prefix letter: b B z k K f F u U m M. Errors: invalid.
Result<Bytes> decode(std::string_view text);
// Base58btc without a prefix letter, as CIDv0 is written.
Result<Bytes> decode_base58btc(std::string_view text);

}  // namespace stet::multibase
