// What the command says about itself, all of it made from the table of verbs.
#pragma once

#include <string>
#include <vector>

#include "cli/verb.hpp"

namespace stet::cli {

std::string_view version_number();
std::string version_text();                            // "stet 0.1.0"
std::string overview(const std::vector<Verb>& verbs);  // stet help
std::string verb_help(const Verb& verb);               // stet help VERB
std::string man_page(const std::vector<Verb>& verbs);  // man(7) macros
// Errors: wrong use, for a shell that isn't bash, zsh or fish.
std::string completion(const std::string& shell, const std::vector<Verb>& verbs);

// Lines of at most `width` characters, broken at spaces; all but the first are indented.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

struct ExitMeaning {
  Exit exit;
  std::string_view meaning;
};
const std::vector<ExitMeaning>& exit_meanings();

}  // namespace stet::cli
