#include <fmt/format.h>

#include "cli/documents.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

constexpr std::uint64_t kTableRows = 50;  // aligned with each other, and shown at once

// What a version changed against its first parent: "first", "2 changes", "same".
std::string changes_text(Store& store, const std::string& name, const VersionInfo& info) {
  if (info.version.parents.empty()) return "first";
  const auto spec = [&](const Id& id) { return fmt::format("{}@{}", name, id.to_string()); };
  const Result<Patch> patch = store.diff(spec(info.version.parents.front()), spec(info.id));
  if (!patch.ok() && patch.error().code() != ErrorCode::not_found) return "damaged";
  if (!patch.ok()) {
    // Its record stays where only its content was pruned.
    return store.show(spec(info.version.parents.front())).ok() ? "parent pruned"
                                                               : "parent not here";
  }
  return patch->empty() ? "same" : count_text(patch->size(), "change");
}

class LogTable {
 public:
  LogTable(Session& session, Store& store, std::string name)
      : session_(session), store_(store), name_(std::move(name)) {}

  void row(const VersionInfo& info) {
    const Version& version = info.version;
    table_.row({session_.out().paint(Colour::yellow, short_id(info.id)),
                version.root.id.short_form(8), time_text(version.time_ms),
                printable(version.author), size_text(version.bytes),
                changes_text(store_, name_, info), printable(version.message)});
    if (++rows_ % kTableRows == 0) print();
  }
  void print() {
    session_.out().write(table_.to_string());
    table_ = Table({4});
  }

 private:
  Session& session_;
  Store& store_;
  const std::string name_;
  Table table_{{4}};
  std::uint64_t rows_ = 0;
};

Exit run_log(Session& session, const Arguments& arguments) {
  const std::string spec =
      resolve_document(session, arguments.text("NAME"), "only documents of a store have versions");
  const std::optional<std::uint64_t> limit = arguments.number("-n");
  Store& store = session.store(Access::read);
  show(store, spec);
  LogTable table(session, store, Spec::parse(spec).value().name);
  std::uint64_t shown = 0;
  if (limit == 0) return Exit::done;
  const auto each = [&](const VersionInfo& info) {
    if (session.json()) {
      session.out().json_line(version_value(info));
    } else {
      table.row(info);
    }
    return ++shown != limit;
  };
  store.log(spec, each, session.messages().progress()).value();
  table.print();
  return Exit::done;
}

}  // namespace

Verb log_verb() {
  return {
      "log",
      "list the versions of a document, newest first",
      "Version, root, time (UTC), author, size, what changed against the version before, message. "
      "Two versions with one root have the same content.",
      {{"NAME", "the document, or a SPEC to begin at", Positional::Count::one, Names::document}},
      {{"-n", "", "N", "N versions at most", Names::text}},
      {{"stet log song -n 10", "the ten newest"},
       {"stet log song --json", "a line each: id, root, parents, time_ms, author, message, …"}},
      run_log};
}

}  // namespace stet::cli
