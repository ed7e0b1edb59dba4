// UTF-8 validation (RFC 3629) for decoders: quick for the short ASCII texts that documents are full
// of, and by simdjson for long ones.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace stet::codec {

bool is_utf8_slow(std::string_view text) noexcept;

inline constexpr std::uint64_t kHighBits = 0x8080808080808080u;

inline std::uint64_t load_word(const char* at) noexcept {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// `readable_end` is where the buffer ends that the text lies in: bytes up to there may be read.
inline bool is_ascii_before(std::string_view text, const char* readable_end) noexcept {
  const char* const at = text.data();
  const std::size_t size = text.size();
  if (readable_end - at < 8) [[unlikely]] {
    unsigned char seen = 0;
    for (const char c : text)
      seen = static_cast<unsigned char>(seen | static_cast<unsigned char>(c));
    return seen < 0x80;
  }
  if (size < 8) {
    const std::uint64_t mask = (std::uint64_t{1} << (8 * size)) - 1;  // little-endian
    return (load_word(at) & mask & kHighBits) == 0;
  }
  std::uint64_t seen = load_word(at + size - 8);
  for (std::size_t i = 0; i + 8 < size; i += 8) seen |= load_word(at + i);
  return (seen & kHighBits) == 0;
}

}  // namespace stet::codec
