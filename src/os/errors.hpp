// From the system's error numbers to Stet's errors.
#pragma once

#include <string>
#include <string_view>

#include "stet/base.hpp"

namespace stet::os {

ErrorCode code_of_errno(int number) noexcept;

// "can't WHAT PATH: the system's words: what to do", with the path in the context.
Error system_error(int number, std::string_view what, const std::string& path);

}  // namespace stet::os
