#include "tree/cutter.hpp"

namespace stet::tree {

namespace {

// Bytes of the character that begins with `lead`, in valid UTF-8.
std::size_t character_bytes(std::uint8_t lead) noexcept {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

bool is_continuation(std::uint8_t byte) noexcept { return (byte & 0xc0) == 0x80; }

}  // namespace

ByteCutter::ByteCutter(bool is_text) : is_text_(is_text) {
  for (std::size_t i = 0; i < gear_.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(i);
    gear_[i] = XXH3_64bits_withSeed(&byte, 1, kCutSeed);
  }
}

bool ByteCutter::may_end(BytesView leaf) const noexcept {
  if (!is_text_) return true;
  std::size_t tail = 1;
  while (tail < 4 && tail < leaf.size() && is_continuation(leaf[leaf.size() - tail])) ++tail;
  return character_bytes(leaf[leaf.size() - tail]) == tail;
}

std::size_t ByteCutter::find_end(BytesView run, std::size_t scanned) noexcept {
  constexpr const CutRule& kRule = kLeafRule;
  constexpr std::size_t kRollFrom = kRule.min - kRollBytes;
  if (scanned == 0) roll_ = 0;
  for (std::size_t i = std::max(scanned, kRollFrom); i < run.size(); ++i) {
    roll_ = (roll_ << 1) + gear_[run[i]];
    const std::size_t size = i + 1;
    if (size < kRule.min) continue;
    const auto draw = static_cast<std::uint32_t>(roll_ >> 32);
    const auto odds = size < kRule.target ? kRule.odds_below_target : kRule.odds_above_target;
    if ((draw < odds || size >= kRule.max) && may_end(run.first(size))) return size;
  }
  return 0;
}

}  // namespace stet::tree
