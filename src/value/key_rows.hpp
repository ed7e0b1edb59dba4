// KeyRows: what a builder has learned about the keys of maps. A row is the keys of an earlier map
// in the order in which they came; a map that begins alike is expected to go on alike, and then
// shares its keys with the earlier one instead of gathering and sorting them.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stet/value/builder.hpp"
#include "value/scratch.hpp"

namespace stet::detail {

struct KeyRow {
  std::string chars;                           // of all keys
  std::vector<ExpectedKey> keys;               // in the order in which they come; into `chars`
  std::array<std::uint8_t, kLeafMax> order{};  // map order → order in which they come
  bool comes_sorted = true;
  std::uint32_t in_scratch = Scratch::kNowhere;  // its Keys, while they are there
  KeysHandle shared;                             // its Keys in a slab of their own, once needed
  unsigned open = 0;                             // maps under way that rely on it
  // For each key, in the order in which they come, the row of the last map inside of its value.
  std::array<KeyRow*, kLeafMax> inside{};

  std::size_t size() const noexcept { return keys.size(); }
  std::string_view key(std::size_t place) const noexcept {  // in map order
    const ExpectedKey& at = keys[order[place]];
    return {at.chars, at.size};
  }
};

class KeyRows {
 public:
  // The row for a map with this first key, or null. `context` tells maps apart that begin alike.
  KeyRow* find(std::string_view first, std::size_t context) noexcept {
    KeyRow* row = rows_[slot_of(first, context)].get();
    return row != nullptr && !row->keys.empty() && row->keys.front().is(first) ? row : nullptr;
  }
  // Learns a row: keys as they came, and their places in map order. Null where the row that is in
  // its place is in use. Precondition: 1 to kLeafMax keys.
  KeyRow* learn(std::span<const std::string_view> keys, std::span<const std::uint8_t> order,
                std::size_t context);

  std::uint32_t keys_in_scratch(KeyRow& row, Scratch& scratch);
  KeysHandle shared_keys(KeyRow& row);
  // The scratch was cut at `size`.
  void forget_scratch(std::uint32_t size) noexcept;
  void close_all() noexcept;

 private:
  static constexpr std::size_t kRows = 64;
  static std::size_t slot_of(std::string_view first, std::size_t context) noexcept {
    std::uint64_t word = context << 32 | (first.size() & 0xff) << 24;
    if (!first.empty()) {
      word |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(first.front())) << 16 |
              static_cast<std::uint64_t>(static_cast<std::uint8_t>(first[first.size() / 2])) << 8 |
              static_cast<std::uint8_t>(first.back());
    }
    return word * 0x9e3779b97f4a7c15u >> 58;
  }

  std::array<std::unique_ptr<KeyRow>, kRows> rows_;  // a row, once made, stays where it is
  std::vector<KeyRow*> placed_;                      // those in the scratch
};

}  // namespace stet::detail
