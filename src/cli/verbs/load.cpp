#include <fmt/format.h>

#include "cli/documents.hpp"
#include "cli/files.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

// Only the path to the part is read where the store can do it.
Value load_part(Session& session, const Target& target, const Path& path) {
  if (target.is_file) return load(session, target).at(path).value();
  Store& store = session.store(Access::read);
  show(store, target.text);
  Result<Value> part = store.view(target.text).value().at(path);
  if (!part.ok()) throw part.error().in_document(Spec::parse(target.text).value().name);
  return *std::move(part);
}

Exit load_source(Session& session, const Target& target, const Arguments& arguments) {
  if (arguments.has("POINTER") || arguments.has("--to")) {
    refuse("--source gives the whole original as it was: leave out POINTER and --to");
  }
  if (target.is_file) {
    write_result(session, arguments.find("--output"), read_bytes(target.text));
    return Exit::done;
  }
  Store& store = session.store(Access::read);
  show(store, target.text);
  write_result(session, arguments.find("--output"), store.load_source(target.text).value());
  return Exit::done;
}

Exit run_load(Session& session, const Arguments& arguments) {
  const Path path = parse_pointer(arguments.text_or("POINTER", ""));
  auto format = output_format(arguments.find("--to"), arguments.find("--output"));
  const Target target = resolve(session, arguments.text("SPEC"));
  if (arguments.has("--source")) return load_source(session, target, arguments);
  if (!format && session.json()) format = "json";
  const Value value = path.empty() ? load(session, target) : load_part(session, target, path);
  const TextLayout layout = arguments.has("--compact") ? TextLayout::compact : TextLayout::pretty;
  write_result(session, arguments.find("--output"), encode_result(value, format, layout));
  return Exit::done;
}

}  // namespace

Verb load_verb() {
  return {"load",
          "print a document, or a part of it",
          "The document that SPEC names, or the part of it at POINTER (a JSON Pointer, RFC 6901). "
          "JSON unless --to or the extension of -o says otherwise; bytes come back as they were.",
          {{"SPEC", "NAME, NAME@ID, NAME~N, NAME@{TIME} or a file", Positional::Count::one,
            Names::spec},
           {"POINTER", "the part to load, as /voices/0/name", Positional::Count::optional,
            Names::text}},
          {{"--output", "-o", "FILE", "replace FILE, whole or not at all", Names::file},
           {"--to", "", "FORMAT", "json, dag-json, dag-cbor, car or bytes", Names::format},
           {"--source", "", "", "the original that save --keep-source kept, exact to the byte",
            Names::text},
           {"--compact", "", "", "JSON on one line", Names::text}},
          {{"stet load song /tempo", "one value"},
           {"stet load song~1 -o before.json", "the version before, into a file"},
           {"stet load 'song@{2026-11-20T10:00}'", "as it was at ten (UTC)"}},
          run_load};
}

}  // namespace stet::cli
