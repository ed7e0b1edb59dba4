// Row of a small read: a store that is closed, opened for one note.
#include <optional>
#include <string>

#include "peers/lmdb.hpp"
#include "peers/sqlite.hpp"
#include "rows.hpp"
#include "subject.hpp"

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

Side open_and_view(const std::string& path, const Score& score) {
  return {"Stet: open, view, one note; chunks checked", [path, editor = Editor(score)]() mutable {
            const Path note = editor.next_note();
            std::optional<Store> store;
            return measure(Clock::wall, [&] {
              StoreOptions options;
              options.read_only = true;
              store = Store::open(url_of(path), std::move(options)).value();
              keep(store->view(kDocument).value().at(note).value());
            });
          }};
}

}  // namespace

Row read_one_note(Context& context) {
  const Score& score = context.large_score();
  const std::string lmdb_path = context.scratch().fresh_path("read.lmdb");
  LmdbNotes(lmdb_path).insert_all(score);
  const std::string sqlite_path = context.scratch().fresh_path("read.sqlite");
  SqliteNotes(sqlite_path).insert_all(score);
  const std::string stet_path = context.scratch().fresh_path("read.stet");
  Store::open(url_of(stet_path)).value().save(kDocument, context.large_value()).value();
  const int rounds = context.rounds(400);
  Row row{"Open and read one note",
          "the large score, files in the page cache; " + std::to_string(rounds) + " rounds",
          {},
          {}};
  row.sides = run_in_turn(
      Clock::wall, rounds,
      {open_and_view(stet_path, score), open_and_read<LmdbNotes>("LMDB", lmdb_path, score),
       open_and_read<SqliteNotes>("SQLite", sqlite_path, score)});
  row.compare("Stet against LMDB", 0, 1, Goal{Better::less, 1.0, 0.7});
  row.compare("Stet against SQLite", 0, 2, Goal{Better::less, 0.2, 0.16});
  return row;
}

}  // namespace stet::bench
