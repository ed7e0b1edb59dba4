// Names of documents, and SPECs: which version of which document.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "stet/base.hpp"

namespace stet {

inline constexpr std::size_t kNameBytesMax = 255;

// A name is 1 to 255 bytes of UTF-8, parts separated by "/": no empty part, no "." or "..", no
// control character, no "#", "@" or "~". Errors: invalid, naming the rule and the offset.
Result<void> check_name(std::string_view name);

// NAME · NAME@ID (whole, or at least 6 characters of the part after "bafyrei") · NAME~N (versions
// back) · NAME@{2026-11-20T10:00} (as of; UTC where no zone is said).
struct Spec {
  std::string name;
  std::string id_prefix;              // of the short form; empty: none
  std::optional<std::uint64_t> back;  // first parents
  std::optional<std::int64_t> as_of_ms;

  static Result<Spec> parse(std::string_view text);  // errors: invalid
  bool is_head() const noexcept { return id_prefix.empty() && !back && !as_of_ms; }
};

// ISO 8601: a date, or date and time to minutes, seconds or a fraction, with "Z", "±hh:mm" or
// nothing (UTC). Unix milliseconds. Errors: invalid.
Result<std::int64_t> parse_time(std::string_view text);

}  // namespace stet
