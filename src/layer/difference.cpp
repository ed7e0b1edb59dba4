#include "layer/difference.hpp"

#include <algorithm>

#include "layer/numbers.hpp"

namespace stet::layer {

namespace {

// Runs that are as near as this are one, since a hunk costs three bytes or more.
constexpr std::size_t kGapMin = 4;

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
      while (offset < end && base_[offset] == chunk_[offset]) ++offset;
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
  const auto parts = std::ranges::mismatch(base, chunk);
  const auto prefix = static_cast<std::size_t>(parts.in1 - base.begin());
  const std::size_t rest = std::min(base.size(), chunk.size()) - prefix;
  std::size_t suffix = 0;
  while (suffix < rest && base[base.size() - suffix - 1] == chunk[chunk.size() - suffix - 1]) {
    ++suffix;
  }
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
