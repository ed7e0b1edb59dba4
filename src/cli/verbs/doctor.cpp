#include <fmt/format.h>

#include <exception>

#include "cli/doctor/beside.hpp"
#include "cli/doctor/place.hpp"
#include "cli/interrupt.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

constexpr std::int64_t kLookNs = 1'500'000'000;  // at the content; verify takes as long as it takes
// What is worth a compaction.
constexpr std::uint64_t kNeededTimes = 2;
constexpr std::uint64_t kSpareBytes = 4'000'000;

class Doctor {
 public:
  explicit Doctor(Session& session) : session_(session) {}

  Exit run() {
    look_at_store();
    constexpr std::string_view kFile = "file:";
    const std::string& url = session_.store_url();
    if (url.starts_with(kFile)) look_at_disk(url.substr(kFile.size()));
    session_.json() ? print_json() : print_text();
    // What keeps the store from being opened is said last, as an error.
    if (unopened_) std::rethrow_exception(unopened_);
    return Exit::done;
  }

 private:
  Store* open_if_there() {
    try {
      return session_.store_if_there();
    } catch (const Failure& failure) {
      if (failure.exit() == Exit::usage) throw;
      unopened_ = std::current_exception();
    } catch (const Error&) {
      unopened_ = std::current_exception();
    }
    return nullptr;
  }

  void look_at_store() {
    Store* store = open_if_there();
    findings_.tell("url", "url", Value(printable(session_.store_url())),
                   printable(session_.store_url()));
    const bool exists = store != nullptr || unopened_;
    findings_.tell("exists", "exists", Value(exists),
                   store    ? "yes"
                   : exists ? "yes, but it can't be opened"
                            : "not yet: the first save makes it");
    if (!store) return;
    const BackendInfo info = store->info();
    stored_bytes_ = info.stored_bytes;
    findings_.tell("engine", "engine", Value(info.engine), info.engine);
    findings_.tell("durability", "durability", Value(durability_name(info.durability)),
                   durability_text(info.durability));
    findings_.tell("stored_bytes", "stored", Value(info.stored_bytes),
                   size_text(info.stored_bytes));
    for (const std::string& note : info.notes) findings_.warn(printable(note));
    if (info.durability != Durability::power_loss) {
      findings_.warn("what is saved here does not survive a loss of power");
    }
    look_at_content(*store);
  }

  static std::string durability_text(Durability durability) {
    switch (durability) {
      case Durability::none:
        return "none: ends with the process";
      case Durability::process:
        return "process: survives the end of the command, not of the machine";
      case Durability::power_loss:
        return "power-loss: a save that is done survives a loss of power";
    }
    return "";
  }

  // As far as a moment suffices.
  void look_at_content(Store& store) {
    const std::int64_t end_ns = session_.clock().monotonic_ns() + kLookNs;
    const auto report = store.verify({}, [&](const Progress&) {
      return session_.clock().monotonic_ns() < end_ns && !interrupted();
    });
    if (!report.ok() && report.error().code() == ErrorCode::cancelled) {
      findings_.tell("checked", "checked", Value(false),
                     "no: that takes longer, and 'stet verify' does it");
      return;
    }
    if (!report.ok()) return findings_.warn(report.error().to_string());
    findings_.tell("checked", "checked", Value(true),
                   report->ok() ? fmt::format("{}, all whole", count_text(report->chunks, "chunk"))
                                : "damaged");
    if (!report->ok()) {
      findings_.warn(fmt::format("{} found: 'stet verify' says what it touches",
                                 count_text(report->damage.size(), "damage", "damages")));
    }
    judge_size(report->bytes);
  }

  void judge_size(std::uint64_t needed_bytes) {
    if (stored_bytes_ < needed_bytes * kNeededTimes + kSpareBytes) return;
    findings_.warn(
        fmt::format("the store takes up {}, and what its documents need is {}: 'stet "
                    "compact' gives the rest back",
                    size_text(stored_bytes_), size_text(needed_bytes)));
  }

  void look_at_disk(const std::string& given) {
    const InterruptGuard guard;
    const auto real = session_.files().real_path(given);
    const std::string path = real.ok() ? *real : given;
    doctor::look_at_place(session_.files(), session_.clock(), path, stored_bytes_, findings_);
    doctor::look_at_file(session_.files(), session_.clock(), path, findings_);
    doctor::look_for_leftovers(session_.files(), path, findings_);
  }

  void print_json() {
    Value report = Value::empty_map();
    for (const doctor::Fact& fact : findings_.facts) {
      report = report.with_member(fact.name, fact.value);
    }
    Value warnings = Value::empty_list();
    for (const std::string& warning : findings_.warnings)
      warnings = warnings.append(Value(warning));
    session_.out().json_line(report.with_member("warnings", warnings));
  }

  void print_text() {
    Table table;
    for (const doctor::Fact& fact : findings_.facts) table.row({fact.label, fact.text});
    session_.out().write(table.to_string());
    for (const std::string& warning : findings_.warnings) {
      session_.out().line(session_.out().paint(Colour::yellow, "warning: " + warning));
    }
    if (findings_.warnings.empty() && !unopened_)
      session_.out().line("nothing weakens the promise here, as far as can be seen");
  }

  Session& session_;
  doctor::Findings findings_;
  std::uint64_t stored_bytes_ = 0;
  std::exception_ptr unopened_;
};

Exit run_doctor(Session& session, const Arguments&) { return Doctor(session).run(); }

}  // namespace

Verb doctor_verb() {
  return {
      "doctor",
      "say what the store promises here, and what could weaken it",
      "Engine, durability, kind of file system and how it is mounted, free space, the time that "
      "a flush takes beside the store; and warnings: a place that keeps nothing, flushes or "
      "locks that mean little, a store that others may change, that somebody blocks, that is "
      "damaged (as far as a second suffices to look) or much larger than what is in it, and "
      "what crashes have left beside it. Changes nothing.",
      {},
      {},
      {{"stet doctor", ""}},
      run_doctor};
}

}  // namespace stet::cli
