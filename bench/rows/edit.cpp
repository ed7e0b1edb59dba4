// Rows of small edits: durable, against the floor and databases; in a document a hundred times
// larger; in memory.
#include <string>

#include "peers/floor.hpp"
#include "peers/lmdb.hpp"
#include "peers/rocksdb.hpp"
#include "peers/sqlite.hpp"
#include "rows.hpp"
#include "stet/value/builder.hpp"
#include "subject.hpp"

namespace stet::bench {

namespace {

constexpr std::size_t kSmallCommitBytes = 512;
constexpr std::size_t kPathCommitBytes = 4096;
constexpr std::size_t kEditBytes = 200;
constexpr int kWarmUpCommits = 1200;  // takes SQLite's log past its first checkpoint

Side floor_side(Floor& floor, std::size_t bytes) {
  return {"floor: pwrite and fdatasync, " + std::to_string(bytes) + " B",
          [&floor, data = std::string(bytes, 'f')] {
            return measure(Clock::wall, [&] { floor.commit(data); });
          }};
}

// One note changed in a database that holds a row a note.
template <class Database>
Side note_side(std::string name, Database& database, const Score& score) {
  return {std::move(name), [&database, picker = NotePicker(score)]() mutable {
            const std::size_t id = picker.next();
            const Note note = picker.changed(id);
            return measure(Clock::wall, [&] { database.update(id, note); });
          }};
}

Side rocksdb_side(RocksDb& database) {
  return {"RocksDB, sync: one value of 200 B", [&database, number = 0]() mutable {
            const std::string key = std::to_string(number++);
            const std::string value(kEditBytes, 'v');
            return measure(Clock::wall, [&] { database.put(key, value); });
          }};
}

Side save_side(std::string name, StetScore& document) {
  return {std::move(name), [&document] { return document.save_edit(); }};
}

Side patch_side(std::string name, StetScore& document) {
  return {std::move(name), [&document] { return document.patch_edit(); }};
}

Value list_of_numbers(std::size_t count) {
  ListBuilder builder;
  for (std::size_t index = 0; index < count; ++index) builder.append(Value(index));
  return builder.build();
}

Value list_of_notes(std::size_t count) {
  ListBuilder builder;
  for (std::size_t index = 0; index < count; ++index) {
    builder.append(Value::map({{"note", Value("C#4")}, {"id", Value(index)}}));
  }
  return builder.build();
}

// Items replaced at random places; every list before is given up as its successor comes.
Side replace_side(std::string name, Value list) {
  constexpr int kEdits = 2000;
  return {std::move(name), [list, random = std::mt19937_64(11)]() mutable {
            return measure_each(Clock::thread_cpu, kEdits, [&](int edit) {
              list = list.with_item(random() % list.size(), Value(edit));
            });
          }};
}

Side replace_path_side(std::string name, Value score_value, const Score& score) {
  constexpr std::size_t kEdits = 500;
  Editor editor(score);
  std::vector<Edit> edits;
  for (std::size_t index = 0; index < kEdits; ++index) edits.push_back(editor.next());
  return {std::move(name), [value = std::move(score_value), edits = std::move(edits)]() mutable {
            return measure_each(Clock::thread_cpu, kEdits, [&](int index) {
              const Edit& edit = edits[static_cast<std::size_t>(index)];
              value = value.with(edit.path, edit.duration).value();
            });
          }};
}

}  // namespace

Row durable_edit(Context& context) {
  const Score& score = context.small_score();
  Floor floor(context.scratch().fresh_path("floor"));
  SqliteNotes sqlite(context.scratch().fresh_path("edit.sqlite"));
  sqlite.insert_all(score);
  LmdbNotes lmdb(context.scratch().fresh_path("edit.lmdb"));
  lmdb.insert_all(score);
  RocksDb rocksdb(context.scratch().fresh_path("edit.rocksdb"));
  for (int commit = 0; commit < kWarmUpCommits; ++commit) sqlite.update(0, score.notes[0]);

  StetScore stet(context.scratch().fresh_path("edit.stet"), score, context.small_value());

  const int rounds = context.rounds(400);
  Row row{"Durable small edit", "one note changed; " + std::to_string(rounds) + " rounds", {}, {}};
  row.sides =
      run_in_turn(Clock::wall, rounds,
                  {save_side("Stet: edit and save of a score of 0.3 MB", stet),
                   floor_side(floor, kSmallCommitBytes), floor_side(floor, kPathCommitBytes),
                   note_side("SQLite, WAL, synchronous=FULL: one row", sqlite, score),
                   note_side("LMDB: one key", lmdb, score), rocksdb_side(rocksdb)});
  row.compare("Stet against the floor of 512 B", 0, 1, Goal{Better::less, 1.4, 1.1});
  row.findings.push_back(
      {"flushes of a save", row.sides[0].flushes, "", Goal{Better::less, 1, 1}, {}});
  row.findings.push_back(
      {"bytes of a save", row.sides[0].bytes_written, "bytes", Goal{Better::less, 20000, {}}, {}});
  row.compare("SQLite against the floor", 3, 1, {});
  row.compare("LMDB against the floor", 4, 1, {});
  row.compare("RocksDB against the floor", 5, 1, {});
  return row;
}

Row larger_document(Context& context) {
  StetScore small(context.scratch().fresh_path("small.stet"), context.small_score(),
                  context.small_value());
  StetScore large(context.scratch().fresh_path("large.stet"), context.large_score(),
                  context.large_value());
  const int rounds = context.rounds(400);
  Row row{"The same edit in a document 100 times larger",
          "0.3 MB and 33 MB as JSON; " + std::to_string(rounds) + " rounds",
          {},
          {}};
  row.sides = run_in_turn(
      Clock::wall, rounds,
      {save_side("edited value, small document", small),
       save_side("edited value, large document", large), patch_side("patch, small document", small),
       patch_side("patch, large document", large)});
  row.compare("edited value, large against small", 1, 0, Goal{Better::less, 1.3, 1.1});
  row.compare("patch, large against small", 3, 2, Goal{Better::less, 1.3, 1.1});
  return row;
}

Row edit_in_memory(Context& context) {
  constexpr std::size_t kItems = 1'000'000;
  const int rounds = context.rounds(21);
  Row row{"Edit in memory",
          "processor time of one edit at a random place; " + std::to_string(rounds) + " rounds",
          {},
          {}};
  row.sides =
      run_in_turn(Clock::thread_cpu, rounds,
                  {replace_side("with_item, a list of a million numbers", list_of_numbers(kItems)),
                   replace_side("with_item, a list of a million notes", list_of_notes(kItems)),
                   replace_path_side("with(path), the large score", context.large_value(),
                                     context.large_score())});
  for (const Measured& side : row.sides) {
    row.findings.push_back(
        {side.name, side.seconds.median * 1e6, "µs", Goal{Better::less, 2, 0.5}, {}});
  }
  row.findings.back().goal.reset();
  return row;
}

}  // namespace stet::bench
