// set and patch: change a stored document in place.
#include "cli/documents.hpp"
#include "cli/files.hpp"
#include "cli/limits.hpp"
#include "cli/saved.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

Exit run_set(Session& session, const Arguments& arguments) {
  const std::string& name = arguments.text("NAME");
  require_name(name);
  const Path path = parse_pointer(arguments.text("POINTER"));
  const Value value =
      parse_json(arguments.text("JSON"), "JSON", limits_of(arguments, kStoredDepthMax));
  Store& store = session.store(path.empty() ? Access::create : Access::change);
  const Saved saved = store.set(name, path, value, save_options(session, arguments)).value();
  return report_saved(session, name, saved, arguments.has("--explain"));
}

Exit run_patch(Session& session, const Arguments& arguments) {
  const std::string& name = arguments.text("NAME");
  require_name(name);
  const Value patch =
      read_json_input(arguments.text("PATCH"), limits_of(arguments, kStoredDepthMax));
  const SaveOptions options = save_options(session, arguments);
  if (arguments.has("--merge")) {
    const Saved saved = session.store(Access::change).merge_patch(name, patch, options).value();
    return report_saved(session, name, saved, arguments.has("--explain"));
  }
  const Patch operations = patch_from_value(patch).value();
  const Saved saved = session.store(Access::change).patch(name, operations, options).value();
  return report_saved(session, name, saved, arguments.has("--explain"));
}

}  // namespace

Verb set_verb() {
  return {
      "set",
      "change one place of a document",
      "Reads, changes and saves; when somebody else was faster it does so again on top of theirs, "
      "so that many at once lose nothing. An empty POINTER ('') replaces the document or makes it; "
      "an absent member is added; /- at the end of a list appends.",
      {{"NAME", "the document", Positional::Count::one, Names::document},
       {"POINTER", "the place, as /tempo", Positional::Count::one, Names::text},
       {"JSON", "the new value; it may begin with '-'", Positional::Count::one, Names::text}},
      {message_option(), author_option(), limit_option(kStoredDepthMax), explain_option()},
      {{"stet set song /tempo 96", "a new version with another tempo"},
       {"stet set song /voices/0/notes/- '{\"pitch\": \"C4\"}'", "append to a list"},
       {"stet set song '' '{}'", "make a document"}},
      run_set};
}

Verb patch_verb() {
  return {
      "patch",
      "change a document by a JSON Patch or a merge patch",
      "PATCH is a JSON Patch (RFC 6902): all its operations or none. With --merge it is a merge "
      "patch (RFC 7396). As with set, many at once lose nothing.",
      {{"NAME", "the document", Positional::Count::one, Names::document},
       {"PATCH", "a file, or - for standard input", Positional::Count::one, Names::file}},
      {{"--merge", "", "", "PATCH is a merge patch", Names::text},
       message_option(),
       author_option(),
       limit_option(kStoredDepthMax),
       explain_option()},
      {{"stet patch song faster.json", "all the operations in a file"},
       {"stet diff song~1 song --format patch | stet patch cover -",
        "do to another document what was last done to this"}},
      run_patch};
}

}  // namespace stet::cli
