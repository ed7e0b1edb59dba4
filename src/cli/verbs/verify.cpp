// verify and repair: what is damaged, and what can be had again.
#include <fmt/format.h>

#include <deque>

#include "cli/archive.hpp"
#include "cli/damage_text.hpp"
#include "cli/documents.hpp"
#include "cli/files.hpp"
#include "cli/interrupt.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

Value report_value(const VerifyReport& report) {
  return Value::map({{"ok", Value(report.ok())},
                     {"documents", Value(report.documents)},
                     {"versions", Value(report.versions)},
                     {"chunks", Value(report.chunks)},
                     {"bytes", Value(report.bytes)},
                     {"damage", damage_list(report)}});
}

void print_damage(Session& session, const VerifyReport& report) {
  for (const VerifyReport::Entry& entry : report.damage) {
    session.out().line(session.out().paint(Colour::red, damage_text(entry)));
  }
}

std::string checked_text(const VerifyReport& report) {
  return fmt::format("{}, {}, {}, {}", count_text(report.documents, "document"),
                     count_text(report.versions, "version"), count_text(report.chunks, "chunk"),
                     size_text(report.bytes));
}

void print_report(Session& session, const VerifyReport& report, bool opens) {
  print_damage(session, report);
  if (report.ok()) {
    session.say("whole: " + checked_text(report));
    return;
  }
  session.out().line("checked: " + checked_text(report));
  session.messages().line(
      opens ? "'stet repair --from URL' takes what is damaged from a backup or another copy"
            : "it is refused as it is; 'stet repair --from URL' makes it anew of what is whole, "
              "and takes the rest from a backup or another copy");
}

// A store that is refused for its damage is looked at past that.
VerifyReport verified(Session& session, const std::string& name, bool& opens) {
  try {
    session.store(Access::read);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt) throw;
    opens = false;
    VerifyReport report;
    try {
      report = session.open_past_damage(session.store_url(), Access::read)
                   .verify(name, session.messages().progress())
                   .value();
    } catch (const Error& beyond) {
      if (beyond.code() != ErrorCode::corrupt && beyond.code() != ErrorCode::not_found) throw;
    }
    VerifyReport::Entry refusal;
    refusal.damage = {error.context().offset, std::nullopt, error.message()};
    report.damage.insert(report.damage.begin(), std::move(refusal));
    return report;
  }
  return session.store(Access::read).verify(name, session.messages().progress()).value();
}

Exit run_verify(Session& session, const Arguments& arguments) {
  const std::string name = arguments.text_or("NAME", "");
  if (arguments.has("NAME")) require_name(name);
  bool opens = true;
  const VerifyReport report = verified(session, name, opens);
  if (session.json()) {
    session.out().json_line(report_value(report));
  } else {
    print_report(session, report, opens);
  }
  return report.ok() ? Exit::done : Exit::no;
}

Store store_of_archive(Session& session, const std::string& path) {
  Store store = session.open("mem:", Access::create);
  const auto archive = open_archive(path, {});
  const auto imported = store.import_car_from(*archive, {}, session.messages().progress());
  if (!imported.ok()) throw in_file(imported.error(), path);
  return store;
}

// A store, or an archive by its path; one that is damaged itself gives what it can.
Store open_source(Session& session, const std::string& url) {
  if (url.find(':') == url.npos && url.ends_with(".car")) return store_of_archive(session, url);
  if (session.is_own_store(url)) {
    refuse(fmt::format("{} is the store itself: what is damaged comes from elsewhere", url));
  }
  try {
    return session.open(url, Access::read);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt) throw;
    return session.open_past_damage(url, Access::read);
  }
}

Value texts_value(const std::vector<std::string>& texts) {
  Value list = Value::empty_list();
  for (const std::string& text : texts) list = list.append(Value(printable(text)));
  return list;
}

Value repair_value(const RepairReport& report, const std::vector<std::string>& urls) {
  Value mended = Value::empty_list();
  for (const Id& id : report.mended) mended = mended.append(Value(id.to_string()));
  Value sources = Value::empty_list();
  for (std::size_t i = 0; i < urls.size(); ++i) {
    sources = sources.append(Value::map({{"url", Value(printable(urls[i]))},
                                         {"chunks", Value(report.from_source[i])},
                                         {"refused", Value(report.refused[i])}}));
  }
  return Value::map({{"ok", Value(report.left.ok())},
                     {"mended", mended},
                     {"sources", sources},
                     {"engine_damage", Value(report.engine_damage)},
                     {"heads", texts_value(report.heads)},
                     {"uncertain", texts_value(report.uncertain)},
                     {"notes", texts_value(report.notes)},
                     {"damage", damage_list(report.left)}});
}

void print_repair(Session& session, const RepairReport& report,
                  const std::vector<std::string>& urls, bool dry_run) {
  const std::string would = dry_run ? "would be mended" : "mended";
  const bool nothing = report.mended.empty() && report.engine_damage == 0 && report.heads.empty();
  if (nothing && report.left.ok()) {
    session.say("whole, nothing to mend: " + checked_text(report.left));
    return;
  }
  session.say(fmt::format("{}: {}, and {} of the store's own framing", would,
                          count_text(report.mended.size(), "chunk"),
                          count_text(report.engine_damage, "place")));
  for (std::size_t i = 0; i < urls.size(); ++i) {
    if (report.from_source[i] > 0) {
      session.say(fmt::format("  {} from {}", report.from_source[i], printable(urls[i])));
    }
    if (report.refused[i] > 0) {
      session.messages().line(fmt::format("{} gave other bytes for {}: refused", printable(urls[i]),
                                          count_text(report.refused[i], "chunk")));
    }
  }
  for (const std::string& head : report.heads) {
    session.say(printable(head) + " is the newest version again");
  }
  for (const std::string& text : report.uncertain) {
    session.messages().line("not certain: " + printable(text));
  }
  for (const std::string& note : report.notes) session.messages().line(printable(note));
  print_damage(session, report.left);
  session.say((report.left.ok() ? "whole: " : "damage is left: ") + checked_text(report.left));
}

Exit run_repair(Session& session, const Arguments& arguments) {
  const InterruptGuard guard;  // the new file is a temporary until it is whole
  const bool dry_run = arguments.has("--dry-run");
  const std::vector<std::string> urls = arguments.all("--from");
  Store store =
      session.open_past_damage(session.store_url(), dry_run ? Access::read : Access::change);
  std::deque<Store> opened;
  std::vector<Store*> sources;
  for (const std::string& url : urls) {
    opened.push_back(open_source(session, url));
    sources.push_back(&opened.back());
  }
  const RepairReport report =
      store.repair(sources, {.dry_run = dry_run}, session.messages().progress()).value();
  if (session.json()) {
    session.out().json_line(repair_value(report, urls));
  } else {
    print_repair(session, report, urls, dry_run);
  }
  return report.left.ok() ? Exit::done : Exit::no;
}

}  // namespace

Verb verify_verb() {
  return {
      "verify",
      "check every byte that documents are made of",
      "All versions of NAME, or of every document, and the store's own framing. Ends with 0 when "
      "everything is whole, and with 1 when something is damaged, saying where, which versions it "
      "touches, and which part of the newest of them it hides.",
      {{"NAME", "one document", Positional::Count::optional, Names::document}},
      {},
      {{"stet verify", ""}},
      run_verify};
}

Verb repair_verb() {
  return {
      "repair",
      "take what is damaged from a backup or another copy",
      "Everything that 'stet verify' finds damaged or missing is taken from the first source that "
      "has it, chunk by chunk and by id, so that a source can't give anything else. The store is "
      "written anew with it, also where it was refused for its damage, and the file as it was is "
      "kept beside it as NAME.damaged-1, -2 …: remove it when you no longer need it. Ends with 0 "
      "when the store is whole, and with 1 when something is left that no source has, naming it.",
      {},
      {{"--from", "", "URL", "another store, a backup, or an archive (.car)", Names::url, true},
       {"--dry-run", "", "", "say what could be mended, and change nothing"}},
      {{"stet repair --from file:/mnt/disk/backup.stet", ""}},
      run_repair};
}

}  // namespace stet::cli
