// Whether bytes are text: valid UTF-8 (RFC 3629), without surrogates and overlong forms.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace stet {

// The offset of the first bad sequence, or text.size() where all is well.
std::size_t valid_utf8_prefix(std::string_view text) noexcept;

inline bool is_utf8(std::string_view text) noexcept {
  // Most texts are short and ASCII.
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & 0x8080808080808080u) != 0) break;
  }
  std::uint8_t high = 0;
  for (std::size_t rest = i; rest < text.size(); ++rest) {
    high = static_cast<std::uint8_t>(high | static_cast<std::uint8_t>(text[rest]));
    if (rest - i >= 8) break;
  }
  if (high < 0x80 && text.size() - i <= 8) return true;
  return valid_utf8_prefix(text) == text.size();
}

}  // namespace stet
