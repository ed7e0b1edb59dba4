#include "schema/pattern.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <array>
#include <utility>

namespace stet::schema {

namespace {

// Bounds of one match: about a second, and what backtracking keeps on the heap (PCRE2 10.30 and
// later use no stack for it). Depth is bounded by the steps and the heap.
constexpr std::uint32_t kStepsMax = 10'000'000;
constexpr std::uint32_t kHeapKibMax = 256u << 10;

// ECMA-262 has long names for the general categories of Unicode; PCRE2 the short ones.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kCategories = {{
    {"Letter", "L"},
    {"Lowercase_Letter", "Ll"},
    {"Uppercase_Letter", "Lu"},
    {"Number", "N"},
    {"digit", "Nd"},
    {"Decimal_Number", "Nd"},
    {"Punctuation", "P"},
    {"punct", "P"},
    {"Symbol", "S"},
    {"Separator", "Z"},
    {"Mark", "M"},
    {"Other", "C"},
}};

std::string_view short_category(std::string_view name) {
  for (const auto& [long_name, short_name] : kCategories) {
    if (name == long_name) return short_name;
  }
  return name;
}

// "\p{Letter}" → "\p{L}", "\d" and "\w" are ASCII in both; "$" never stands before a final newline.
std::string translate(std::string_view pattern) {
  std::string result;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '\\' || i + 1 == pattern.size()) {
      result += pattern[i];
      continue;
    }
    const char escaped = pattern[++i];
    const std::size_t end = pattern.find('}', i);
    if ((escaped == 'p' || escaped == 'P') && i + 1 < pattern.size() && pattern[i + 1] == '{' &&
        end != std::string_view::npos) {
      const std::string_view name = pattern.substr(i + 2, end - i - 2);
      result += fmt::format("\\{}{{{}}}", escaped, short_category(name));
      i = end;
    } else {
      result += '\\';
      result += escaped;
    }
  }
  return result;
}

struct MatchDeleter {
  void operator()(pcre2_match_data* data) const noexcept { pcre2_match_data_free(data); }
  void operator()(pcre2_match_context* context) const noexcept {
    pcre2_match_context_free(context);
  }
};

}  // namespace

Result<Pattern> Pattern::compile(std::string_view pattern) {
  const std::string translated = translate(pattern);
  int code = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* compiled =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                    PCRE2_UTF | PCRE2_ALT_BSUX | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF |
                        PCRE2_NEVER_BACKSLASH_C,
                    &code, &offset, nullptr);
  if (compiled == nullptr) {
    std::array<PCRE2_UCHAR, 200> words{};
    pcre2_get_error_message(code, words.data(), words.size());
    return Error(ErrorCode::invalid,
                 fmt::format("'{}' is not a pattern: {} at {}", pattern,
                             reinterpret_cast<const char*>(words.data()), offset));
  }
  return Pattern(std::string(pattern), {compiled, [](pcre2_code* c) { pcre2_code_free(c); }});
}

Result<bool> Pattern::matches(std::string_view text) const {
  const std::unique_ptr<pcre2_match_data, MatchDeleter> data(
      pcre2_match_data_create_from_pattern(code_.get(), nullptr));
  const std::unique_ptr<pcre2_match_context, MatchDeleter> context(
      pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(context.get(), kStepsMax);
  pcre2_set_depth_limit(context.get(), kStepsMax);
  pcre2_set_heap_limit(context.get(), kHeapKibMax);
  const int found = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                                0, PCRE2_NO_UTF_CHECK, data.get(), context.get());
  if (found >= 0) return true;
  if (found == PCRE2_ERROR_NOMATCH) return false;
  std::array<PCRE2_UCHAR, 200> words{};
  pcre2_get_error_message(found, words.data(), words.size());
  return Error(ErrorCode::too_large,
               fmt::format("the pattern {} could not be tried on a text of {} bytes: {}; a simpler "
                           "pattern can",
                           source_, text.size(), reinterpret_cast<const char*>(words.data())));
}

}  // namespace stet::schema
