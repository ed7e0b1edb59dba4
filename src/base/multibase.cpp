#include "base/multibase.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace stet::multibase {

namespace {

constexpr std::string_view kBase16 = "0123456789abcdef";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view kBase36 = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// A CID is well under this; base conversion is quadratic, so longer text is refused.
constexpr std::size_t kTextCharactersMax = 4096;

Error bad_text(std::string_view text) {
  return {ErrorCode::invalid,
          fmt::format("'{}' is not a CID in a known multibase", text.substr(0, 80))};
}

std::string encode_bits(BytesView bytes, std::string_view alphabet, unsigned bits) {
  std::string text;
  unsigned buffer = 0;
  unsigned have = 0;
  for (const std::uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    have += 8;
    while (have >= bits) {
      have -= bits;
      text += alphabet[(buffer >> have) & ((1u << bits) - 1)];
    }
    buffer &= (1u << have) - 1;
  }
  if (have > 0) text += alphabet[(buffer << (bits - have)) & ((1u << bits) - 1)];
  return text;
}

// Bits left over must be zero, so that one CID has one text in each base.
std::optional<Bytes> decode_bits(std::string_view text, std::string_view alphabet, unsigned bits) {
  Bytes bytes;
  unsigned buffer = 0;
  unsigned have = 0;
  for (const char letter : text) {
    const std::size_t digit = alphabet.find(letter);
    if (digit == std::string_view::npos) return std::nullopt;
    buffer = (buffer << bits) | static_cast<unsigned>(digit);
    have += bits;
    if (have >= 8) {
      have -= 8;
      bytes.push_back(static_cast<std::uint8_t>(buffer >> have));
      buffer &= (1u << have) - 1;
    }
  }
  if (have >= bits || buffer != 0) return std::nullopt;
  return bytes;
}

std::string encode_radix(BytesView bytes, std::string_view alphabet) {
  std::vector<unsigned> digits;  // least significant first
  const unsigned base = static_cast<unsigned>(alphabet.size());
  for (const std::uint8_t byte : bytes) {
    unsigned carry = byte;
    for (unsigned& digit : digits) {
      carry += digit << 8;
      digit = carry % base;
      carry /= base;
    }
    for (; carry > 0; carry /= base) digits.push_back(carry % base);
  }
  std::string text;
  for (auto byte = bytes.begin(); byte != bytes.end() && *byte == 0; ++byte) text += alphabet[0];
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) text += alphabet[*digit];
  return text;
}

std::optional<Bytes> decode_radix(std::string_view text, std::string_view alphabet) {
  Bytes reversed;
  const unsigned base = static_cast<unsigned>(alphabet.size());
  for (const char letter : text) {
    const std::size_t digit = alphabet.find(letter);
    if (digit == std::string_view::npos) return std::nullopt;
    unsigned carry = static_cast<unsigned>(digit);
    for (std::uint8_t& byte : reversed) {
      carry += byte * base;
      byte = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    for (; carry > 0; carry >>= 8) reversed.push_back(static_cast<std::uint8_t>(carry));
  }
  for (const char letter : text) {
    if (letter != alphabet[0]) break;
    reversed.push_back(0);
  }
  return Bytes(reversed.rbegin(), reversed.rend());
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

std::string_view without_padding(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  return text;
}

}  // namespace

std::string encode_base32(BytesView bytes) { return encode_bits(bytes, kBase32, 5); }
std::string encode_base58btc(BytesView bytes) { return encode_radix(bytes, kBase58); }

Result<Bytes> decode_base58btc(std::string_view text) {
  if (text.size() > kTextCharactersMax) return bad_text(text);
  if (auto bytes = decode_radix(text, kBase58)) return *std::move(bytes);
  return bad_text(text);
}

Result<Bytes> decode(std::string_view text) {
  if (text.empty() || text.size() > kTextCharactersMax) return bad_text(text);
  const std::string_view digits = text.substr(1);
  std::optional<Bytes> bytes;
  switch (text[0]) {
    case 'b':
    case 'B':
      bytes = decode_bits(lower(digits), kBase32, 5);
      break;
    case 'f':
    case 'F':
      bytes = decode_bits(lower(digits), kBase16, 4);
      break;
    case 'k':
    case 'K':
      bytes = decode_radix(lower(digits), kBase36);
      break;
    case 'z':
      bytes = decode_radix(digits, kBase58);
      break;
    case 'm':
      bytes = decode_bits(digits, kBase64, 6);
      break;
    case 'M':
      bytes = decode_bits(without_padding(digits), kBase64, 6);
      break;
    case 'u':
      bytes = decode_bits(digits, kBase64Url, 6);
      break;
    case 'U':
      bytes = decode_bits(without_padding(digits), kBase64Url, 6);
      break;
    default:
      break;
  }
  if (bytes) return *std::move(bytes);
  return bad_text(text);
}

}  // namespace stet::multibase
