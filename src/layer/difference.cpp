#include "layer/difference.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "layer/numbers.hpp"

namespace stet::layer {

namespace {

// Runs that are as near as this are one, since a hunk costs three bytes or more.
constexpr std::size_t kGapMin = 4;

// Most of two nodes is the same, so words are compared in place of bytes.
constexpr std::size_t kWordBytes = sizeof(std::uint64_t);
static_assert(std::endian::native == std::endian::little);

std::uint64_t word_difference(const std::uint8_t* left, const std::uint8_t* right) noexcept {
  std::uint64_t words[2];
  std::memcpy(&words[0], left, kWordBytes);
  std::memcpy(&words[1], right, kWordBytes);
  return words[0] ^ words[1];
}

// How many of the first bytes of both are the same.
std::size_t same_in_front(BytesView left, BytesView right) noexcept {
  const std::size_t length = std::min(left.size(), right.size());
  std::size_t at = 0;
  for (; at + kWordBytes <= length; at += kWordBytes) {
    const std::uint64_t difference = word_difference(&left[at], &right[at]);
    if (difference != 0) return at + static_cast<std::size_t>(std::countr_zero(difference)) / 8;
  }
  while (at < length && left[at] == right[at]) ++at;
  return at;
}

// How many of the last bytes of both are the same.
std::size_t same_behind(BytesView left, BytesView right) noexcept {
  const std::size_t length = std::min(left.size(), right.size());
  const BytesView ends[] = {left.last(length), right.last(length)};
  std::size_t at = length;
  for (; at >= kWordBytes; at -= kWordBytes) {
    const std::size_t begin = at - kWordBytes;
    const std::uint64_t difference = word_difference(&ends[0][begin], &ends[1][begin]);
    if (difference == 0) continue;
    return length - at + static_cast<std::size_t>(std::countl_zero(difference)) / 8;
  }
  while (at > 0 && ends[0][at - 1] == ends[1][at - 1]) --at;
  return length - at;
}

class HunkWriter {
 public:
  HunkWriter(Bytes& to, BytesView base, BytesView chunk) : to_(to), base_(base), chunk_(chunk) {}

  // The next hunk; everything between two hunks is the same.
  void add(std::size_t base_begin, std::size_t base_end, std::size_t begin, std::size_t end) {
    append_varint(to_, base_begin - behind_);
    append_varint(to_, base_end - base_begin);
    append_varint(to_, end - begin);
    const BytesView added = chunk_.subspan(begin, end - begin);
    to_.insert(to_.end(), added.begin(), added.end());
    behind_ = base_end;
  }
  // Of two stretches of the same length.
  void add_runs(std::size_t offset, std::size_t end) {
    while (true) {
      offset +=
          same_in_front(base_.subspan(offset, end - offset), chunk_.subspan(offset, end - offset));
      if (offset == end) return;
      const std::size_t begin = offset;
      std::size_t same = 0;
      for (; offset < end && same < kGapMin; ++offset) {
        same = base_[offset] == chunk_[offset] ? same + 1 : 0;
      }
      add(begin, offset - same, begin, offset - same);
    }
  }

 private:
  Bytes& to_;
  const BytesView base_, chunk_;
  std::size_t behind_ = 0;  // in the base
};

}  // namespace

void append_difference(Bytes& to, BytesView base, BytesView chunk) {
  const std::size_t prefix = same_in_front(base, chunk);
  const std::size_t suffix = same_behind(base.subspan(prefix), chunk.subspan(prefix));
  HunkWriter hunks(to, base, chunk);
  if (base.size() == chunk.size()) {
    hunks.add_runs(prefix, base.size() - suffix);
  } else {
    hunks.add(prefix, base.size() - suffix, prefix, chunk.size() - suffix);
  }
}

std::optional<Bytes> apply_difference(BytesView base, BytesView difference, std::size_t length) {
  Bytes chunk;
  chunk.reserve(length);
  const auto append = [&](BytesView bytes) {
    if (bytes.size() > length - chunk.size()) return false;
    chunk.insert(chunk.end(), bytes.begin(), bytes.end());
    return true;
  };
  while (!difference.empty()) {
    const auto kept = take_varint(difference);
    const auto left_out = kept ? take_varint(difference) : std::nullopt;
    const auto added = left_out ? take_varint(difference) : std::nullopt;
    if (!added || *kept > base.size() || *left_out > base.size() - *kept ||
        *added > difference.size() || !append(base.first(*kept)) ||
        !append(difference.first(*added))) {
      return std::nullopt;
    }
    base = base.subspan(*kept + *left_out);
    difference = difference.subspan(*added);
  }
  if (!append(base) || chunk.size() != length) return std::nullopt;
  return chunk;
}

}  // namespace stet::layer
