// help and completion.
#include "cli/help.hpp"
#include "cli/parse.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

Exit run_help(Session& session, const Arguments& arguments) {
  const std::vector<Verb>& verbs = session.verbs();
  if (arguments.has("--man")) {
    session.out().write(man_page(verbs));
  } else if (arguments.has("VERB")) {
    session.out().write(verb_help(find_verb(verbs, arguments.text("VERB"))));
  } else {
    session.out().write(overview(verbs));
  }
  return Exit::done;
}

Exit run_completion(Session& session, const Arguments& arguments) {
  session.out().write(completion(arguments.text("SHELL"), session.verbs()));
  return Exit::done;
}

}  // namespace

Verb help_verb() {
  return {"help",
          "show all verbs, or one with its options and an example",
          "Without VERB the list of verbs. --man prints the man page.",
          {{"VERB", "the verb", Positional::Count::optional, Names::verb}},
          {{"--man", "", "", "the man page, for man(1)", Names::text}},
          {{"stet help save", ""}, {"stet help --man | man -l -", ""}},
          run_help};
}

Verb completion_verb() {
  return {"completion",
          "print shell completion for bash, zsh or fish",
          "Prints a script that completes verbs, options, formats and names of documents.",
          {{"SHELL", "bash, zsh or fish", Positional::Count::one, Names::shell}},
          {},
          {{"source <(stet completion bash)", "for this shell"},
           {"stet completion fish > ~/.config/fish/completions/stet.fish", "for good"}},
          run_completion};
}

}  // namespace stet::cli
