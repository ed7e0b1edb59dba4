// A verb, described once: parsing, help, the man page and shell completion all read the same table.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit.hpp"

namespace stet::cli {

class Session;

// What an argument names, for completion. A spec is a document or a file.
enum class Names : std::uint8_t { text, document, spec, file, format, verb, shell, url };

struct Option {
  std::string name;      // "--from"
  std::string letter;    // "-m", or nothing
  std::string argument;  // "FORMAT"; nothing for a flag
  std::string help;
  Names names = Names::text;
  bool repeats = false;  // may be given several times
};

struct Positional {
  enum class Count : std::uint8_t { one, optional, many };  // many: one or more
  std::string name;
  std::string help;
  Count count = Count::one;
  Names names = Names::text;
};

struct Example {
  std::string command;
  std::string does;
};

// What was given, by the names in the table. Texts are exactly as they were typed.
class Arguments {
 public:
  void set(std::string_view name, std::vector<std::string> values);

  bool has(std::string_view name) const;
  // Wrong use where it wasn't given.
  const std::string& text(std::string_view name) const;
  std::string text_or(std::string_view name, std::string_view otherwise) const;
  std::optional<std::string> find(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  // A whole number ≥ 0. Wrong use otherwise.
  std::optional<std::uint64_t> number(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> values_;
};

struct Verb {
  std::string name;
  std::string summary;  // one line
  std::string details;  // a paragraph or more
  std::vector<Positional> positionals;
  std::vector<Option> options;
  std::vector<Example> examples;
  std::function<Exit(Session&, const Arguments&)> run;
};

// Those that stand anywhere.
const std::vector<Option>& global_options();
// "save NAME [FILE|-] [--from FORMAT] …"
std::string synopsis(const Verb& verb);

}  // namespace stet::cli
