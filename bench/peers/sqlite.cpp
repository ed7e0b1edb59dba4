#include "peers/sqlite.hpp"

#include <sqlite3.h>

#include <stdexcept>

namespace stet::bench {

namespace {

void check(int code, sqlite3* database) {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
  throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(database));
}

class Statement {
 public:
  Statement(sqlite3* database, const char* text) : database_(database) {
    check(sqlite3_prepare_v2(database, text, -1, &statement_, nullptr), database);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void bind(int place, std::int64_t value) { sqlite3_bind_int64(statement_, place, value); }
  void bind_unless(bool is_absent, int place, std::int64_t value) {
    if (is_absent) {
      sqlite3_bind_null(statement_, place);
    } else {
      bind(place, value);
    }
  }
  void bind_static(int place, std::string_view bytes) {
    sqlite3_bind_blob64(statement_, place, bytes.data(), bytes.size(), SQLITE_STATIC);
  }
  bool step() {
    const int code = sqlite3_step(statement_);
    check(code, database_);
    return code == SQLITE_ROW;
  }
  void run() {
    step();
    reset();
  }
  void reset() { sqlite3_reset(statement_); }
  template <class Number>
  void read(int column, Number& number) {
    number = static_cast<Number>(sqlite3_column_int64(statement_, column));
  }
  template <class Number>
  void read_or(Number absent, int column, Number& number) {
    number = absent;
    if (sqlite3_column_type(statement_, column) != SQLITE_NULL) read(column, number);
  }

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
};

constexpr const char* kSchema =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    "CREATE TABLE IF NOT EXISTS note(id INTEGER PRIMARY KEY, musician, instrument, staff, measure,"
    " voice, item, chord_item, midi_pitch, numerator, denominator,"
    " is_mezzoforte, articulation, endpoint_id, slur_to);"
    "CREATE TABLE IF NOT EXISTS document(name TEXT PRIMARY KEY, bytes BLOB)";

void bind_note(Statement& statement, std::size_t id, const Note& note) {
  statement.bind(1, static_cast<std::int64_t>(id));
  statement.bind(2, note.musician);
  statement.bind(3, note.instrument);
  statement.bind(4, note.staff);
  statement.bind(5, note.measure);
  statement.bind(6, note.voice);
  statement.bind(7, note.item);
  statement.bind_unless(note.chord_item < 0, 8, note.chord_item);
  statement.bind_unless(note.midi_pitch == 0, 9, note.midi_pitch);
  statement.bind(10, note.numerator);
  statement.bind(11, note.denominator);
  statement.bind(12, note.is_mezzoforte ? 1 : 0);
  statement.bind_unless(note.articulation < 0, 13, note.articulation);
  statement.bind_unless(note.endpoint_id < 0, 14, note.endpoint_id);
  statement.bind_unless(note.slur_to < 0, 15, note.slur_to);
}

Note read_note(Statement& statement) {
  Note note{};
  statement.read(1, note.musician);
  statement.read(2, note.instrument);
  statement.read(3, note.staff);
  statement.read(4, note.measure);
  statement.read(5, note.voice);
  statement.read(6, note.item);
  statement.read_or(std::int16_t{-1}, 7, note.chord_item);
  statement.read_or(std::uint16_t{0}, 8, note.midi_pitch);
  statement.read(9, note.numerator);
  statement.read(10, note.denominator);
  statement.read(11, note.is_mezzoforte);
  statement.read_or(std::int8_t{-1}, 12, note.articulation);
  statement.read_or(-1, 13, note.endpoint_id);
  statement.read_or(-1, 14, note.slur_to);
  return note;
}

class Database {
 public:
  explicit Database(const std::string& path) {
    check(sqlite3_open(path.c_str(), &database_), database_);
    execute(kSchema);
  }
  ~Database() { sqlite3_close(database_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void execute(const char* text) {
    check(sqlite3_exec(database_, text, nullptr, nullptr, nullptr), database_);
  }
  sqlite3* handle() const { return database_; }

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace

struct SqliteNotes::State {
  explicit State(const std::string& path) : database(path) {}
  Database database;
  Statement update{database.handle(), "UPDATE note SET numerator=?2, denominator=?3 WHERE id=?1"};
  Statement read{database.handle(), "SELECT * FROM note WHERE id=?1"};
};

SqliteNotes::SqliteNotes(const std::string& path) : state_(std::make_unique<State>(path)) {}
SqliteNotes::~SqliteNotes() = default;

void SqliteNotes::insert_all(const Score& score) {
  state_->database.execute("BEGIN");
  Statement insert(state_->database.handle(),
                   "INSERT INTO note VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  std::size_t id = 0;
  for (const auto* const items : {&score.notes, &score.rests}) {
    for (const Note& item : *items) {
      bind_note(insert, id++, item);
      insert.run();
    }
  }
  state_->database.execute("COMMIT");
}

void SqliteNotes::update(std::size_t id, const Note& note) {
  state_->update.bind(1, static_cast<std::int64_t>(id));
  state_->update.bind(2, note.numerator);
  state_->update.bind(3, note.denominator);
  state_->update.run();
}

std::vector<Note> SqliteNotes::read_all() {
  std::vector<Note> notes;
  Statement all(state_->database.handle(), "SELECT * FROM note ORDER BY id");
  while (all.step()) notes.push_back(read_note(all));
  return notes;
}

Note SqliteNotes::read(std::size_t id) {
  state_->read.bind(1, static_cast<std::int64_t>(id));
  if (!state_->read.step()) throw std::runtime_error("SQLite: no such note");
  const Note note = read_note(state_->read);
  state_->read.reset();
  return note;
}

void SqliteNotes::put_document(std::string_view name, std::string_view bytes) {
  Statement put(state_->database.handle(), "INSERT OR REPLACE INTO document VALUES(?,?)");
  put.bind_static(1, name);
  put.bind_static(2, bytes);
  put.run();
}

std::string SqliteNotes::version() { return sqlite3_libversion(); }

}  // namespace stet::bench
