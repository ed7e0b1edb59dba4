#include "codec/utf8.hpp"

#include <simdjson.h>

#include "stet/value/utf8.hpp"

namespace stet::codec {

bool is_utf8_slow(std::string_view text) noexcept {
  constexpr std::size_t kShort = 64;  // below this the call through the dispatch table costs more
  if (text.size() < kShort) return valid_utf8_prefix(text) == text.size();
  return simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace stet::codec
