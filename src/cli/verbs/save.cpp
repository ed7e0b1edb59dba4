#include <fmt/format.h>
#include <unistd.h>

#include "cli/documents.hpp"
#include "cli/files.hpp"
#include "cli/interrupt.hpp"
#include "cli/limits.hpp"
#include "cli/saved.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

constexpr std::size_t kShortIdMin = 6;

bool is_id_form(const std::string& text) {
  if (Id::parse(text).ok()) return true;
  return text.size() >= kShortIdMin &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string::npos;
}

void require_expectable(const std::string& text) {
  if (text == "none" || is_id_form(text)) return;
  refuse(fmt::format(
      "--expect takes a version's id, {} characters or more of one, or 'none', not '{}'",
      kShortIdMin, text));
}

// The head that --expect names. A short form is taken for the head that it begins; for any other
// head the save is a conflict, which an id that no version has brings about.
ExpectedHead expected_head(Store& store, const std::string& name, const std::string& text) {
  if (text == "none") return std::nullopt;
  if (Result<Id> whole = Id::parse(text); whole.ok()) return *whole;
  const Result<VersionInfo> head = store.show(name);
  if (head.ok() && head->id.to_string().substr(kIdTextPrefix.size()).starts_with(text)) {
    return head->id;
  }
  if (!head.ok() && head.error().code() != ErrorCode::not_found) throw head.error();
  return Id{};
}

std::string input_path(const Arguments& arguments) {
  const std::string path = arguments.text_or("FILE", "-");
  if (!arguments.has("FILE") && isatty(STDIN_FILENO) == 1) {
    refuse("no FILE, and standard input is a terminal: give a file, or '-' to type the document");
  }
  return path;
}

Exit run_save(Session& session, const Arguments& arguments) {
  const std::string& name = arguments.text("NAME");
  require_name(name);
  if (arguments.has("--expect")) require_expectable(arguments.text("--expect"));
  const Input input = read_input(input_path(arguments), arguments.find("--from"),
                                 limits_of(arguments, kStoredDepthMax));
  SaveOptions options = save_options(session, arguments);
  if (arguments.has("--keep-source")) options.source = KeptSource{input.bytes, input.format};
  Store& store = session.store(Access::create);
  if (arguments.has("--expect")) {
    options.expected = expected_head(store, name, arguments.text("--expect"));
  }
  const InterruptGuard guard;
  const Saved saved = store.save(name, input.value, options, session.messages().progress()).value();
  return report_saved(session, name, saved, arguments.has("--explain"));
}

}  // namespace

Verb save_verb() {
  return {
      "save",
      "save a file as a new version of a document",
      "FILE (or standard input) becomes the newest version of NAME; the versions before it stay. "
      "The same content again makes no version and says so. What the file is comes from --from, "
      "else from its extension; anything else is kept as bytes. The save is durable when the "
      "command ends with 0.",
      {{"NAME", "the document", Positional::Count::one, Names::document},
       {"FILE", "the file, or - for standard input", Positional::Count::optional, Names::file}},
      {{"--from", "", "FORMAT", "what FILE is: json, dag-json, dag-cbor, car, bytes",
        Names::format},
       message_option(),
       author_option(),
       {"--expect", "", "ID", "refuse (4) unless this version is the head; none: no document yet",
        Names::text},
       {"--keep-source", "", "", "keep FILE's bytes beside the document, for load --source",
        Names::text},
       limit_option(kStoredDepthMax),
       explain_option()},
      {{"stet save song song.json -m 'First verse'", "a new version, with a message"},
       {"stet save photo -q < photo.jpg",
        "bytes, cut by content, so that equal parts are kept once"}},
      run_save};
}

}  // namespace stet::cli
