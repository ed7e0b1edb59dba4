// Words for people: sizes, times, counts, tables. English, UTC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stet/base.hpp"
#include "stet/value.hpp"

namespace stet::cli {

std::string size_text(std::uint64_t bytes);  // "812 bytes", "4.1 KB"
// "1 chunk", "3 chunks"; `many` where an "s" won't do.
std::string count_text(std::uint64_t count, std::string_view one, std::string_view many = {});
std::string time_text(std::int64_t time_ms);                      // "2026-11-20T10:00:00Z"
std::string age_text(std::int64_t time_ms, std::int64_t now_ms);  // "3 minutes ago"
std::string duration_text(std::int64_t duration_ns);              // "115 µs", "4.2 ms"

// Control characters and broken UTF-8 as \xNN, so that nothing stored can drive a terminal.
std::string printable(std::string_view text);
// One line of at most about `width_max` characters; "…" stands for what is left out.
std::string preview(ValueRef value, std::size_t width_max);

// A table of left-aligned columns, two spaces apart; columns that are listed in `right` are
// right-aligned. The last column isn't padded.
class Table {
 public:
  explicit Table(std::vector<std::size_t> right = {}) : right_(std::move(right)) {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const noexcept { return rows_.empty(); }
  std::string to_string() const;

 private:
  std::vector<std::size_t> right_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace stet::cli
