#include "cli/help.hpp"

#include <fmt/format.h>

#include "cli/text.hpp"

namespace stet::cli {

namespace {

constexpr std::size_t kWidth = 80;

std::string option_label(const Option& option) {
  std::string label = option.letter.empty() ? option.name : option.letter + ", " + option.name;
  return option.argument.empty() ? label : label + " " + option.argument;
}

// "  LABEL   help", the help in a column of its own.
std::string entries(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t column = 0;
  for (const auto& [label, help] : rows) column = std::max(column, label.size());
  std::string out;
  for (const auto& [label, help] : rows) {
    out += fmt::format("  {:<{}}  {}\n", label, column,
                       wrapped(help, kWidth - column - 4, column + 4));
  }
  return out;
}

std::string option_entries(const std::vector<Option>& options) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Option& option : options) rows.emplace_back(option_label(option), option.help);
  return entries(rows);
}

}  // namespace

std::string_view version_number() { return STET_VERSION; }
std::string version_text() { return "stet " STET_VERSION; }

const std::vector<ExitMeaning>& exit_meanings() {
  static const std::vector<ExitMeaning> meanings = {
      {Exit::done, "done"},
      {Exit::no, "the answer is no (different, damaged, a patch that doesn't fit)"},
      {Exit::usage, "wrong use"},
      {Exit::not_found, "not found"},
      {Exit::conflict, "conflict or locked"},
      {Exit::storage, "storage failed"},
      {Exit::input, "bad input data"},
  };
  return meanings;
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out, line;
  const auto end_line = [&] {
    if (!out.empty()) out += "\n" + std::string(indent, ' ');
    out += line;
    line.clear();
  };
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!line.empty() && line.size() + 1 + word.size() > width) end_line();
    if (!line.empty()) line += ' ';
    line += word;
  }
  end_line();
  return out;
}

std::string overview(const std::vector<Verb>& verbs) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Verb& verb : verbs) rows.emplace_back(verb.name, verb.summary);
  std::string out = "stet keeps documents: every save is a version, none is half-saved.\n\n";
  out += "  stet [--store URL] [--json] [--quiet] VERB …\n\nVerbs\n" + entries(rows);
  out += "\nOptions that stand anywhere\n" + option_entries(global_options());
  out += "\nEnds with ";
  for (const auto& [exit, meaning] : exit_meanings()) {
    out += fmt::format("{}{} {}", exit == Exit::done ? "" : " · ", static_cast<int>(exit), meaning);
  }
  return out + "\n\n'stet help VERB' shows a verb, with an example.\n";
}

std::string verb_help(const Verb& verb) {
  std::string out =
      fmt::format("stet {}\n\n", wrapped(synopsis(verb), kWidth - 5, 4 + verb.name.size()));
  out += wrapped(verb.details, kWidth, 0) + "\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Positional& positional : verb.positionals) {
    rows.emplace_back(positional.name, positional.help);
  }
  if (!rows.empty()) out += "\n" + entries(rows);
  if (!verb.options.empty()) out += "\n" + option_entries(verb.options);
  out += verb.examples.size() == 1 ? "\nExample\n" : "\nExamples\n";
  for (const Example& example : verb.examples) {
    out += "  " + example.command + "\n";
    if (!example.does.empty()) out += "      " + wrapped(example.does, kWidth - 6, 6) + "\n";
  }
  return out;
}

}  // namespace stet::cli
