#include "cli/diff_text.hpp"
#include "cli/documents.hpp"
#include "cli/files.hpp"
#include "cli/limits.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

// Two versions in the store are compared by their trees, which skips what they share.
Patch patch_between(Session& session, const Target& before, const Target& after,
                    const DecodeLimits& limits) {
  if (before.is_file || after.is_file) {
    return diff(load(session, before, limits), load(session, after, limits));
  }
  Store& store = session.store(Access::read);
  show(store, before.text);
  show(store, after.text);
  return store.diff(before.text, after.text, session.messages().progress()).value();
}

void print_json(Session& session, const Value& value, const Arguments& arguments) {
  const TextLayout layout = arguments.has("--compact") ? TextLayout::compact : TextLayout::pretty;
  session.out().write(encode(value, "json", layout));
}

Exit run_diff(Session& session, const Arguments& arguments) {
  const std::string format = arguments.text_or("--format", session.json() ? "patch" : "text");
  if (format != "text" && format != "patch" && format != "merge") {
    refuse("--format is text, patch or merge, not '" + format + "'");
  }
  const Target before = resolve(session, arguments.text("A"));
  const Target after = resolve(session, arguments.text("B"));
  const DecodeLimits limits = limits_of(arguments);
  if (format == "merge") {
    const Value old_value = load(session, before, limits);
    const Value new_value = load(session, after, limits);
    print_json(session, merge_diff(old_value, new_value).value(), arguments);
    return old_value == new_value ? Exit::done : Exit::no;
  }
  const Patch patch = patch_between(session, before, after, limits);
  if (format == "patch") {
    print_json(session, patch_to_value(patch), arguments);
  } else if (!patch.empty()) {
    print_patch(session.out(), load(session, before, limits), patch);
  }
  return patch.empty() ? Exit::done : Exit::no;
}

}  // namespace

Verb diff_verb() {
  return {
      "diff",
      "compare two documents, versions or files",
      "What turns A into B. As text, a line for each changed place: ~ changed, + added, - removed. "
      "As patch, a JSON Patch (RFC 6902); as merge, a merge patch (RFC 7396). Ends with 0 when "
      "they "
      "are the same and 1 when they differ.",
      {{"A", "a SPEC or a file", Positional::Count::one, Names::spec},
       {"B", "a SPEC or a file", Positional::Count::one, Names::spec}},
      {{"--format", "", "FORMAT", "text, patch or merge", Names::text},
       {"--compact", "", "", "JSON on one line", Names::text},
       limit_option()},
      {{"stet diff song~1 song", "what the last save changed"},
       {"stet diff song ./song.json --format patch", "a patch from the store to a file"}},
      run_diff};
}

}  // namespace stet::cli
