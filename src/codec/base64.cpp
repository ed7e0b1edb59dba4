#include "codec/base64.hpp"

#include <array>

namespace stet::codec {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> make_digits() {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return digits;
}
constexpr std::array<std::uint8_t, 256> kDigits = make_digits();

}  // namespace

char* encode_base64(BytesView bytes, char* out) {
  while (!bytes.empty()) {
    const std::size_t take = bytes.size() < 3 ? bytes.size() : 3;
    unsigned group = 0;
    for (std::size_t i = 0; i < 3; ++i) group = group << 8 | (i < take ? bytes[i] : 0u);
    for (std::size_t i = 0; i <= take; ++i) *out++ = kAlphabet[group >> (18 - 6 * i) & 63];
    bytes = bytes.subspan(take);
  }
  return out;
}

std::optional<Bytes> decode_base64(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  unsigned buffer = 0;
  unsigned have_bits = 0;
  for (const char letter : text) {
    const std::uint8_t digit = kDigits[static_cast<unsigned char>(letter)];
    if (digit == kNoDigit) return std::nullopt;
    buffer = buffer << 6 | digit;
    have_bits += 6;
    if (have_bits < 8) continue;
    have_bits -= 8;
    bytes.push_back(static_cast<std::uint8_t>(buffer >> have_bits));
    buffer &= (1u << have_bits) - 1;
  }
  if (buffer != 0) return std::nullopt;
  return bytes;
}

}  // namespace stet::codec
