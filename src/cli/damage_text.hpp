// Damage in words, for people and as JSON.
#pragma once

#include <string>

#include "stet/store.hpp"

namespace stet::cli {

// {message, documents, parts, more?, offset?, id?}
Value damage_value(const VerifyReport::Entry& entry);
Value damage_list(const VerifyReport& report);
// One line: what, where, and the first of what it touches.
std::string damage_text(const VerifyReport::Entry& entry);

}  // namespace stet::cli
