// Bytes: owned and borrowed runs of octets.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace stet {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;  // never outlives the call it is passed to
using MutableBytes = std::span<std::uint8_t>;

inline BytesView as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(BytesView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace stet
