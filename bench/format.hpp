// Figures and tables for people.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness.hpp"

namespace stet::bench {

std::string format_seconds(double seconds);  // "131 µs"
std::string format_bytes(double bytes);      // "5.2 KB"
std::string format_figure(const Finding& finding);

using Facts = std::vector<std::pair<std::string, std::string>>;

std::string text_of(const Facts& machine);
std::string text_of(const Row& row);
std::string markdown_of(const Facts& machine, const std::vector<Row>& rows);

}  // namespace stet::bench
