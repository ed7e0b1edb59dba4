#include "context.hpp"

namespace stet::bench {

namespace {

constexpr int kQuickLargeScoreMeasures = kLargeScoreMeasures / 10;

}  // namespace

const Score& Context::small_score() {
  if (!small_) small_ = generate_score(kSmallScoreMeasures);
  return *small_;
}

const Score& Context::large_score() {
  if (!large_) large_ = generate_score(quick_ ? kQuickLargeScoreMeasures : kLargeScoreMeasures);
  return *large_;
}

Note NotePicker::changed(std::size_t id) {
  Note note = score_->notes[id];
  last_numerator_ = static_cast<std::uint16_t>(last_numerator_ % 997 + 17);
  note.numerator = last_numerator_;
  return note;
}

}  // namespace stet::bench
