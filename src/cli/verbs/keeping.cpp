// compact and backup: keeping the store.
#include <fmt/format.h>

#include "cli/documents.hpp"
#include "cli/interrupt.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

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
  if (session.is_own_store(url)) {
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

Verb compact_verb() {
  return {
      "compact",
      "give back the space of what nothing needs",
      "Drops what no document's versions reach (removed documents, for one) and rewrites the store "
      "without it, older versions packed tightly. Others may read and write meanwhile.",
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
