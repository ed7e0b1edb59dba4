// Numbers of JSON (RFC 8259, section 6), read exactly or refused.
#pragma once

#include <cstdint>

#include "stet/base.hpp"

namespace stet::codec {

struct JsonNumber {
  enum class Kind : std::uint8_t { integer, negative_integer, floating };
  Kind kind = Kind::integer;
  std::uint64_t magnitude = 0;  // of an integer: n, or −1 − n as the number n
  double floating = 0;
};

struct JsonNumberError {
  const char* rule = nullptr;
  ErrorCode code = ErrorCode::invalid;
};

// Reads the number at the front of [at, end); gives where it ends, or null and the rule it breaks.
// Without fraction and exponent it is an integer (−0 is the float −0.0), else the nearest double.
// Errors: invalid (no number), unserializable (an integer beyond −2⁶³…2⁶⁴−1, a decimal beyond the
// doubles, or one that would become zero).
const char* read_json_number(const char* at, const char* end, JsonNumber& number,
                             JsonNumberError& error);

}  // namespace stet::codec
