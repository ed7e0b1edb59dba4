// LMDB, synchronous: a key a note.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "score.hpp"

namespace stet::bench {

// Every call throws std::runtime_error with LMDB's words when it fails.
class LmdbNotes {
 public:
  explicit LmdbNotes(const std::string& folder);  // made where it isn't there
  ~LmdbNotes();

  void insert_all(const Score& score);  // one transaction; notes have keys 0, 1, 2 …, then rests
  void update(std::size_t id, const Note& note);  // one transaction
  Note read(std::size_t id);

  static std::string version();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stet::bench
