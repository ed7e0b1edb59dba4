// Path: where something is in a document. Text form: JSON Pointer (RFC 6901).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stet/base.hpp"

namespace stet {

// Steps are kept as text, as RFC 6901 has them: whether "0" is an index or a key is for the
// container that it meets to say. An index is "0" or digits without a leading zero; "-" is one past
// the end.
class Path {
 public:
  Path() = default;  // the whole document
  // Errors: invalid, with the offset, for a missing "/" or a "~" not followed by 0 or 1.
  static Result<Path> parse(std::string_view pointer);
  std::string to_string() const;

  bool empty() const noexcept { return steps_.empty(); }
  std::size_t size() const noexcept { return steps_.size(); }
  const std::string& operator[](std::size_t index) const { return steps_[index]; }
  auto begin() const noexcept { return steps_.begin(); }
  auto end() const noexcept { return steps_.end(); }

  Path child(std::string_view key) const;
  Path child(std::size_t index) const;
  Path parent() const;  // precondition: not empty
  void push(std::string_view key) { steps_.emplace_back(key); }
  void push_index(std::size_t index);
  void pop() { steps_.pop_back(); }
  bool begins_with(const Path& prefix) const;

  auto operator<=>(const Path&) const = default;

  // The index that a step means, or nothing when it is no canonical array index ("-" included).
  static std::optional<std::size_t> index_of(std::string_view step) noexcept;

 private:
  std::vector<std::string> steps_;
};

}  // namespace stet
