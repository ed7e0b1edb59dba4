// Where nodes end: decided by what is in the node so far, never by what comes after it. So a change
// can only move the end of the node that it lies in, and of those after it until a cut falls where
// one was before.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>

#include "stet/base.hpp"
#include "tree/format.hpp"

namespace stet::tree {

inline std::uint32_t draw_of(BytesView bytes) noexcept {
  return static_cast<std::uint32_t>(XXH3_64bits_withSeed(bytes.data(), bytes.size(), kCutSeed) >>
                                    32);
}

// Ids are uniform already: their first four bytes, big-endian.
inline std::uint32_t draw_of(const Id& id) noexcept {
  return static_cast<std::uint32_t>(id.bytes[0]) << 24 |
         static_cast<std::uint32_t>(id.bytes[1]) << 16 |
         static_cast<std::uint32_t>(id.bytes[2]) << 8 | id.bytes[3];
}

// For nodes of items (leaves of lists and maps, and all inner nodes).
class ItemCutter {
 public:
  ItemCutter(const CutRule& rule, std::size_t items_min) : rule_(rule), items_min_(items_min) {}

  // Adds an item and says whether the node ends after it.
  bool add(std::uint64_t item_bytes, std::uint32_t draw) noexcept {
    bytes_ += item_bytes;
    ++items_;
    if (bytes_ < rule_.min || items_ < items_min_) return false;
    if (bytes_ >= rule_.max) return true;
    const bool is_below = bytes_ < rule_.target;
    return draw < item_bytes * (is_below ? rule_.odds_below_target : rule_.odds_above_target);
  }
  void reset() noexcept { bytes_ = items_ = 0; }

 private:
  CutRule rule_;
  std::size_t items_min_;
  std::uint64_t bytes_ = 0;
  std::size_t items_ = 0;
};

// For leaves of text and bytes: a gear hash of the last kRollBytes bytes (Xia et al., FastCDC,
// USENIX ATC 2016). Text is only cut where the text before ends with a whole character.
class ByteCutter {
 public:
  explicit ByteCutter(bool is_text);
  // `run` begins with the leaf's `scanned` bytes that an earlier call has seen without finding an
  // end. Returns the leaf's size, or 0 when all of `run` is seen and the leaf goes on.
  std::size_t find_end(BytesView run, std::size_t scanned) noexcept;

 private:
  bool may_end(BytesView leaf) const noexcept;

  std::array<std::uint64_t, 256> gear_;
  bool is_text_;
  std::uint64_t roll_ = 0;
};

}  // namespace stet::tree
