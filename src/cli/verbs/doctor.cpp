#include <fmt/format.h>

#include "cli/flush_probe.hpp"
#include "cli/interrupt.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

constexpr std::size_t kFlushes = 25;
constexpr std::int64_t kCacheNs = 20'000;  // no device makes bytes durable in less

struct Finding {
  std::string name;
  Value value;
  std::string text;
};

class Doctor {
 public:
  explicit Doctor(Session& session) : session_(session) {}

  Exit run() {
    look_at_store();
    if (session_.store_url().starts_with("file:")) look_at_disk(session_.store_url().substr(5));
    session_.json() ? print_json() : print_text();
    return Exit::done;
  }

 private:
  void find(std::string name, Value value, std::string text) {
    findings_.push_back({std::move(name), std::move(value), std::move(text)});
  }

  void look_at_store() {
    Store* store = session_.store_if_there();
    find("url", Value(printable(session_.store_url())), printable(session_.store_url()));
    find("exists", Value(store != nullptr), store ? "yes" : "not yet: the first save makes it");
    if (!store) return;
    const BackendInfo info = store->info();
    find("engine", Value(info.engine), info.engine);
    find("durability", Value(durability_name(info.durability)), durability_text(info.durability));
    find("stored_bytes", Value(info.stored_bytes), size_text(info.stored_bytes));
    for (const std::string& note : info.notes) warnings_.push_back(printable(note));
    if (info.durability != Durability::power_loss) {
      warnings_.emplace_back("what is saved here does not survive a loss of power");
    }
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

  void look_at_disk(const std::string& path) {
    const std::string folder = os::parent_directory(path);
    const Result<std::string> kind = session_.files().file_system_kind(folder);
    if (!kind.ok()) {
      warnings_.push_back(kind.error().to_string());
      return;
    }
    find("file_system", Value(printable(*kind)), printable(*kind));
    judge_file_system(*kind);
    const InterruptGuard guard;
    const auto times = measure_flushes(session_.files(), session_.clock(),
                                       scratch_path(path, *system_random(), ".tmp"), kFlushes);
    if (!times.ok()) {
      warnings_.push_back("a scratch file beside the store failed: " + times.error().to_string());
      return;
    }
    const std::int64_t median_ns = (*times)[kFlushes / 2];
    find("flush_ns", Value(median_ns),
         fmt::format("{} (fastest {}, slowest {})", duration_text(median_ns),
                     duration_text(times->front()), duration_text(times->back())));
    if (median_ns < kCacheNs) {
      warnings_.emplace_back(
          "a flush is faster than devices are: something may keep it in a cache that a loss "
          "of power empties");
    }
  }

  void judge_file_system(const std::string& kind) {
    if (kind == "tmpfs" || kind == "ramfs") {
      warnings_.push_back(kind + " is memory: the store is gone when the machine stops");
    } else if (kind.starts_with("nfs") || kind == "cifs" || kind == "smb2" || kind == "fuse") {
      warnings_.push_back(
          kind +
          " is not under this machine's control: its server decides what a flush and a "
          "lock mean");
    } else if (kind == "overlayfs" || kind == "overlay") {
      warnings_.push_back(kind + " usually belongs to a container: the store may be gone with it");
    }
  }

  void print_json() {
    Value report = Value::empty_map();
    for (const Finding& finding : findings_)
      report = report.with_member(finding.name, finding.value);
    Value warnings = Value::empty_list();
    for (const std::string& warning : warnings_) warnings = warnings.append(Value(warning));
    session_.out().json_line(report.with_member("warnings", warnings));
  }

  void print_text() {
    Table table;
    for (Finding& finding : findings_) {
      std::string label = finding.name == "flush_ns" ? "flush" : finding.name;
      if (label == "stored_bytes") label = "stored";
      if (label == "file_system") label = "file system";
      table.row({label, finding.text});
    }
    session_.out().write(table.to_string());
    for (const std::string& warning : warnings_) {
      session_.out().line(session_.out().paint(Colour::yellow, "warning: " + warning));
    }
    if (warnings_.empty())
      session_.out().line("nothing weakens the promise here, as far as can be seen");
  }

  Session& session_;
  std::vector<Finding> findings_;
  std::vector<std::string> warnings_;
};

Exit run_doctor(Session& session, const Arguments&) { return Doctor(session).run(); }

}  // namespace

Verb doctor_verb() {
  return {
      "doctor",
      "say what the store promises here, and what could weaken it",
      "Engine, durability, kind of file system, the time that a flush takes beside the store, and "
      "warnings. Changes nothing.",
      {},
      {},
      {{"stet doctor", ""}},
      run_doctor};
}

}  // namespace stet::cli
