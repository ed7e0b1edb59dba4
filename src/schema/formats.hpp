// Formats of JSON Schema that are checked when the caller asks (`Options::assert_formats`).
#pragma once

#include <string_view>

namespace stet::schema {

using FormatTest = bool (*)(std::string_view text);

// The test of a format, or null for one that isn't known, which is then no rule.
FormatTest format_test(std::string_view format);

}  // namespace stet::schema
