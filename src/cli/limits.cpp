#include "cli/limits.hpp"

#include <fmt/format.h>

#include <charconv>

namespace stet::cli {

namespace {

std::uint64_t number_in(const std::string& text, std::size_t from) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + from, end, number);
  if (error != std::errc() || stop != end) {
    refuse(fmt::format("--limit {}: say NAME=N, N a whole number", text));
  }
  return number;
}

}  // namespace

Option limit_option(std::size_t depth_ceiling) {
  return {"--limit",
          "",
          "NAME=N",
          fmt::format("what the input may cost: depth={} of nesting (up to {}), bytes={}, "
                      "members={}",
                      DecodeLimits{}.depth_max, depth_ceiling, DecodeLimits{}.input_bytes_max,
                      DecodeLimits{}.members_max),
          Names::text,
          true};
}

DecodeLimits limits_of(const Arguments& arguments, std::size_t depth_ceiling) {
  DecodeLimits limits;
  for (const std::string& limit : arguments.all("--limit")) {
    const std::size_t equals = std::min(limit.find('='), limit.size() - 1);
    const std::string name = limit.substr(0, equals);
    const std::uint64_t number = number_in(limit, equals + 1);
    if (name == "depth") {
      if (number > depth_ceiling) {
        refuse(fmt::format(
            "--limit {}: the depth is at most {} here{}", limit, depth_ceiling,
            depth_ceiling < kDepthCeiling ? ": no deeper value can be stored, but as bytes" : ""));
      }
      limits.depth_max = static_cast<std::size_t>(number);
    } else if (name == "bytes") {
      limits.input_bytes_max = number;
    } else if (name == "members") {
      limits.members_max = number;
    } else {
      refuse(fmt::format("--limit {}: the names are depth, bytes and members", limit));
    }
  }
  return limits;
}

}  // namespace stet::cli
