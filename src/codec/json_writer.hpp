// Pieces of JSON text: strings, numbers, bytes and links.
#pragma once

#include <string>
#include <string_view>

#include "stet/value.hpp"

namespace stet::codec {

void append_json_string(std::string_view text, std::string& out);
// Shortest text that reads back as the same double, always with a point or an exponent, so that it
// reads back as a float: 1.0, 0.001, 1e-7, 1e+21. Plain digits from 10⁻⁶ up to 10²¹, as ECMAScript
// has it. Precondition: finite.
void append_json_float(double value, std::string& out);
// A scalar as JSON has it, or as DAG-JSON shows bytes and links.
void append_json_scalar(ValueRef value, std::string& out);

}  // namespace stet::codec
