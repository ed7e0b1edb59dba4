// restore, remove and copy.
#include <fmt/format.h>

#include "cli/documents.hpp"
#include "cli/files.hpp"
#include "cli/limits.hpp"
#include "cli/saved.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

Exit run_restore(Session& session, const Arguments& arguments) {
  const std::string spec = resolve_document(session, arguments.text("SPEC"),
                                            "'stet save NAME FILE' makes it a document");
  Store& store = session.store(Access::change);
  SaveOptions options = save_options(session, arguments);
  Result<Saved> saved = store.restore(spec, options);
  // A SPEC that can't be told is wrong use.
  if (!saved.ok() && saved.error().code() == ErrorCode::invalid) {
    throw Failure(Exit::usage, saved.error());
  }
  return report_saved(session, Spec::parse(spec).value().name, saved.value(), false);
}

Exit run_remove(Session& session, const Arguments& arguments) {
  const std::string& name = arguments.text("NAME");
  require_name(name);
  session.store(Access::change).remove(name).value();
  if (session.json()) {
    session.out().json_line(Value::map({{"name", Value(name)}, {"removed", Value(true)}}));
  } else {
    session.say(fmt::format("removed {}: 'stet compact' gives its space back", printable(name)));
  }
  return Exit::done;
}

Exit run_copy(Session& session, const Arguments& arguments) {
  const std::string& name = arguments.text("NAME");
  require_name(name);
  const Target from = resolve(session, arguments.text("SPEC"));
  const SaveOptions options = save_options(session, arguments);
  if (from.is_file) {
    const Value value = load(session, from, limits_of(arguments, kStoredDepthMax));
    return report_saved(session, name,
                        session.store(Access::create).save(name, value, options).value(), false);
  }
  Store& store = session.store(Access::change);
  show(store, from.text);
  return report_saved(session, name, store.copy(from.text, name, options).value(), false);
}

}  // namespace

Verb restore_verb() {
  return {
      "restore",
      "make an old version the newest",
      "A new version with the old content; nothing between is lost, so a restore can be undone by "
      "another.",
      {{"SPEC", "NAME@ID, NAME~N or NAME@{TIME}", Positional::Count::one, Names::document}},
      {message_option(), author_option()},
      {{"stet restore song~1", "undo the last save"}},
      run_restore};
}

Verb remove_verb() {
  return {"remove",
          "remove a document",
          "Its name goes from the list. Its versions can still be restored by NAME@ID until "
          "'stet compact'.",
          {{"NAME", "the document", Positional::Count::one, Names::document}},
          {},
          {{"stet remove sketch", ""}},
          run_remove};
}

Verb copy_verb() {
  return {"copy",
          "copy a version to another name",
          "A new version of NAME with the content of SPEC; it takes up almost no space.",
          {{"SPEC", "NAME, NAME@ID, NAME~N, NAME@{TIME} or a file", Positional::Count::one,
            Names::spec},
           {"NAME", "the copy", Positional::Count::one, Names::document}},
          {message_option(), author_option(), limit_option(kStoredDepthMax)},
          {{"stet copy song song-for-choir", ""}},
          run_copy};
}

}  // namespace stet::cli
