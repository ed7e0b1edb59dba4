// The inside of JSON strings: escapes, in and out (RFC 8259, section 7).
#pragma once

#include <string>
#include <string_view>

#include "stet/base.hpp"

namespace stet::codec {

struct JsonStringError {
  std::size_t at = 0;  // in the raw text
  const char* rule = nullptr;
};

// `raw` is what stands between the quotes: valid UTF-8 without bare quotes or control characters.
// Replaces `out`. False, and the error, for an unknown escape or half of a surrogate pair.
bool unescape_json(std::string_view raw, std::string& out, JsonStringError& error);

}  // namespace stet::codec
