// The inside of JSON strings: escapes, in and out (RFC 8259, section 7).
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "stet/base.hpp"

namespace stet::codec {

// Whether there is a backslash in `raw`. `readable_end` is where the buffer ends that it lies in:
// bytes up to there may be read.
inline bool has_escape(std::string_view raw, const char* readable_end) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  const auto word_has_escape = [](std::uint64_t word) {
    const std::uint64_t zero_where_escape = word ^ (kOnes * '\\');
    return ((zero_where_escape - kOnes) & ~zero_where_escape & (kOnes << 7)) != 0;
  };
  const char* at = raw.data();
  const char* const end = at + raw.size();
  if (readable_end - at < 8) return std::memchr(at, '\\', raw.size()) != nullptr;
  std::uint64_t word;
  for (; end - at >= 8; at += 8) {
    std::memcpy(&word, at, sizeof word);
    if (word_has_escape(word)) return true;
  }
  if (at == end) return false;
  if (readable_end - at < 8) return std::memchr(at, '\\', end - at) != nullptr;
  std::memcpy(&word, at, sizeof word);
  const std::uint64_t behind = ~std::uint64_t{0} << (8 * (end - at));  // little-endian
  return word_has_escape(word & ~behind);
}

struct JsonStringError {
  std::size_t at = 0;  // in the raw text
  const char* rule = nullptr;
};

// `raw` is what stands between the quotes: valid UTF-8 without bare quotes or control characters.
// Replaces `out`. False, and the error, for an unknown escape or half of a surrogate pair.
bool unescape_json(std::string_view raw, std::string& out, JsonStringError& error);

}  // namespace stet::codec
