// verify, compact and backup: keeping the store.
#include <fmt/format.h>

#include "cli/documents.hpp"
#include "cli/interrupt.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

Value damage_value(const VerifyReport::Entry& entry) {
  Value documents = Value::empty_list();
  for (const std::string& name : entry.documents) documents = documents.append(Value(name));
  Value value =
      Value::map({{"documents", documents}, {"message", Value(printable(entry.damage.message))}});
  if (entry.damage.offset) value = value.with_member("offset", Value(*entry.damage.offset));
  if (entry.damage.id) value = value.with_member("id", Value(entry.damage.id->to_string()));
  return value;
}

Value report_value(const VerifyReport& report) {
  Value damage = Value::empty_list();
  for (const VerifyReport::Entry& entry : report.damage)
    damage = damage.append(damage_value(entry));
  return Value::map({{"ok", Value(report.ok())},
                     {"documents", Value(report.documents)},
                     {"versions", Value(report.versions)},
                     {"chunks", Value(report.chunks)},
                     {"bytes", Value(report.bytes)},
                     {"damage", damage}});
}

std::string damage_text(const VerifyReport::Entry& entry) {
  std::string line = "damaged: " + printable(entry.damage.message);
  if (entry.damage.offset) line += fmt::format(", offset {}", *entry.damage.offset);
  if (entry.damage.id) line += ", chunk " + short_id(*entry.damage.id);
  std::string touched;
  for (const std::string& name : entry.documents)
    touched += (touched.empty() ? "" : ", ") + printable(name);
  return touched.empty() ? line : line + ", touches " + touched;
}

void print_report(Session& session, const VerifyReport& report, bool opens) {
  for (const VerifyReport::Entry& entry : report.damage) {
    session.out().line(session.out().paint(Colour::red, damage_text(entry)));
  }
  const std::string checked =
      fmt::format("{}, {}, {}, {}", count_text(report.documents, "document"),
                  count_text(report.versions, "version"), count_text(report.chunks, "chunk"),
                  size_text(report.bytes));
  if (report.ok()) {
    session.say("whole: " + checked);
  } else {
    session.out().line("checked: " + checked);
    session.messages().line(
        opens ? "keep a copy of the store as it is, then 'stet load NAME' what still loads, or "
                "take the documents from a backup"
              : "nothing in it can be loaded as it is: keep a copy of the file, and take the "
                "documents from a backup");
  }
}

// Nothing where damage keeps the store from being opened at all, which is an answer too.
std::optional<VerifyReport> verify_if_it_opens(Session& session, const std::string& name,
                                               VerifyReport& damage) {
  try {
    session.store(Access::read);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt) throw;
    damage.damage.push_back({{error.context().offset, std::nullopt, error.message()}, {}});
    return std::nullopt;
  }
  return session.store(Access::read).verify(name, session.messages().progress()).value();
}

Exit run_verify(Session& session, const Arguments& arguments) {
  const std::string name = arguments.text_or("NAME", "");
  if (arguments.has("NAME")) require_name(name);
  VerifyReport unopened;
  const auto verified = verify_if_it_opens(session, name, unopened);
  const VerifyReport& report = verified ? *verified : unopened;
  if (session.json()) {
    session.out().json_line(report_value(report));
  } else {
    print_report(session, report, verified.has_value());
  }
  return report.ok() ? Exit::done : Exit::no;
}

Exit run_compact(Session& session, const Arguments&) {
  const InterruptGuard guard;  // the new file is a temporary until it is whole
  const SweepReport report =
      session.store(Access::change).compact(session.messages().progress()).value();
  if (session.json()) {
    session.out().json_line(Value::map({{"chunks_kept", Value(report.chunks_kept)},
                                        {"chunks_dropped", Value(report.chunks_dropped)},
                                        {"bytes_before", Value(report.bytes_before)},
                                        {"bytes_after", Value(report.bytes_after)}}));
    return Exit::done;
  }
  session.say(fmt::format("compacted: {} kept, {} dropped, {} before, {} after",
                          count_text(report.chunks_kept, "chunk"), report.chunks_dropped,
                          size_text(report.bytes_before), size_text(report.bytes_after)));
  return Exit::done;
}

Value backup_value(const std::string& url, const BackupReport& report) {
  Value diverged = Value::empty_list();
  for (const std::string& name : report.diverged) diverged = diverged.append(Value(name));
  return Value::map({{"url", Value(printable(url))},
                     {"documents", Value(report.documents)},
                     {"versions", Value(report.versions)},
                     {"chunks", Value(report.chunks)},
                     {"bytes", Value(report.bytes)},
                     {"diverged", diverged}});
}

// Conflict where the target has versions of its own, or was left behind by a prune: it is left as
// it is.
Exit back_up(Session& session, const std::string& url) {
  Store target = session.open(url, Access::create);
  const BackupReport report =
      session.store(Access::read).backup_to(target, session.messages().progress()).value();
  if (session.json()) {
    session.out().json_line(backup_value(url, report));
  } else {
    session.say(fmt::format("backed up to {}: {} sent in {}, {}", printable(url),
                            count_text(report.documents, "document"),
                            count_text(report.versions, "version"), size_text(report.bytes)));
    for (const std::string& name : report.diverged) {
      session.messages().line(
          fmt::format("{} is left as it is there: the copy has versions of its own, or was left "
                      "behind by a prune here; back up to a new store",
                      printable(name)));
    }
  }
  return report.diverged.empty() ? Exit::done : Exit::conflict;
}

void require_elsewhere(Session& session, const std::string& url) {
  if (url == "mem:")
    refuse("nothing in memory outlives a command, so mem: is no place for a backup");
  constexpr std::string_view kFile = "file:";
  if (!url.starts_with(kFile) || !session.store_url().starts_with(kFile)) return;
  const auto target = session.files().status(url.substr(kFile.size()));
  const auto source = session.files().status(session.store_url().substr(kFile.size()));
  const bool there = target.ok() && *target && source.ok() && *source;
  if (there && (*target)->identity == (*source)->identity) {
    refuse(fmt::format("{} is the store itself: a backup goes elsewhere", url));
  }
}

Exit run_backup(Session& session, const Arguments& arguments) {
  session.store(Access::read);  // a source that isn't there makes no empty copies
  for (const std::string& url : arguments.all("URL")) require_elsewhere(session, url);
  Exit exit = Exit::done;
  for (const std::string& url : arguments.all("URL")) {
    if (back_up(session, url) != Exit::done) exit = Exit::conflict;
  }
  return exit;
}

}  // namespace

Verb verify_verb() {
  return {
      "verify",
      "check every byte that documents are made of",
      "All versions of NAME, or of every document, and the store's own framing. Ends with 0 when "
      "everything is whole, and with 1 when something is damaged, saying where and which versions "
      "it "
      "touches.",
      {{"NAME", "one document", Positional::Count::optional, Names::document}},
      {},
      {{"stet verify", ""}},
      run_verify};
}

Verb compact_verb() {
  return {
      "compact",
      "give back the space of what nothing needs",
      "Drops what no document's versions reach (removed documents, for one) and rewrites the store "
      "without it. Others may read and write meanwhile.",
      {},
      {},
      {{"stet compact", ""}},
      run_compact};
}

Verb backup_verb() {
  return {"backup",
          "copy the store, with all versions, to other stores",
          "Documents, versions, ids, pins and holds are the same there, and what was removed can "
          "be restored there too. Sends only what is missing, so that a second backup costs what "
          "has changed; takes nothing away.",
          {{"URL", "the other store, as file:/mnt/disk/backup.stet", Positional::Count::many,
            Names::url}},
          {},
          {{"stet backup file:/mnt/disk/backup.stet", ""}},
          run_backup};
}

}  // namespace stet::cli
