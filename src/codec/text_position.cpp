#include "codec/text_position.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet::codec {

Error text_error(std::string_view text, std::size_t offset, std::string_view rule, ErrorCode code) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_at = before.rfind('\n') + 1;  // npos + 1 is the front
  const std::string_view in_line = before.substr(line_at);
  const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  const auto column = 1 + std::count_if(in_line.begin(), in_line.end(), is_first_byte);
  return Error(code, fmt::format("bad JSON at line {}, column {}: {}", line, column, rule))
      .at_offset(offset);
}

}  // namespace stet::codec
