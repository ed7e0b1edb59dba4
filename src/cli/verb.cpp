#include "cli/verb.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace stet::cli {

void Arguments::set(std::string_view name, std::vector<std::string> values) {
  values_.emplace_back(name, std::move(values));
}

bool Arguments::has(std::string_view name) const {
  return std::any_of(values_.begin(), values_.end(),
                     [&](auto& entry) { return entry.first == name; });
}

const std::string& Arguments::text(std::string_view name) const {
  const auto found = std::find_if(values_.begin(), values_.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  if (found == values_.end() || found->second.empty()) refuse(fmt::format("{} is needed", name));
  return found->second.front();
}

std::string Arguments::text_or(std::string_view name, std::string_view otherwise) const {
  return has(name) ? text(name) : std::string(otherwise);
}

std::optional<std::string> Arguments::find(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  return text(name);
}

std::vector<std::string> Arguments::all(std::string_view name) const {
  for (const auto& [key, values] : values_) {
    if (key == name) return values;
  }
  return {};
}

std::optional<std::uint64_t> Arguments::number(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  const std::string& digits = text(name);
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    refuse(fmt::format("{} takes a whole number, not '{}'", name, digits));
  }
  return value;
}

const std::vector<Option>& global_options() {
  static const std::vector<Option> options = {
      {"--store", "", "URL",
       "the store: file:PATH or mem: (else $STET_STORE, else file:documents.stet)", Names::url},
      {"--json", "", "", "results and errors as JSON", Names::text},
      {"--quiet", "-q", "", "no messages and no progress; results only", Names::text},
      {"--help", "-h", "", "what the verb does, with an example", Names::text},
  };
  return options;
}

std::string synopsis(const Verb& verb) {
  std::string line = verb.name;
  for (const Positional& positional : verb.positionals) {
    switch (positional.count) {
      case Positional::Count::one:
        line += " " + positional.name;
        break;
      case Positional::Count::optional:
        line += " [" + positional.name + "]";
        break;
      case Positional::Count::many:
        line += " " + positional.name + "…";
        break;
    }
  }
  for (const Option& option : verb.options) {
    line += fmt::format(" [{}{}]", option.letter.empty() ? option.name : option.letter,
                        option.argument.empty() ? "" : " " + option.argument);
  }
  return line;
}

}  // namespace stet::cli
