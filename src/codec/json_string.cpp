#include "codec/json_string.hpp"

#include <optional>

namespace stet::codec {

namespace {

std::optional<unsigned> hex_digits(std::string_view digits) {
  if (digits.size() < 4) return std::nullopt;
  unsigned value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const char c = digits[i];
    const bool is_decimal = c >= '0' && c <= '9';
    const char lower = static_cast<char>(c | 0x20);
    if (!is_decimal && (lower < 'a' || lower > 'f')) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(is_decimal ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

void append_utf8(unsigned code, std::string& out) {
  const auto put = [&out](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xe0 | code >> 12);
    } else {
      put(0xf0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3f));
    }
    put(0x80 | (code >> 6 & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

bool is_high_surrogate(unsigned unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low_surrogate(unsigned unit) { return unit >= 0xdc00 && unit < 0xe000; }

// `rest` begins after the "\u". The number of characters taken, 0 for an error.
std::size_t unescape_unit(std::string_view rest, std::string& out, const char*& rule) {
  const auto unit = hex_digits(rest);
  if (!unit) {
    rule = "\\u needs four hexadecimal digits";
    return 0;
  }
  if (!is_high_surrogate(*unit) && !is_low_surrogate(*unit)) {
    append_utf8(*unit, out);
    return 4;
  }
  const bool has_second = rest.size() >= 10 && rest[4] == '\\' && rest[5] == 'u';
  const auto second = has_second ? hex_digits(rest.substr(6)) : std::nullopt;
  if (is_low_surrogate(*unit) || !second || !is_low_surrogate(*second)) {
    rule = "half of a surrogate pair is no character";
    return 0;
  }
  append_utf8(0x10000 + ((*unit - 0xd800) << 10) + (*second - 0xdc00), out);
  return 10;
}

char simple_escape(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/':
      return letter;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

}  // namespace

bool unescape_json(std::string_view raw, std::string& out, JsonStringError& error) {
  out.clear();
  std::size_t at = 0;
  for (;;) {
    const std::size_t escape = raw.find('\\', at);
    out.append(raw, at, escape - at);
    if (escape == std::string_view::npos) return true;
    const char letter = escape + 1 < raw.size() ? raw[escape + 1] : '\0';
    at = escape + 2;
    if (letter == 'u') {
      const char* rule = nullptr;
      const std::size_t taken = unescape_unit(raw.substr(at), out, rule);
      if (taken == 0) {
        error = {escape, rule};
        return false;
      }
      at += taken;
    } else if (const char plain = simple_escape(letter); plain != '\0') {
      out += plain;
    } else {
      error = {escape, "this escape is unknown"};
      return false;
    }
  }
}

}  // namespace stet::codec
