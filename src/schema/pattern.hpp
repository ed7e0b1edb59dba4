// Patterns of ECMA-262, as far as PCRE2 has the same.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "stet/base.hpp"

struct pcre2_real_code_8;

namespace stet::schema {

class Pattern {
 public:
  // Errors: invalid with the offset in the pattern.
  static Result<Pattern> compile(std::string_view pattern);

  // Whether it matches anywhere in `text`. Errors: too_large where that takes more steps or memory
  // than the bounds allow, so that it isn't known.
  Result<bool> matches(std::string_view text) const;
  const std::string& source() const noexcept { return source_; }

 private:
  Pattern(std::string source, std::shared_ptr<pcre2_real_code_8> code)
      : source_(std::move(source)), code_(std::move(code)) {}
  std::string source_;
  std::shared_ptr<pcre2_real_code_8> code_;
};

}  // namespace stet::schema
