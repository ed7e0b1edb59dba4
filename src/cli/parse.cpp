// The only file that includes CLI11, which takes seconds to compile.
#include "cli/parse.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <map>

#include "cli/suggest.hpp"

namespace stet::cli {

namespace {

// No argument can hold a NUL, so one in front marks a word that is no option, whatever it looks
// like: CLI11 would take "-5" for an option, "++" for an end of arguments and "[1,2]" for a list.
constexpr char kWordMark = '\0';

bool looks_like_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-' && !std::isdigit(static_cast<unsigned char>(word[1]));
}

std::vector<std::string> mark_words(const std::vector<std::string>& words) {
  std::vector<std::string> marked;
  bool all_words = false;  // after "--"
  for (const std::string& word : words) {
    if (all_words || !looks_like_option(word)) {
      marked.push_back(kWordMark + word);
    } else {
      marked.push_back(word);
      all_words = word == "--";
    }
  }
  return marked;
}

std::vector<std::string> unmarked(std::vector<std::string> words) {
  for (std::string& word : words) {
    if (!word.empty() && word.front() == kWordMark) word.erase(0, 1);
  }
  return words;
}

const Option* find_global(const std::string& word) {
  for (const Option& option : global_options()) {
    if (word == option.name || (!option.letter.empty() && word == option.letter)) return &option;
  }
  return nullptr;
}

// Where the verb stands: the first word that is neither a global option nor its argument.
std::size_t verb_position(const std::vector<std::string>& words) {
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (!looks_like_option(words[at])) return at;
    const Option* global = find_global(words[at]);
    if (global && !global->argument.empty()) ++at;
  }
  return words.size();
}

// One CLI11 option for each of ours, in the table's order.
struct Parser {
  CLI::App app;
  std::map<std::string, CLI::Option*> options;

  Parser() {
    app.set_help_flag();
    app.allow_extras();
    for (const Option& option : global_options()) add(option);
    add({"--version", "", "", "", Names::text});
  }
  void add(const Option& option) {
    std::string names = option.letter.empty() ? option.name : option.letter + "," + option.name;
    CLI::Option* added = option.argument.empty() ? app.add_flag(names) : app.add_option(names);
    if (!option.argument.empty()) added->type_name(option.argument)->expected(1);
    if (option.repeats) {
      added->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args(false);
    }
    options[option.name] = added;
  }
  void add(const Positional& positional) {
    CLI::Option* added = app.add_option(positional.name);
    if (positional.count == Positional::Count::many) {
      added->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
    } else {
      added->expected(1);
    }
    options[positional.name] = added;
  }
  bool has(const std::string& name) const { return options.at(name)->count() > 0; }
  std::vector<std::string> values(const std::string& name) const {
    return unmarked(options.at(name)->results());
  }
};

[[noreturn]] void refuse_unknown(const std::string& word, const Verb* verb) {
  const std::string where = verb ? "stet help " + verb->name : "stet help";
  if (!looks_like_option(word)) {
    refuse(fmt::format("one word too many, '{}': see {}", word, where));
  }
  std::vector<std::string> known;
  for (const Option& option : global_options()) known.push_back(option.name);
  if (verb) {
    for (const Option& option : verb->options) known.push_back(option.name);
  }
  const std::string name = word.substr(0, word.find('='));
  if (auto near = nearest(name, known)) {
    refuse(fmt::format("no option {}: did you mean {}?", name, *near));
  }
  refuse(fmt::format("no option {}: see {}", name, where));
}

void run_parser(Parser& parser, const Verb* verb, std::vector<std::string> words) {
  words = mark_words(words);
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  try {
    parser.app.parse(words);
  } catch (const CLI::ParseError& error) {
    refuse(fmt::format("{}: see stet help{}", error.what(), verb ? " " + verb->name : ""));
  }
  std::vector<std::string> rest = parser.app.remaining();
  std::erase(rest, "--");  // CLI11 gives it back
  rest = unmarked(std::move(rest));
  if (!rest.empty()) refuse_unknown(rest.front(), verb);
}

void read_verb(const Parser& parser, const Verb& verb, Invocation& invocation) {
  for (const Positional& positional : verb.positionals) {
    if (parser.has(positional.name)) {
      invocation.arguments.set(positional.name, parser.values(positional.name));
    } else if (positional.count != Positional::Count::optional && !invocation.help) {
      refuse(fmt::format("{} is missing: stet {}", positional.name, synopsis(verb)));
    }
  }
  for (const Option& option : verb.options) {
    if (parser.has(option.name)) invocation.arguments.set(option.name, parser.values(option.name));
  }
}

}  // namespace

const Verb& find_verb(const std::vector<Verb>& verbs, const std::string& name) {
  std::vector<std::string> names;
  for (const Verb& verb : verbs) {
    if (verb.name == name) return verb;
    names.push_back(verb.name);
  }
  if (auto near = nearest(name, names)) {
    refuse(fmt::format("no verb '{}': did you mean {}?", name, *near));
  }
  refuse(fmt::format("no verb '{}': see stet help", name));
}

bool asks_for_json(const std::vector<std::string>& words) {
  const auto end = std::find(words.begin(), words.end(), "--");
  return std::find(words.begin(), end, "--json") != end;
}

Invocation parse(const std::vector<std::string>& words, const std::vector<Verb>& verbs) {
  Invocation invocation;
  std::vector<std::string> rest = words;
  const std::size_t at = verb_position(words);
  if (at < words.size()) {
    invocation.verb = &find_verb(verbs, words[at]);
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(at));
  }
  Parser parser;
  if (invocation.verb) {
    for (const Option& option : invocation.verb->options) parser.add(option);
    for (const Positional& positional : invocation.verb->positionals) parser.add(positional);
  }
  run_parser(parser, invocation.verb, std::move(rest));
  invocation.help = parser.has("--help");
  invocation.version = parser.has("--version");
  invocation.json = parser.has("--json");
  invocation.quiet = parser.has("--quiet");
  if (parser.has("--store")) invocation.store = parser.values("--store").back();
  if (invocation.verb) read_verb(parser, *invocation.verb, invocation);
  return invocation;
}

}  // namespace stet::cli
