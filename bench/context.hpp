// What every row needs: the documents, the scratch folder, how long to measure.
#pragma once

#include <algorithm>
#include <optional>
#include <random>

#include "score.hpp"
#include "scratch.hpp"
#include "stet/value.hpp"

namespace stet::bench {

class Context {
 public:
  Context(bool quick, Scratch& scratch) : quick_(quick), scratch_(&scratch) {}

  bool quick() const { return quick_; }
  int rounds(int full) const { return quick_ ? std::max(3, full / 10) : full; }
  Scratch& scratch() { return *scratch_; }
  // Made when they are first asked for. In a quick run the large one is a tenth of its size.
  const Score& small_score();
  const Score& large_score();
  const Value& small_value();
  const Value& large_value();

 private:
  bool quick_;
  Scratch* scratch_;
  std::optional<Score> small_, large_;
  std::optional<Value> small_value_, large_value_;
};

// Places to edit or read: the same in every run.
class NotePicker {
 public:
  explicit NotePicker(const Score& score) : score_(&score) {}
  std::size_t next() { return random_() % score_->notes.size(); }
  // A note with a duration that it didn't have.
  Note changed(std::size_t id);

 private:
  const Score* score_;
  std::mt19937_64 random_{7};
  std::uint16_t last_numerator_ = 1;
};

}  // namespace stet::bench
