// Stet as the rows use it: a file store with the score in it, edited a note at a time.
#pragma once

#include <string>

#include "context.hpp"
#include "harness.hpp"
#include "stet/store.hpp"

namespace stet::bench {

inline constexpr const char* kDocument = "score";

std::string url_of(const std::string& path);

// A small edit, made ready outside of the time: the duration of one note.
struct Edit {
  Path path;
  Value duration;
};

class Editor {
 public:
  explicit Editor(const Score& score) : score_(&score), picker_(score) {}
  Edit next();
  Path next_note();  // a note's path

 private:
  const Score* score_;
  NotePicker picker_;
};

class StetScore {
 public:
  // A new store at `path` that holds `value` as kDocument. Throws stet's exceptions.
  StetScore(const std::string& path, const Score& score, Value value);

  Sample save_edit();   // the edit in memory and the save of the edited value
  Sample patch_edit();  // the same edit as a patch of the stored document
  Store& store() { return store_; }

 private:
  Store store_;
  Value value_;
  Editor editor_;
};

}  // namespace stet::bench
