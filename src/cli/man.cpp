// The man page, in the macros of man(7).
#include <fmt/format.h>

#include "cli/help.hpp"

namespace stet::cli {

namespace {

// A line that begins with a dot or a quote, a backslash and a minus mean something to roff.
std::string roff(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out += "\\&";
  for (char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string option_paragraph(const Option& option) {
  std::string label = "\\fB" + roff(option.name) + "\\fR";
  if (!option.letter.empty()) label = "\\fB" + roff(option.letter) + "\\fR, " + label;
  if (!option.argument.empty()) label += " \\fI" + roff(option.argument) + "\\fR";
  return fmt::format(".TP\n{}\n{}\n", label, roff(option.help));
}

std::string verb_section(const Verb& verb) {
  std::string out = fmt::format(".SS {}\n{}\n.PP\n{}\n", roff(verb.name),
                                roff("stet " + synopsis(verb)), roff(verb.details));
  for (const Positional& positional : verb.positionals) {
    out += fmt::format(".TP\n\\fI{}\\fR\n{}\n", roff(positional.name), roff(positional.help));
  }
  for (const Option& option : verb.options) out += option_paragraph(option);
  for (const Example& example : verb.examples) {
    out += fmt::format(".PP\n.EX\n    {}\n.EE\n", roff(example.command));
    if (!example.does.empty()) out += roff(example.does) + "\n";
  }
  return out;
}

constexpr std::string_view kHead = R"(.SH NAME
stet \- keep documents: every save is a version, none is half-saved
.SH SYNOPSIS
.B stet
[\-\-store URL] [\-\-json] [\-\-quiet] VERB ...
.SH DESCRIPTION
A store keeps documents by name. A save makes a version; versions stay, cost what changed, and are durable
when the command ends with 0. Results go to standard output, everything else to standard error.
.PP
A NAME is 1 to 255 bytes of UTF\-8, parts separated by /, no empty part, no . or .., no control character,
no #, @ or ~. A SPEC is NAME, NAME@ID (a version's id, whole or 6 characters or more of the part after
bafyrei), NAME~N (N versions back), NAME@{2026\-11\-20T10:00} (as of, UTC), or a file (./..., /..., or with a
dot in its last part where no such document exists).
.SH OPTIONS
These stand anywhere.
)";

}  // namespace

std::string man_page(const std::vector<Verb>& verbs) {
  std::string out = fmt::format(".TH STET 1 \"\" \"{}\" \"User Commands\"\n", version_text());
  out += kHead;
  for (const Option& option : global_options()) out += option_paragraph(option);
  out += ".SH VERBS\n";
  for (const Verb& verb : verbs) out += verb_section(verb);
  out += ".SH EXIT STATUS\n";
  for (const auto& [exit, meaning] : exit_meanings()) {
    out += fmt::format(".TP\n{}\n{}\n", static_cast<int>(exit), roff(meaning));
  }
  out += ".SH ENVIRONMENT\n.TP\nSTET_STORE\nthe store where \\-\\-store names none\n";
  out += ".TP\nSTET_AUTHOR\nthe author of versions where \\-\\-author names none\n";
  out += ".TP\nNO_COLOR\nno colours, where it is set\n";
  return out;
}

}  // namespace stet::cli
