// Row of a small read: a store that is closed, opened for one note.
#include <optional>
#include <string>

#include "peers/lmdb.hpp"
#include "peers/sqlite.hpp"
#include "rows.hpp"

namespace stet::bench {

namespace {

// Opens the database and reads one note; closing it isn't counted.
template <class Database>
Side open_and_read(std::string name, const std::string& path, const Score& score) {
  return {std::move(name), [path, picker = NotePicker(score)]() mutable {
            const std::size_t id = picker.next();
            std::optional<Database> database;
            return measure(Clock::wall, [&] {
              database.emplace(path);
              keep(database->read(id));
            });
          }};
}

}  // namespace

Row read_one_note(Context& context) {
  const Score& score = context.large_score();
  const std::string lmdb_path = context.scratch().fresh_path("read.lmdb");
  LmdbNotes(lmdb_path).insert_all(score.notes);
  const std::string sqlite_path = context.scratch().fresh_path("read.sqlite");
  SqliteNotes(sqlite_path).insert_all(score.notes);
  const int rounds = context.rounds(400);
  Row row{"Open and read one note",
          "the large score, files in the page cache; " + std::to_string(rounds) + " rounds",
          {},
          {}};
  row.sides = run_in_turn(Clock::wall, rounds,
                          {open_and_read<LmdbNotes>("LMDB", lmdb_path, score),
                           open_and_read<SqliteNotes>("SQLite", sqlite_path, score)});
  return row;
}

}  // namespace stet::bench
