// UTF-8 validation (RFC 3629) for decoders: quick for the short ASCII texts that documents are full
// of, and by simdjson for long ones.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace stet::codec {

bool is_utf8_slow(std::string_view text) noexcept;

inline bool is_ascii(std::string_view text) noexcept {
  constexpr std::uint64_t kHighBits = 0x8080808080808080u;
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t seen = 0;
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    seen |= word;
  }
  if (left >= 4) {
    std::uint32_t first, last;
    std::memcpy(&first, at, 4);
    std::memcpy(&last, at + left - 4, 4);
    seen |= first | last;
  } else {
    for (; left > 0; ++at, --left) seen |= static_cast<unsigned char>(*at);
  }
  return (seen & kHighBits) == 0;
}

inline bool is_valid_text(std::string_view text) noexcept {
  constexpr std::size_t kShort = 64;  // above this the wide instructions of simdjson win
  return (text.size() < kShort && is_ascii(text)) || is_utf8_slow(text);
}

}  // namespace stet::codec
