#include "codec/json_writer.hpp"

#include <array>
#include <cassert>
#include <charconv>
#include <cstdlib>

#include "codec/base64.hpp"

namespace stet::codec {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

bool must_escape(unsigned char byte) { return byte < 0x20 || byte == '"' || byte == '\\'; }

void append_escape(unsigned char byte, std::string& out) {
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHexDigits[byte >> 4];
      out += kHexDigits[byte & 15];
  }
}

template <class Integer>
void append_integer(Integer value, std::string& out) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

// The shortest digits of a double and the power of ten of the first.
struct Decimal {
  bool is_negative;
  std::array<char, 24> digits;
  int count;
  int exponent;
};

Decimal shortest(double value) {
  std::array<char, 32> text;
  const char* const end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific)
          .ptr;
  Decimal decimal{};
  const char* at = text.data();
  decimal.is_negative = *at == '-';
  if (decimal.is_negative) ++at;
  for (; *at != 'e'; ++at) {
    if (*at != '.') decimal.digits[static_cast<std::size_t>(decimal.count++)] = *at;
  }
  at += at[1] == '+' ? 2 : 1;
  std::from_chars(at, end, decimal.exponent);
  return decimal;
}

void append_base64(BytesView bytes, std::string& out) {
  const std::size_t before = out.size();
  out.resize(before + base64_characters(bytes.size()));
  encode_base64(bytes, out.data() + before);
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (!must_escape(byte)) [[likely]]
      continue;
    out.append(text, done, i - done);
    append_escape(byte, out);
    done = i + 1;
  }
  out.append(text, done);
  out += '"';
}

void append_json_float(double value, std::string& out) {
  constexpr int kPlainExponentMin = -6;
  constexpr int kPlainExponentMax = 20;
  const Decimal decimal = shortest(value);
  const std::string_view digits(decimal.digits.data(), static_cast<std::size_t>(decimal.count));
  const int exponent = decimal.exponent;
  if (decimal.is_negative) out += '-';
  if (exponent < kPlainExponentMin || exponent > kPlainExponentMax) {
    out += digits[0];
    if (digits.size() > 1) out.append(".").append(digits, 1);
    out += 'e';
    if (exponent > 0) out += '+';
    append_integer(exponent, out);
  } else if (exponent < 0) {
    out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
  } else {
    const auto before_point = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() > before_point) {
      out.append(digits, 0, before_point).append(".").append(digits, before_point);
    } else {
      out.append(digits).append(before_point - digits.size(), '0').append(".0");
    }
  }
}

void append_json_scalar(ValueRef value, std::string& out) {
  switch (value.kind()) {
    case Kind::null:
      out += "null";
      return;
    case Kind::boolean:
      out += *value.to_bool() ? "true" : "false";
      return;
    case Kind::integer:
      if (const auto number = value.to_uint64()) return append_integer(*number, out);
      return append_integer(*value.to_int64(), out);
    case Kind::floating:
      return append_json_float(*value.to_double(), out);
    case Kind::text:
      return append_json_string(*value.to_text(), out);
    case Kind::bytes:
      out += R"({"/":{"bytes":")";
      append_base64(*value.to_bytes(), out);
      out += "\"}}";
      return;
    case Kind::link:
      out += R"({"/":")";
      out += value.to_link()->to_string();
      out += "\"}";
      return;
    case Kind::list:
    case Kind::map:
      break;
  }
  assert(false && "a container is no scalar");
}

}  // namespace stet::codec
