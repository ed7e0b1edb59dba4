// Numbers as records and packs have them: u32, little-endian, and LEB128 (DWARF 5, 7.6).
#pragma once

#include <optional>

#include "stet/base.hpp"

namespace stet::layer {

inline constexpr std::size_t kU32Bytes = 4;
std::size_t load_u32(const std::uint8_t* from) noexcept;
// Precondition: below 2^32.
void store_u32(std::uint8_t* to, std::size_t number) noexcept;

void append_varint(Bytes& to, std::size_t number);
// Takes one of at most five bytes from the front; nothing where there is none.
std::optional<std::size_t> take_varint(BytesView& from);

}  // namespace stet::layer
