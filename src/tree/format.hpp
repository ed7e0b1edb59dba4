// Constants of the tree's format, version 1. Every one of them decides ids: to change one is to
// change the format (docs/format.md, Trees).
#pragma once

#include <cstddef>
#include <cstdint>

namespace stet::tree {

// Stored; never renumber.
enum class NodeKind : std::uint8_t { list = 0, map = 1, text = 2, bytes = 3 };

// A container, text or bytes whose plain encoding is longer than this is a tree of its own.
inline constexpr std::uint64_t kInlineBytesMax = 1536;

// Where a node ends: never below `min` bytes of content, surely at `max`, between the two by a draw
// of 32 bits that is below the odds (times the bytes of the item). The odds of a cut at a byte are
// a quarter of 1/target below the target and fourfold above it, in units of 2⁻³².
struct CutRule {
  std::uint64_t min, target, max;
  std::uint64_t odds_below_target, odds_above_target;
};
constexpr CutRule cut_rule(std::uint64_t target) {
  constexpr std::uint64_t kOne = std::uint64_t{1} << 32;
  return {target / 2, target, target * 2, kOne / (4 * target), 4 * kOne / target};
}
inline constexpr CutRule kLeafRule = cut_rule(1536);
inline constexpr CutRule kInnerRule = cut_rule(1024);
inline constexpr std::size_t kInnerEntriesMin = 2;  // so that every level is shorter than the last

inline constexpr std::uint64_t kCutSeed = 0x74657473;  // "stet", of every XXH3 that decides a cut
inline constexpr std::size_t kRollBytes = 64;          // window of the rolling hash

// Bounds of what is written and read. No tree within them is ever refused by load.
inline constexpr unsigned kLevelMax = 40;
inline constexpr unsigned kDepthMax = 1000;  // nested containers
inline constexpr std::size_t kChunkBytesMax = 8u << 20;

}  // namespace stet::tree
