// RecentContainers: small containers that a ValueBuilder has made, by their encoding. Not for
// callers.
//
// An encoding is a prefix of no other, so bytes that begin with a known one are that container.
#pragma once

#include <array>
#include <cstdint>

#include "stet/value/cell.hpp"

namespace stet::detail {

struct Recent {
  std::uint64_t word = 1, mask = 0;  // matches nothing
  Cell cell{};                       // uncounted, in the builder's slab
  std::size_t bytes = 0;
};

class RecentContainers {
 public:
  // The one that `word`, read where an encoding begins, may match.
  const Recent& of(std::uint64_t word) const noexcept { return places_[place_of(word)]; }
  // Precondition: bytes ≤ 8.
  void keep(std::uint64_t word, std::size_t bytes, Cell cell) noexcept {
    const std::uint64_t mask = ~std::uint64_t{0} >> (64 - 8 * bytes);
    places_[place_of(word)] = {word & mask, mask, cell, bytes};
  }
  void clear() noexcept { places_.fill({}); }

 private:
  static constexpr unsigned kPlaceBits = 5;
  // By the head and two bytes, which most small containers have.
  static std::size_t place_of(std::uint64_t word) noexcept {
    return ((word & 0xff'ffff) * 0x9e37'79b9'7f4a'7c15) >> (64 - kPlaceBits);
  }

  std::array<Recent, std::size_t{1} << kPlaceBits> places_;
};

}  // namespace stet::detail
