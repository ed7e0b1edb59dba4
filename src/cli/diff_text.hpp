// A patch for people: a line for each changed place, with what was there and what is.
#pragma once

#include "cli/terminal.hpp"
#include "stet/value.hpp"

namespace stet::cli {

// `patch` turns `before` into something else; its operations see the ones before them done.
// Throws internal where the patch doesn't fit.
void print_patch(Output& out, const Value& before, const Patch& patch);

}  // namespace stet::cli
