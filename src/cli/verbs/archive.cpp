// export and import.
#include <fmt/format.h>

#include <filesystem>

#include "cli/archive.hpp"
#include "cli/documents.hpp"
#include "cli/files.hpp"
#include "cli/interrupt.hpp"
#include "cli/limits.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

Exit run_export(Session& session, const Arguments& arguments) {
  std::vector<std::string> specs;
  for (const std::string& spec : arguments.all("SPEC")) {
    specs.push_back(
        resolve_document(session, spec, "'stet convert FILE FILE.car' makes an archive of it"));
  }
  const auto path = arguments.find("--output");
  if (!path && session.out().is_terminal()) {
    refuse("an archive is no text for a terminal: give -o FILE.car, or '-o -' to insist");
  }
  Store& store = session.store(Access::read);
  for (const std::string& spec : specs) show(store, spec);
  const ExportOptions options{.history = arguments.has("--history")};
  const std::uint64_t bytes = write_pieces(session, path, [&](const ArchiveWriter& out) {
    return store.export_car_to(out, specs, options, session.messages().progress());
  });
  if (path && *path != "-") {
    session.messages().line(fmt::format("exported {} to {}: {}",
                                        count_text(specs.size(), "document"), printable(*path),
                                        size_text(bytes)));
  }
  return Exit::done;
}

Value imported_value(const Imported& imported) {
  Value documents = Value::empty_list();
  for (const std::string& name : imported.documents) documents = documents.append(Value(name));
  return Value::map({{"documents", documents}, {"blocks_unused", Value(imported.blocks_unused)}});
}

void print_imported(Session& session, const Imported& imported) {
  for (const std::string& name : imported.documents) session.say("imported " + printable(name));
  if (imported.blocks_unused > 0) {
    session.messages().line(
        fmt::format("{} of the archive that no document holds: left out; --adopt takes "
                    "linked ones in",
                    count_text(imported.blocks_unused, "block")));
  }
}

Exit run_import(Session& session, const Arguments& arguments) {
  const std::string& path = arguments.text("FILE");
  ImportOptions options;
  if (arguments.has("NAME")) {
    options.name = arguments.text("NAME");
    require_name(options.name);
  }
  const std::string stem = std::filesystem::path(path).stem().string();
  if (path != "-" && check_name(stem).ok()) options.fallback_name = stem;
  options.adopt = arguments.has("--adopt");
  options.limits = limits_of(arguments);
  const auto archive = open_archive(path, options.limits);
  Store& store = session.store(Access::create);
  const InterruptGuard guard;
  const Imported imported =
      store.import_car_from(*archive, options, session.messages().progress()).value();
  if (session.json()) {
    session.out().json_line(imported_value(imported));
  } else {
    print_imported(session, imported);
  }
  return Exit::done;
}

}  // namespace

Verb export_verb() {
  return {
      "export",
      "write documents as a CAR archive",
      "CAR v1, with names and versions, so that an import elsewhere gives the same ids. Any IPLD "
      "tool "
      "reads it.",
      {{"SPEC", "NAME, NAME@ID, NAME~N or NAME@{TIME}", Positional::Count::many, Names::document}},
      {{"--output", "-o", "FILE", "replace FILE, whole or not at all", Names::file},
       {"--history", "", "", "all versions before it too", Names::text}},
      {{"stet export song cover -o album.car --history", "two documents with all their versions"}},
      run_export};
}

Verb import_verb() {
  return {
      "import",
      "take in a CAR archive",
      "CAR v1 or v2. Stet's own versions keep their names and ids. A root of other origin becomes "
      "the "
      "document NAME, or one named as the file; its links stay links, unless --adopt takes in what "
      "they name. An archive that isn't whole changes nothing.",
      {{"FILE", "the archive, or - for standard input", Positional::Count::one, Names::file},
       {"NAME", "the document", Positional::Count::optional, Names::document}},
      {{"--adopt", "", "", "put linked blocks in the place of their links", Names::text},
       limit_option()},
      {{"stet import album.car", ""}},
      run_import};
}

}  // namespace stet::cli
