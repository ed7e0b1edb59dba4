// DAG-CBOR written through a pointer: the inner loop of the encoders of this room and of the
// tree's. Each function writes at `at` and returns what follows. Room is the caller's:
// kItemRoomBytes serve for the head of any item, for any item that isn't a long run, and for one of
// those with a short key before it; what lies behind the end that is returned may have been written
// to as well.
//
// Cells are read as they lie (stet/value/cell.hpp): a short text is all but encoded there.
#pragma once

#include <bit>
#include <cstring>

#include "stet/codec/dag_cbor.hpp"

namespace stet::dag_cbor {

using Place = std::uint8_t*;

inline constexpr std::size_t kHeadBytesMax = 9;
inline constexpr std::size_t kItemRoomBytes = 48;
inline constexpr std::uint8_t kTagLink = 42;

inline std::uint8_t head_byte(Major major, unsigned detail) noexcept {
  return static_cast<std::uint8_t>(static_cast<unsigned>(major) << 5 | detail);
}

inline Place store_big_endian(Place at, std::uint64_t value) noexcept {
  const std::uint64_t swapped = __builtin_bswap64(value);
  std::memcpy(at, &swapped, sizeof swapped);
  return at + sizeof swapped;
}

// The shortest head.
inline Place store_head(Place at, Major major, std::uint64_t argument) noexcept {
  if (argument < 24) {
    *at = head_byte(major, static_cast<unsigned>(argument));
    return at + 1;
  }
  const unsigned width = (argument > 0xff ? 1u : 0u) + (argument > 0xffff ? 1u : 0u) +
                         (argument > 0xffff'ffff ? 1u : 0u);  // 1, 2, 4 or 8 bytes
  const unsigned bytes = 1u << width;
  *at = head_byte(major, 24 + width);
  store_big_endian(at + 1, argument << (64 - 8 * bytes));
  return at + 1 + bytes;
}

inline Place store_simple(Place at, std::uint8_t byte) noexcept {
  *at = byte;
  return at + 1;
}

// Nodes that a builder made lie in the order in which they are read, so what is read next is most
// often behind. How far was measured: nearer comes too late, farther is given up again.
inline void prefetch_behind(const detail::Node& node) noexcept {
  constexpr std::size_t kAheadBytes = 3072;
  __builtin_prefetch(reinterpret_cast<const std::uint8_t*>(&node) + kAheadBytes);
}

// A container's node lies behind all that it holds, so the next of a list is far from what is read
// now; and before it lie the nodes that are read after it.
inline void prefetch_next(const detail::Cell* cell, const detail::Cell* end) noexcept {
  if (cell == end || !cell->owns()) return;
  const auto* const node = reinterpret_cast<const std::uint8_t*>(cell->body);
  for (std::ptrdiff_t offset = -192; offset <= 64; offset += 64) __builtin_prefetch(node + offset);
}

// A text or bytes of at most 15: its cell, with the head in place of the cell's own.
inline Place store_short(Place at, Major major, const detail::Cell& cell) noexcept {
  const std::uint64_t head =
      (cell.head & ~std::uint64_t{0xff}) | head_byte(major, static_cast<unsigned>(cell.nibble()));
  std::memcpy(at, &head, sizeof head);
  std::memcpy(at + sizeof head, &cell.body, sizeof cell.body);
  return at + 1 + cell.nibble();
}

// Null, a boolean or a number.
inline Place store_number(Place at, const detail::Cell& cell) noexcept {
  switch (cell.tag()) {
    case detail::Tag::integer:
      return store_head(at, Major::unsigned_integer, cell.body);
    case detail::Tag::negative:
      return store_head(at, Major::negative_integer, cell.body);
    case detail::Tag::floating:
      *at = 0xfb;
      return store_big_endian(at + 1, cell.body);
    default:
      return store_simple(at, cell.nibble() == 0 ? 0xf6 : cell.nibble() == 1 ? 0xf4 : 0xf5);
  }
}

}  // namespace stet::dag_cbor
