// export and import.
#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "cli/archive.hpp"
#include "cli/documents.hpp"
#include "cli/files.hpp"
#include "cli/interrupt.hpp"
#include "cli/limits.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

// Into a file, an export that a sweep has overtaken is begun again.
std::uint64_t write_archive(Session& session, const std::optional<std::string>& path,
                            const std::vector<std::string>& specs, const ExportOptions& options) {
  constexpr int kTriesMax = 20;
  Store& store = session.store(Access::read);
  const auto write = [&](const ArchiveWriter& out) {
    return store.export_car_to(out, specs, options, session.messages().progress());
  };
  for (int tries = 1;; ++tries) {
    try {
      return write_pieces(session, path, write);
    } catch (const Error& error) {
      const bool to_file = path && *path != "-";
      if (!to_file || error.code() != ErrorCode::unavailable || tries == kTriesMax) throw;
    }
  }
}

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
  std::set<std::string> names;
  for (const std::string& spec : specs) {
    const std::string name = Spec::parse(spec).value().name;
    if (!names.insert(name).second) {
      refuse(
          fmt::format("{} is named twice: an archive holds one version of a document, or its "
                      "history",
                      name));
    }
  }
  Store& store = session.store(Access::read);
  for (const std::string& spec : specs) show(store, spec);
  const ExportOptions options{.history = arguments.has("--history")};
  const std::uint64_t bytes = write_archive(session, path, specs, options);
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

// What is wrong with the archive is where its file is, not where the store is.
Error of_archive(const Error& error, const std::string& path) {
  const bool is_archive =
      error.code() == ErrorCode::invalid || error.code() == ErrorCode::too_large ||
      error.code() == ErrorCode::unserializable || error.code() == ErrorCode::newer_format;
  return is_archive ? in_file(error, path) : error;
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
  options.limits = limits_of(arguments, kStoredDepthMax);
  const auto archive = open_archive(path, options.limits);
  Store& store = session.store(Access::create);
  const InterruptGuard guard;
  const auto answer = store.import_car_from(*archive, options, session.messages().progress());
  if (!answer.ok()) {
    const Error error = of_archive(answer.error(), path);
    const bool one_name_for_many = !options.name.empty() && error.code() == ErrorCode::invalid &&
                                   error.context().document == options.name;
    if (one_name_for_many) throw Failure(Exit::usage, error);
    throw error;
  }
  const Imported& imported = *answer;
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
       limit_option(kStoredDepthMax)},
      {{"stet import album.car", ""}},
      run_import};
}

}  // namespace stet::cli
