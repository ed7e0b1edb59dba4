#include <fmt/format.h>

#include <algorithm>

#include "cli/flush_probe.hpp"
#include "cli/interrupt.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

constexpr std::size_t kNotes = 20'000;
constexpr std::size_t kNotesAMeasure = 16;
constexpr std::size_t kEdits = 100;
constexpr std::size_t kFlushes = 100;

// A store beside the user's that is gone when this is.
class Scratch {
 public:
  Scratch(os::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  ~Scratch() {
    const auto removed = files_.remove(path_);
    (void)removed;  // it may never have been made
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  os::FileSystem& files_;
  const std::string path_;
};

Value score() {
  ListBuilder measures;
  for (std::size_t measure = 0; measure < kNotes / kNotesAMeasure; ++measure) {
    ListBuilder notes;
    for (std::size_t note = 0; note < kNotesAMeasure; ++note) {
      notes.append(Value::map({{"pitch", Value(48 + (measure * 7 + note * 5) % 36)},
                               {"start", Value::list({Value(note), Value(kNotesAMeasure)})},
                               {"duration", Value::list({Value(1), Value(kNotesAMeasure)})},
                               {"velocity", Value(64 + (measure + note) % 32)}}));
    }
    measures.append(Value::map({{"number", Value(measure + 1)}, {"notes", notes.build()}}));
  }
  return Value::map({{"title", Value("bench")}, {"measures", measures.build()}});
}

Path velocity_of(std::size_t edit) {
  Path path;
  path.push("measures");
  path.push_index(edit * 97 % (kNotes / kNotesAMeasure));
  path.push("notes");
  path.push_index(edit % kNotesAMeasure);
  path.push("velocity");
  return path;
}

struct Figures {
  std::int64_t flush_ns = 0;  // median, as the others
  std::int64_t save_ns = 0;
  std::int64_t edit_ns = 0, edit_slow_ns = 0;
  std::int64_t load_ns = 0;
  std::uint64_t document_bytes = 0, save_bytes = 0, edit_bytes = 0;
  double edit_flushes = 0;
};

class Bench {
 public:
  Bench(Session& session, const std::string& path) : session_(session), path_(path) {}

  Figures run() {
    Figures figures;
    const Scratch probe(session_.files(), scratch_path(path_, *system_random(), ".tmp"));
    figures.flush_ns =
        measure_flushes(session_.files(), clock(), probe.path(), kFlushes).value()[kFlushes / 2];
    const Scratch scratch(session_.files(), scratch_path(path_, *system_random(), ".stet"));
    const std::string url = "file:" + scratch.path();
    {
      Store store = session_.open(url, Access::create);
      save(store, figures);
      edit(store, figures);
    }
    Store store = session_.open(url, Access::read);
    const std::int64_t begun = clock().monotonic_ns();
    store.load("bench").value();
    figures.load_ns = clock().monotonic_ns() - begun;
    return figures;
  }

 private:
  Clock& clock() { return session_.clock(); }

  void save(Store& store, Figures& figures) {
    document_ = score();
    const std::int64_t begun = clock().monotonic_ns();
    figures.save_bytes = store.save("bench", document_).value().cost.bytes_written;
    figures.save_ns = clock().monotonic_ns() - begun;
    figures.document_bytes = store.show("bench").value().version.bytes;
  }

  void edit(Store& store, Figures& figures) {
    std::vector<std::int64_t> times_ns;
    Cost total;
    for (std::size_t number = 0; number < kEdits && !interrupted(); ++number) {
      const std::int64_t begun = clock().monotonic_ns();
      document_ = std::move(document_).with(velocity_of(number), Value(200 + number)).value();
      const Saved saved = store.save("bench", document_).value();
      times_ns.push_back(clock().monotonic_ns() - begun);
      total.bytes_written += saved.cost.bytes_written;
      total.flushes += saved.cost.flushes;
    }
    const std::size_t edits = times_ns.size();
    if (edits == 0) return;
    std::sort(times_ns.begin(), times_ns.end());
    figures.edit_ns = times_ns[edits / 2];
    figures.edit_slow_ns = times_ns[edits * 99 / 100];
    figures.edit_bytes = total.bytes_written / edits;
    figures.edit_flushes = static_cast<double>(total.flushes) / static_cast<double>(edits);
  }

  Session& session_;
  const std::string path_;
  Value document_;
};

Value figures_value(const Figures& figures) {
  return Value::map({{"flush_ns", Value(figures.flush_ns)},
                     {"edit_ns", Value(figures.edit_ns)},
                     {"edit_slow_ns", Value(figures.edit_slow_ns)},
                     {"edit_bytes", Value(figures.edit_bytes)},
                     {"edit_flushes", Value(figures.edit_flushes)},
                     {"save_ns", Value(figures.save_ns)},
                     {"save_bytes", Value(figures.save_bytes)},
                     {"load_ns", Value(figures.load_ns)},
                     {"document_bytes", Value(figures.document_bytes)}});
}

void print_figures(Output& out, const Figures& figures) {
  Table table;
  table.row({"document", fmt::format("{} notes, {}", kNotes, size_text(figures.document_bytes))});
  table.row(
      {"flush", duration_text(figures.flush_ns) + ", of 512 bytes written before: the floor"});
  table.row(
      {"edit",
       fmt::format("{} a durable save of one changed note ({:.1f}× the floor; 99 of 100 under "
                   "{}), {} and {:.1f} flushes",
                   duration_text(figures.edit_ns),
                   static_cast<double>(figures.edit_ns) / static_cast<double>(figures.flush_ns),
                   duration_text(figures.edit_slow_ns), size_text(figures.edit_bytes),
                   figures.edit_flushes)});
  table.row({"save", fmt::format("{} the whole document, {}", duration_text(figures.save_ns),
                                 size_text(figures.save_bytes))});
  table.row({"load", duration_text(figures.load_ns) + ", every chunk checked"});
  out.write(table.to_string());
}

Exit run_bench(Session& session, const Arguments&) {
  if (!session.store_url().starts_with("file:"))
    refuse("bench measures a disk: --store file:PATH says which");
  const InterruptGuard guard;  // the scratch store goes, whatever happens
  const Figures figures = Bench(session, session.store_url().substr(5)).run();
  if (session.json()) {
    session.out().json_line(figures_value(figures));
  } else {
    print_figures(session.out(), figures);
  }
  return Exit::done;
}

}  // namespace

Verb bench_verb() {
  return {"bench",
          "measure saving and loading on this disk",
          "In a scratch store beside yours, which is not touched: durable saves of small edits, a "
          "whole "
          "save, a load, and the time of a bare flush to compare with.",
          {},
          {},
          {{"stet bench", ""}},
          run_bench};
}

}  // namespace stet::cli
