#include "layer/numbers.hpp"

#include <algorithm>

namespace stet::layer {

std::size_t load_u32(const std::uint8_t* from) noexcept {
  std::size_t number = 0;
  for (std::size_t i = 0; i < kU32Bytes; ++i) number |= std::size_t{from[i]} << (8 * i);
  return number;
}

void store_u32(std::uint8_t* to, std::size_t number) noexcept {
  for (std::size_t i = 0; i < kU32Bytes; ++i) to[i] = static_cast<std::uint8_t>(number >> (8 * i));
}

void append_varint(Bytes& to, std::size_t number) {
  for (; number >= 0x80; number >>= 7) to.push_back(static_cast<std::uint8_t>(number | 0x80));
  to.push_back(static_cast<std::uint8_t>(number));
}

std::optional<std::size_t> take_varint(BytesView& from) {
  constexpr std::size_t kBytesMax = 5;
  std::size_t value = 0;
  for (std::size_t i = 0; i < std::min(from.size(), kBytesMax); ++i) {
    value |= std::size_t{from[i] & 0x7fu} << (7 * i);
    if (from[i] >= 0x80) continue;
    from = from.subspan(i + 1);
    return value;
  }
  return std::nullopt;
}

}  // namespace stet::layer
