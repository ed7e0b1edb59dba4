// Completion for bash, zsh and fish, made from the table of verbs.
#include <fmt/format.h>

#include "cli/files.hpp"
#include "cli/help.hpp"

namespace stet::cli {

namespace {

std::string names_command(std::string_view options = "") {
  return fmt::format(
      R"sh(stet {}list --json 2>/dev/null | sed -n 's/.*"name":"\([^"\\]*\)".*/\1/p')sh", options);
}

std::string joined(const std::vector<std::string>& words, std::string_view between = " ") {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += between;
    out += word;
  }
  return out;
}

std::vector<std::string> verb_names(const std::vector<Verb>& verbs) {
  std::vector<std::string> names;
  names.reserve(verbs.size());
  for (const Verb& verb : verbs) names.push_back(verb.name);
  return names;
}

std::vector<std::string> option_names(const std::vector<Option>& options) {
  std::vector<std::string> names;
  for (const Option& option : options) {
    names.push_back(option.name);
    if (!option.letter.empty()) names.push_back(option.letter);
  }
  return names;
}

bool any_names(const Verb& verb, Names names) {
  for (const Positional& positional : verb.positionals) {
    if (positional.names == names) return true;
  }
  return false;
}

bool takes_documents(const Verb& verb) {
  return any_names(verb, Names::document) || any_names(verb, Names::spec);
}

bool takes_files(const Verb& verb) {
  return any_names(verb, Names::file) || any_names(verb, Names::spec);
}

std::vector<std::string> words_for(const Verb& verb, const std::vector<Verb>& verbs) {
  if (any_names(verb, Names::verb)) return verb_names(verbs);
  if (any_names(verb, Names::shell)) return {"bash", "zsh", "fish"};
  return {};
}

// Text between single quotes, as sh and fish take it.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string bash_case(const Verb& verb, const std::vector<Verb>& verbs) {
  std::string body = fmt::format("      options='{}'\n", joined(option_names(verb.options)));
  if (const auto words = words_for(verb, verbs); !words.empty()) {
    body += fmt::format("      words='{}'\n", joined(words));
  }
  if (takes_documents(verb)) body += "      documents=1\n";
  if (takes_files(verb)) body += "      files=1\n";
  return fmt::format("    {})\n{}      ;;\n", verb.name, body);
}

std::string bash_completion(const std::vector<Verb>& verbs) {
  std::string cases;
  for (const Verb& verb : verbs) cases += bash_case(verb, verbs);
  return fmt::format(
      R"sh(# bash completion for stet: source it, or keep it in /etc/bash_completion.d/
# Names of the store that the line names, one a line.
_stet_documents() {{
  local at store=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    if [ "${{COMP_WORDS[at]}}" = --store ]; then
      # bash parts words at colons and equals signs
      local url=${{COMP_WORDS[at + 1]}}
      [ "${{COMP_WORDS[at + 2]}}" = : ] && url+=:${{COMP_WORDS[at + 3]}}
      url=${{url//[\\\'\"]/}}
      store=(--store "$url")
    fi
  done
  {}
}}
_stet() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
  local verb='' word options='' words='' files='' documents=''
  COMPREPLY=()
  case $before in
    --from|--to) mapfile -t COMPREPLY < <(compgen -W '{}' -- "$cur"); return ;;
    --format) mapfile -t COMPREPLY < <(compgen -W 'text patch merge' -- "$cur"); return ;;
    -o|--output) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
  esac
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $word in
      {}) verb=$word; break ;;
    esac
  done
  case $verb in
    '') words='{}' ;;
{}  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options {}" -- "$cur")
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur"; [ -n "$files" ] && compgen -f -- "$cur")
  [ -n "$documents" ] || return
  # A name may hold spaces: it is compared as it is, and bash quotes it.
  local name plain=${{cur//\\/}}
  while IFS= read -r name; do
    [[ $name == "$plain"* ]] && COMPREPLY+=("$name")
  done < <(_stet_documents)
}}
complete -o filenames -F _stet stet
)sh",
      names_command(R"("${store[@]}" )"), joined(format_names()), joined(verb_names(verbs), "|"),
      joined(verb_names(verbs)), cases, joined(option_names(global_options())));
}

// _arguments reads brackets and colons in a description as its own.
std::string zsh_plain(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_action(Names names) {
  switch (names) {
    case Names::document:
      return "_stet_documents";
    case Names::spec:
      return "_stet_specs";
    case Names::file:
      return "_files";
    case Names::format:
      return "(" + joined(format_names()) + ")";
    case Names::shell:
      return "(bash zsh fish)";
    case Names::verb:
      return "_stet_verbs";
    case Names::text:
    case Names::url:
      break;
  }
  return "";
}

std::string zsh_option(const Option& option) {
  const std::string argument =
      option.argument.empty() ? ""
                              : fmt::format(":{}:{}", option.argument, zsh_action(option.names));
  const auto one = [&](const std::string& name) {
    return " " + quoted(fmt::format("{}[{}]{}", name, zsh_plain(option.help), argument));
  };
  return one(option.name) + (option.letter.empty() ? "" : one(option.letter));
}

std::string zsh_positional(const Positional& positional) {
  const std::string_view count = positional.count == Positional::Count::many       ? "*:"
                                 : positional.count == Positional::Count::optional ? "::"
                                                                                   : ":";
  return " " + quoted(fmt::format("{}{}:{}", count, positional.name, zsh_action(positional.names)));
}

std::string zsh_completion(const std::vector<Verb>& verbs) {
  std::string descriptions, cases, globals;
  for (const Option& option : global_options()) globals += zsh_option(option);
  for (const Verb& verb : verbs) {
    descriptions += "    " + quoted(verb.name + ":" + verb.summary) + "\n";
    std::string arguments;
    for (const Option& option : verb.options) arguments += zsh_option(option);
    for (const Positional& positional : verb.positionals) arguments += zsh_positional(positional);
    cases += fmt::format("        {}) _arguments $globals{} ;;\n", verb.name, arguments);
  }
  return fmt::format(R"sh(#compdef stet
# zsh completion for stet: keep it as _stet in a folder of $fpath
_stet_documents() {{
  local -a names
  names=(${{(f)"$({})"}})
  compadd -a names
}}
_stet_specs() {{
  _stet_documents
  _files
}}
_stet_verbs() {{
  local -a verbs=(
{}  )
  _describe verb verbs
}}
_stet() {{
  local -a globals=({})
  local state line
  typeset -A opt_args
  _arguments -C $globals '1:verb:_stet_verbs' '*::argument:->rest'
  case $state in
    rest)
      case $line[1] in
{}      esac
      ;;
  esac
}}
_stet "$@"
)sh",
                     names_command(), descriptions, globals, cases);
}

std::string fish_option(const Option& option, const std::string& condition) {
  std::string line = "complete -c stet" + condition;
  if (option.name.starts_with("--")) line += " -l " + option.name.substr(2);
  const std::string letter = option.name.starts_with("--") ? option.letter : option.name;
  if (!letter.empty()) line += " -s " + letter.substr(1);
  if (!option.argument.empty()) {
    line += " -r";
    if (option.names == Names::file) line += " -F";
    if (option.names == Names::format) line += " -a " + quoted(joined(format_names()));
  }
  return line + " -d " + quoted(option.help) + "\n";
}

std::string fish_completion(const std::vector<Verb>& verbs) {
  std::string out = "# fish completion for stet: keep it as ~/.config/fish/completions/stet.fish\n";
  out +=
      fmt::format("function __stet_documents\n    {}\nend\ncomplete -c stet -f\n", names_command());
  for (const Option& option : global_options()) out += fish_option(option, "");
  for (const Verb& verb : verbs) {
    out += fmt::format("complete -c stet -n __fish_use_subcommand -a {} -d {}\n", verb.name,
                       quoted(verb.summary));
    const std::string condition = " -n " + quoted("__fish_seen_subcommand_from " + verb.name);
    for (const Option& option : verb.options) out += fish_option(option, condition);
    if (takes_documents(verb)) {
      out += fmt::format("complete -c stet{} -a '(__stet_documents)'\n", condition);
    }
    if (takes_files(verb)) out += fmt::format("complete -c stet{} -F\n", condition);
    if (const auto words = words_for(verb, verbs); !words.empty()) {
      out += fmt::format("complete -c stet{} -a {}\n", condition, quoted(joined(words)));
    }
  }
  return out;
}

}  // namespace

std::string completion(const std::string& shell, const std::vector<Verb>& verbs) {
  if (shell == "bash") return bash_completion(verbs);
  if (shell == "zsh") return zsh_completion(verbs);
  if (shell == "fish") return fish_completion(verbs);
  refuse(fmt::format("no completion for '{}': bash, zsh or fish", shell));
}

}  // namespace stet::cli
