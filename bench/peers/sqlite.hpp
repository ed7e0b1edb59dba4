// SQLite with a write-ahead log and synchronous=FULL: a row a note, or a whole document as one
// value.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "score.hpp"

namespace stet::bench {

// Every call throws std::runtime_error with SQLite's words when it fails.
class SqliteNotes {
 public:
  explicit SqliteNotes(const std::string& path);  // made where it isn't there
  ~SqliteNotes();

  void insert_all(const Score& score);  // one transaction; notes have ids 0, 1, 2 …, then rests
  void update(std::size_t id, const Note& note);  // one transaction
  std::vector<Note> read_all();
  Note read(std::size_t id);
  void put_document(std::string_view name, std::string_view bytes);  // one transaction

  static std::string version();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stet::bench
