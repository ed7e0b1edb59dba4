// The command line, read: which verb, the global options, the verb's own arguments.
#pragma once

#include <string>
#include <vector>

#include "cli/verb.hpp"

namespace stet::cli {

struct Invocation {
  const Verb* verb = nullptr;  // null: help or the version is asked for, or nothing
  Arguments arguments;         // of the verb
  std::optional<std::string> store;
  bool json = false;
  bool quiet = false;
  bool help = false;
  bool version = false;
};

// Throws a Failure for wrong use, with the nearest right word. `words` without the program's name.
Invocation parse(const std::vector<std::string>& words, const std::vector<Verb>& verbs);

// True where --json stands among the words: errors of parsing itself want to know.
bool asks_for_json(const std::vector<std::string>& words);

// By name; wrong use, with a suggestion, where there is none.
const Verb& find_verb(const std::vector<Verb>& verbs, const std::string& name);

}  // namespace stet::cli
