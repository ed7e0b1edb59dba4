// KeyStep: what a ValueBuilder knows of the keys of maps. Not for callers.
//
// The keys of the open map so far, seen from the last of them, in the order in which they came.
// Earlier maps with the same keys tell which may come next, and where their Keys object lies.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "stet/value/cell.hpp"

namespace stet::detail {

struct KeyStep {
  static constexpr std::size_t kNone = ~std::size_t{0};
  static constexpr std::size_t kEncodedReach = 16;  // bytes that is_encoded may read
  static constexpr unsigned kPlaceBits = 4;
  static constexpr std::size_t kPlaces = std::size_t{1} << kPlaceBits;

  // Of the last key as DAG-CBOR: its first word under a mask, and its last one where it is longer
  // than a word. They match nothing for keys longer than two words, and where the keys so far
  // aren't strictly ascending in map order.
  std::uint64_t front = 1, front_mask = 0;
  std::uint64_t rear = 0;
  std::size_t rear_offset = 0;
  const char* chars = nullptr;
  std::size_t size = kNone;  // of the last key; kNone is no key's
  // With one key more: of those with the same place the one met last; never null.
  std::array<KeyStep*, kPlaces> next{};
  Keys* sorted_keys = nullptr;  // all of them in the builder's slab, where they came sorted

  bool is(std::string_view key) const noexcept {
    if (key.size() != size) return false;
    if (size > 16) return std::memcmp(chars, key.data(), size) == 0;
    return size >= 8   ? same<std::uint64_t>(key.data())
           : size >= 4 ? same<std::uint32_t>(key.data())
                       : same_few(key.data());
  }
  // The step that this key, or the key whose encoding begins so, may lead to.
  KeyStep*& next_of(std::string_view key) noexcept {
    return next[place_of(key.size(), key.empty() ? 0 : key[0])];
  }
  KeyStep*& next_of_encoded(const std::uint8_t* at) noexcept {
    return next[place_of(at[0] - 0x60u, static_cast<char>(at[1]))];
  }
  // Whether the bytes at `at` begin with the last key's encoding. kEncodedReach must be readable.
  bool is_encoded(const std::uint8_t* at) const noexcept {
    if (((load_word(at) & front_mask) ^ front) != 0) return false;
    return rear_offset == 0 || load_word(at + rear_offset) == rear;
  }
  // Sets the words. Preconditions: `key` is the last key, and all keys come strictly ascending.
  void expect_encoded(std::string_view key) noexcept;

 private:
  static std::size_t place_of(std::size_t size, char first) noexcept {
    const std::uint32_t mixed =
        static_cast<std::uint32_t>(size << 8 | static_cast<std::uint8_t>(first)) * 0x85eb'ca6bu;
    return mixed >> (32 - kPlaceBits);
  }
  // Two loads that overlap cover sizes from one word to two.
  template <class Word>
  bool same(const char* other) const noexcept {
    Word a, b, c, d;
    std::memcpy(&a, chars, sizeof a);
    std::memcpy(&b, other, sizeof b);
    std::memcpy(&c, chars + size - sizeof c, sizeof c);
    std::memcpy(&d, other + size - sizeof d, sizeof d);
    return ((a ^ b) | (c ^ d)) == 0;
  }
  bool same_few(const char* other) const noexcept {
    return size == 0 || (chars[0] == other[0] && chars[size / 2] == other[size / 2] &&
                         chars[size - 1] == other[size - 1]);
  }
};

}  // namespace stet::detail
