// Errors in texts: line and column for people, the offset for programs.
#pragma once

#include <string>
#include <string_view>

#include "stet/base.hpp"

namespace stet::codec {

// "bad JSON at line 3, column 14: RULE". Lines and columns count from 1, columns in characters.
Error text_error(std::string_view text, std::size_t offset, std::string_view rule,
                 ErrorCode code = ErrorCode::invalid);

}  // namespace stet::codec
