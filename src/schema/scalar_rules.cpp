// type, enum, const, numbers, texts.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "schema/formats.hpp"
#include "schema/pattern.hpp"
#include "schema/rules.hpp"

namespace stet::schema {

namespace {

bool is_number(ValueRef value) {
  return value.kind() == Kind::integer || value.kind() == Kind::floating;
}

bool is_whole(ValueRef value) {
  if (value.kind() == Kind::integer) return true;
  return value.kind() == Kind::floating && std::trunc(*value.to_double()) == *value.to_double();
}

// Exact: 64-bit integers and doubles both fit the mantissa of a long double on this platform.
static_assert(std::numeric_limits<long double>::digits >= 64);
long double number_of(ValueRef value) {
  if (const auto number = value.to_int64()) return *number;
  if (const auto number = value.to_uint64()) return *number;
  return *value.to_double();
}

bool is_multiple(ValueRef value, ValueRef of) {
  const long double number = number_of(value);
  const long double divisor = number_of(of);
  const long double rest = std::fabs(std::fmod(number, divisor));
  if (rest == 0 || (value.kind() == Kind::integer && of.kind() == Kind::integer)) return rest == 0;
  // 0.0075 and 0.0001 are not what they print as: a rest within the error of both counts as none.
  // A whole number is a multiple of every 1/n.
  const long double reciprocal = 1 / divisor;
  if (is_whole(value) && std::fabs(reciprocal - std::round(reciprocal)) < reciprocal * 0x1p-51L) {
    return true;
  }
  const long double error = std::fabs(number) * 0x1p-51L;
  return error < divisor / 4 && (rest <= error || divisor - rest <= error);
}

bool has_type(ValueRef value, std::string_view type) {
  switch (value.kind()) {
    case Kind::null:
      return type == "null";
    case Kind::boolean:
      return type == "boolean";
    case Kind::integer:
    case Kind::floating:
      return type == "number" || (type == "integer" && is_whole(value));
    case Kind::text:
      return type == "string";
    case Kind::list:
      return type == "array";
    case Kind::map:
      return type == "object";
    case Kind::bytes:
    case Kind::link:
      return false;
  }
  return false;
}

bool is_type_name(ValueRef value) {
  const auto name = value.to_text();
  for (const char* known : {"null", "boolean", "integer", "number", "string", "array", "object"}) {
    if (name == known) return true;
  }
  return false;
}

// A rule that is a test on the instance alone: whether it holds, and what was expected.
class TestRule final : public Rule {
 public:
  using Test = std::function<bool(ValueRef)>;
  TestRule(std::string keyword, std::string expected, Test test)
      : keyword_(std::move(keyword)), expected_(std::move(expected)), test_(std::move(test)) {}

  void check(Run& run, ValueRef instance, Evaluated&) const override {
    if (test_(instance)) return;
    run.report(keyword_, fmt::format("{} must be {}", shown(instance), expected_), instance);
  }

 private:
  std::string keyword_;
  std::string expected_;
  Test test_;
};

class PatternRule final : public Rule {
 public:
  explicit PatternRule(Pattern pattern) : pattern_(std::move(pattern)) {}

  void check(Run& run, ValueRef instance, Evaluated&) const override {
    if (!instance.is_text() || run.failure()) return;
    const auto matches = pattern_.matches(*instance.to_text());
    if (!matches.ok()) return run.fail(matches.error());
    if (*matches) return;
    run.report("pattern",
               fmt::format("{} must be like the pattern {}", shown(instance), pattern_.source()),
               instance);
  }

 private:
  Pattern pattern_;
};

void add(Rules& rules, std::string keyword, std::string expected, TestRule::Test test) {
  rules.push_back(
      std::make_unique<TestRule>(std::move(keyword), std::move(expected), std::move(test)));
}

Result<void> add_type(const Place& place, Rules& rules) {
  const auto type = place.value.member("type");
  if (!type) return {};
  std::vector<std::string> names;
  if (is_type_name(type->ref())) names.emplace_back(*type->to_text());
  for (const ValueRef item : type->items()) {
    if (!is_type_name(item)) return Compiler::bad(place, "type", "names of the seven types");
    names.emplace_back(*item.to_text());
  }
  if (names.empty())
    return Compiler::bad(place, "type", "one of the seven types, or a list of them");
  std::string expected = fmt::format("of type {}", fmt::join(names, " or "));
  add(rules, "type", std::move(expected), [names = std::move(names)](ValueRef instance) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return has_type(instance, name); });
  });
  return {};
}

Result<void> add_choice(const Place& place, Rules& rules) {
  if (const auto constant = place.value.member("const")) {
    add(rules, "const", shown(constant->ref()),
        [wanted = normalised(constant->ref())](ValueRef instance) {
          return normalised(instance) == wanted;
        });
  }
  const auto choices = place.value.member("enum");
  if (!choices) return {};
  if (!choices->is_list()) return Compiler::bad(place, "enum", "a list");
  std::vector<Value> wanted;
  std::string expected = "one of";
  for (const ValueRef item : choices->items()) {
    wanted.push_back(normalised(item));
    if (wanted.size() <= 10) expected += (wanted.size() == 1 ? " " : ", ") + shown(item);
  }
  if (wanted.size() > 10) expected += ", …";
  add(rules, "enum", std::move(expected), [wanted = std::move(wanted)](ValueRef instance) {
    return std::find(wanted.begin(), wanted.end(), normalised(instance)) != wanted.end();
  });
  return {};
}

struct Bound {
  const char* keyword;
  const char* words;
  bool (*holds)(long double number, long double bound);
};
constexpr std::array<Bound, 4> kBounds = {{
    {"minimum", "at least", [](long double number, long double bound) { return number >= bound; }},
    {"maximum", "at most", [](long double number, long double bound) { return number <= bound; }},
    {"exclusiveMinimum", "more than",
     [](long double number, long double bound) { return number > bound; }},
    {"exclusiveMaximum", "less than",
     [](long double number, long double bound) { return number < bound; }},
}};

Result<void> add_numbers(const Place& place, Rules& rules) {
  for (const Bound& bound : kBounds) {
    const auto limit = place.value.member(bound.keyword);
    if (!limit) continue;
    if (!is_number(limit->ref())) return Compiler::bad(place, bound.keyword, "a number");
    add(rules, bound.keyword, fmt::format("{} {}", bound.words, shown(limit->ref())),
        [holds = bound.holds, number = number_of(limit->ref())](ValueRef instance) {
          return !is_number(instance) || holds(number_of(instance), number);
        });
  }
  const auto divisor = place.value.member("multipleOf");
  if (!divisor) return {};
  if (!is_number(divisor->ref()) || number_of(divisor->ref()) <= 0) {
    return Compiler::bad(place, "multipleOf", "a number above 0");
  }
  add(rules, "multipleOf", "a multiple of " + shown(divisor->ref()),
      [divisor = *divisor](ValueRef instance) {
        return !is_number(instance) || is_multiple(instance, divisor.ref());
      });
  return {};
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

Result<void> add_texts(const Compiler& compiler, const Place& place, Rules& rules) {
  STET_TRY(const auto shortest, count_member(place, "minLength"));
  if (shortest) {
    add(rules, "minLength", fmt::format("at least {} characters long", *shortest),
        [=](ValueRef instance) {
          return !instance.is_text() || code_points(*instance.to_text()) >= *shortest;
        });
  }
  STET_TRY(const auto longest, count_member(place, "maxLength"));
  if (longest) {
    add(rules, "maxLength", fmt::format("at most {} characters long", *longest),
        [=](ValueRef instance) {
          return !instance.is_text() || code_points(*instance.to_text()) <= *longest;
        });
  }
  if (const auto source = place.value.member("pattern")) {
    if (!source->is_text()) return Compiler::bad(place, "pattern", "a text");
    auto pattern = Pattern::compile(*source->to_text());
    if (!pattern.ok()) return pattern.error().at_path(place.path.child("pattern").to_string());
    rules.push_back(std::make_unique<PatternRule>(*std::move(pattern)));
  }
  const auto format = place.value.member("format");
  if (!format) return {};
  if (!format->is_text()) return Compiler::bad(place, "format", "a text");
  const FormatTest test = format_test(*format->to_text());
  if (compiler.options().assert_formats && test != nullptr) {
    add(rules, "format", fmt::format("of the format {}", *format->to_text()),
        [test](ValueRef instance) { return !instance.is_text() || test(*instance.to_text()); });
  }
  return {};
}

}  // namespace

Result<std::optional<std::uint64_t>> count_member(const Place& place, std::string_view keyword) {
  const auto member = place.value.member(keyword);
  if (!member) return std::optional<std::uint64_t>();
  const auto count = normalised(member->ref()).to_uint64();
  if (!count) return Compiler::bad(place, keyword, "a whole number, 0 or more");
  return count;
}

Result<void> add_scalar_rules(Compiler& compiler, const Place& place, Rules& rules) {
  if (place.resource->has_validation) {
    STET_CHECK(add_type(place, rules));
    STET_CHECK(add_choice(place, rules));
    STET_CHECK(add_numbers(place, rules));
  }
  return add_texts(compiler, place, rules);
}

}  // namespace stet::schema
