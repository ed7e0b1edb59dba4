// Rows of small edits: durable, against the floor and against databases.
#include <string>

#include "peers/floor.hpp"
#include "peers/lmdb.hpp"
#include "peers/rocksdb.hpp"
#include "peers/sqlite.hpp"
#include "rows.hpp"

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

}  // namespace

Row durable_edit(Context& context) {
  const Score& score = context.small_score();
  Floor floor(context.scratch().fresh_path("floor"));
  SqliteNotes sqlite(context.scratch().fresh_path("edit.sqlite"));
  sqlite.insert_all(score.notes);
  LmdbNotes lmdb(context.scratch().fresh_path("edit.lmdb"));
  lmdb.insert_all(score.notes);
  RocksDb rocksdb(context.scratch().fresh_path("edit.rocksdb"));
  for (int commit = 0; commit < kWarmUpCommits; ++commit) sqlite.update(0, score.notes[0]);

  const int rounds = context.rounds(400);
  Row row{"Durable small edit", "one note changed; " + std::to_string(rounds) + " rounds", {}, {}};
  row.sides =
      run_in_turn(Clock::wall, rounds,
                  {floor_side(floor, kSmallCommitBytes), floor_side(floor, kPathCommitBytes),
                   note_side("SQLite, WAL, synchronous=FULL: one row", sqlite, score),
                   note_side("LMDB: one key", lmdb, score), rocksdb_side(rocksdb)});
  row.compare("SQLite against the floor", 2, 0, {});
  row.compare("LMDB against the floor", 3, 0, {});
  row.compare("RocksDB against the floor", 4, 0, {});
  return row;
}

}  // namespace stet::bench
