#include "codec/json_number.hpp"

#include <charconv>
#include <limits>

namespace stet::codec {

namespace {

bool is_digit(const char* at, const char* end) { return at != end && *at >= '0' && *at <= '9'; }

const char* skip_digits(const char* at, const char* end) {
  while (is_digit(at, end)) ++at;
  return at;
}

const char* fail(JsonNumberError& error, const char* rule, ErrorCode code = ErrorCode::invalid) {
  error = {rule, code};
  return nullptr;
}

// Digits of an integer as a number; false when it passes 64 bits.
bool accumulate(const char* at, const char* end, std::uint64_t& value) {
  constexpr std::ptrdiff_t kDigitsSafe = 19;  // 10¹⁹ − 1 < 2⁶⁴
  value = 0;
  if (end - at <= kDigitsSafe) {
    for (; at != end; ++at) value = value * 10 + static_cast<std::uint64_t>(*at - '0');
    return true;
  }
  return std::from_chars(at, end, value).ec == std::errc{};
}

bool has_digit_but_zero(const char* at, const char* end) {
  for (; at != end && *at != 'e' && *at != 'E'; ++at) {
    if (*at >= '1' && *at <= '9') return true;
  }
  return false;
}

// [begin, end) has the grammar of a decimal already.
const char* read_decimal(const char* begin, const char* end, JsonNumber& number,
                         JsonNumberError& error) {
  const auto [stop, problem] = std::from_chars(begin, end, number.floating);
  const bool is_out_of_range = problem == std::errc::result_out_of_range;
  if (is_out_of_range || (number.floating == 0 && has_digit_but_zero(begin, end))) {
    return fail(error, "this decimal is beyond what a double can hold", ErrorCode::unserializable);
  }
  number.kind = JsonNumber::Kind::floating;
  return stop;
}

}  // namespace

const char* read_json_number(const char* at, const char* end, JsonNumber& number,
                             JsonNumberError& error) {
  const char* const begin = at;
  const bool is_negative = at != end && *at == '-';
  if (is_negative) ++at;
  if (!is_digit(at, end)) return fail(error, "a number needs a digit here");
  const char* const digits = at;
  at = skip_digits(at, end);
  if (*digits == '0' && at - digits > 1) return fail(error, "numbers have no leading zeros");
  const char* const integer_end = at;
  if (at != end && *at == '.') {
    if (!is_digit(++at, end)) return fail(error, "a digit must follow the decimal point");
    at = skip_digits(at, end);
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (!is_digit(at, end)) return fail(error, "a digit must follow the exponent's sign");
    at = skip_digits(at, end);
  }
  if (at != integer_end) return read_decimal(begin, at, number, error);

  std::uint64_t magnitude;
  constexpr std::uint64_t kNegativeMax = std::uint64_t{1} << 63;
  if (!accumulate(digits, at, magnitude) || (is_negative && magnitude > kNegativeMax)) {
    return fail(error, "this integer is beyond -2^63 to 2^64-1", ErrorCode::unserializable);
  }
  if (is_negative && magnitude == 0) {
    number = {JsonNumber::Kind::floating, 0, -0.0};
  } else if (is_negative) {
    number = {JsonNumber::Kind::negative_integer, magnitude - 1, 0};
  } else {
    number = {JsonNumber::Kind::integer, magnitude, 0};
  }
  return at;
}

}  // namespace stet::codec
