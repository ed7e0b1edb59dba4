// list and show: what is there.
#include <fmt/format.h>

#include "cli/documents.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

constexpr std::size_t kTableRows = 200;  // aligned with each other, and shown at once

Value document_value(const DocumentInfo& document) {
  return Value::map({{"name", Value(document.name)},
                     {"id", Value(document.id.to_string())},
                     {"root", Value(document.root.id.to_string())},
                     {"time_ms", Value(document.time_ms)},
                     {"bytes", Value(document.bytes)},
                     {"versions", Value(document.versions)}});
}

std::vector<std::string> document_row(const DocumentInfo& document, std::int64_t now_ms) {
  return {printable(document.name), short_id(document.id), size_text(document.bytes),
          count_text(document.versions, "version"), age_text(document.time_ms, now_ms)};
}

Exit run_list(Session& session, const Arguments& arguments) {
  const std::int64_t now_ms = session.clock().now_ms();
  const auto new_table = [] { return Table({2, 3}); };
  Table table = new_table();
  std::size_t rows = 0;
  const auto each = [&](const DocumentInfo& document) {
    if (session.json()) {
      session.out().json_line(document_value(document));
      return true;
    }
    table.row(document_row(document, now_ms));
    if (++rows % kTableRows == 0) {
      session.out().write(table.to_string());
      table = new_table();
    }
    return true;
  };
  session.store(Access::read).list(arguments.text_or("PREFIX", ""), each).value();
  session.out().write(table.to_string());
  if (rows == 0 && !session.json()) session.messages().line("no documents");
  return Exit::done;
}

void show_text(Session& session, const VersionInfo& info) {
  const Version& version = info.version;
  Table table;
  table.row({"version", info.id.to_string()});
  table.row({"root", version.root.id.to_string()});
  for (const Id& parent : version.parents) table.row({"parent", parent.to_string()});
  table.row({"time", time_text(version.time_ms)});
  if (!version.author.empty()) table.row({"author", printable(version.author)});
  if (!version.message.empty()) table.row({"message", printable(version.message)});
  table.row({"size", size_text(version.bytes)});
  table.row({"generation", std::to_string(version.generation)});
  if (version.source) table.row({"source", "kept, " + printable(version.source->format)});
  for (const auto& [key, value] : version.labels) {
    table.row({"label", printable(key) + " = " + printable(value)});
  }
  session.out().write(table.to_string());
}

Exit run_show(Session& session, const Arguments& arguments) {
  const std::string spec =
      resolve_document(session, arguments.text("SPEC"), "only documents of a store have versions");
  const VersionInfo info = show(session.store(Access::read), spec);
  if (session.json()) {
    session.out().json_line(version_value(info));
  } else {
    show_text(session, info);
  }
  return Exit::done;
}

}  // namespace

Verb list_verb() {
  return {
      "list",
      "list the documents of the store",
      "By name: newest version, size, number of versions, age. With PREFIX those whose name begins "
      "with these characters.",
      {{"PREFIX", "the beginning of the names", Positional::Count::optional, Names::document}},
      {},
      {{"stet list songs/", "everything under songs/"},
       {"stet list --json", "a line each: name, id, root, time_ms, bytes, versions"}},
      run_list};
}

Verb show_verb() {
  return {
      "show",
      "show one version: ids, time, author, message, size",
      "The newest version of a document, or the one that SPEC names.",
      {{"SPEC", "NAME, NAME@ID, NAME~N or NAME@{TIME}", Positional::Count::one, Names::document}},
      {},
      {{"stet show song~1", "the version before the newest"}},
      run_show};
}

}  // namespace stet::cli
