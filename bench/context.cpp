#include "context.hpp"

#include "stet/codec.hpp"

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

const Value& Context::small_value() {
  if (!small_value_) small_value_ = decode_json(as_bytes(small_score().json)).value();
  return *small_value_;
}

const Value& Context::large_value() {
  if (!large_value_) large_value_ = decode_json(as_bytes(large_score().json)).value();
  return *large_value_;
}

Note NotePicker::changed(std::size_t id) {
  Note note = score_->notes[id];
  last_numerator_ = static_cast<std::uint16_t>(last_numerator_ % 997 + 17);
  note.numerator = last_numerator_;
  return note;
}

}  // namespace stet::bench
