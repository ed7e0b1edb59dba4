// Cells, objects and slabs: the layout below Value, ValueRef and the builders. Not for callers; the
// encoders of chunks read cells as they lie (codec/dag_cbor_write.hpp).
//
// A Cell is 16 bytes: a scalar, a text or bytes of up to 15 bytes, or the address of an object. An
// object lives in a slab and begins with an 8-byte header that says how far back its slab begins;
// a slab is one allocation with one count, and its objects go together. Two sorts of slab:
//   packed  many objects, made by a builder. Its cells point only into the slab itself and own
//           nothing, so a packed slab is freed without looking at it. Immutable.
//   single  one object. Each of its cells owns a count on the slab that it points to. Its only
//           holder may change it in place.
// Lists and maps are trees of nodes: a leaf holds up to 32 cells, an inner node up to 8 cells of
// its subtrees, which are lists or maps themselves; leaves are all at one depth. A map node also
// has a Keys object, which equal maps share: in a leaf the members' keys, in an inner node a lower
// bound of each subtree's keys but for the first, which takes everything smaller.
// Sources: the persistent vectors of immer and Clojure; shapes as in JavaScript engines.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "stet/base/bytes.hpp"

namespace stet {

enum class Kind : std::uint8_t { null, boolean, integer, floating, text, bytes, link, list, map };

namespace detail {

static_assert(std::endian::native == std::endian::little && sizeof(void*) == 8,
              "cells are laid out for 64-bit little-endian machines");

inline constexpr std::size_t kLeafMax = 32;
inline constexpr std::size_t kLeafMin = 8;
inline constexpr std::size_t kInnerMax = 8;
inline constexpr std::size_t kInnerMin = 3;
inline constexpr std::size_t kShortMax = 15;  // bytes of a text that fits into its cell

enum class Tag : std::uint8_t {
  simple,  // null, false, true by the nibble
  integer,
  negative,  // −1 − body
  floating,
  short_text,  // length in the nibble
  short_bytes,
  text,  // from here on: body is the address of an object, head >> 8 the size
  bytes,
  link,
  list,
  map,
};

// head: tag in bits 0–3, nibble in bits 4–7. A short text begins in the second byte.
struct Cell {
  std::uint64_t head;
  std::uint64_t body;

  Tag tag() const noexcept { return static_cast<Tag>(head & 15); }
  std::size_t nibble() const noexcept { return (head >> 4) & 15; }
  std::size_t size() const noexcept { return head >> 8; }  // objects only
  bool owns() const noexcept { return (head & 15) >= 6 && body != 0; }
};
static_assert(sizeof(Cell) == 16);

constexpr std::uint64_t head_of(Tag tag, std::uint64_t size = 0) noexcept {
  return static_cast<std::uint64_t>(tag) | size << 8;
}
constexpr std::uint64_t simple_head(std::uint64_t nibble) noexcept { return nibble << 4; }

inline constexpr std::array<Kind, 16> kKinds = {
    Kind::null, Kind::integer, Kind::integer, Kind::floating, Kind::text, Kind::bytes,
    Kind::text, Kind::bytes,   Kind::link,    Kind::list,     Kind::map};

inline Kind kind_of(const Cell& cell) noexcept {
  return (cell.head & 0xf0) != 0 && (cell.head & 15) == 0 ? Kind::boolean : kKinds[cell.head & 15];
}

struct Slab {
  std::atomic<std::uint64_t> count;
  std::uint64_t size_and_sort;  // bytes of the allocation; the top bits: single, pooled

  static constexpr std::uint64_t kSingle = 1ull << 63;
  static constexpr std::uint64_t kPooled = 1ull << 62;
  bool is_single() const noexcept { return (size_and_sort & kSingle) != 0; }
  bool is_pooled() const noexcept { return (size_and_sort & kPooled) != 0; }
  std::uint64_t bytes() const noexcept { return size_and_sort & ~(kSingle | kPooled); }
};
static_assert(sizeof(Slab) == 16);

enum class ObjectSort : std::uint8_t { text, list_node, map_node, keys };

struct Object {
  std::uint32_t back;   // bytes from the slab's begin
  std::uint16_t count;  // cells; for packed texts the bytes
  std::uint8_t height;  // nodes: 0 for a leaf
  ObjectSort sort;

  Slab* slab() const noexcept {
    return reinterpret_cast<Slab*>(reinterpret_cast<std::uintptr_t>(this) - back);
  }
};
static_assert(sizeof(Object) == 8);

// Followed by its cells.
struct Keys : Object {
  const Cell* cells() const noexcept { return reinterpret_cast<const Cell*>(this + 1); }
  Cell* cells() noexcept { return reinterpret_cast<Cell*>(this + 1); }
};

// A list node is followed by its cells; a map node by its Keys* and then its cells.
struct Node : Object {
  bool is_map() const noexcept { return sort == ObjectSort::map_node; }
  const Cell* cells() const noexcept {
    return reinterpret_cast<const Cell*>(reinterpret_cast<const char*>(this + 1) +
                                         (is_map() ? sizeof(Keys*) : 0));
  }
  Cell* cells() noexcept { return const_cast<Cell*>(std::as_const(*this).cells()); }
  Keys* keys() const noexcept {
    Keys* keys;
    std::memcpy(&keys, this + 1, sizeof keys);
    return keys;
  }
  void set_keys(Keys* keys) noexcept { std::memcpy(this + 1, &keys, sizeof keys); }
};

inline std::uint64_t load_word(const void* at) noexcept {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

inline Object* object_of(const Cell& cell) noexcept { return reinterpret_cast<Object*>(cell.body); }
inline Node* node_of(const Cell& cell) noexcept { return reinterpret_cast<Node*>(cell.body); }

// Texts and bytes, short or not.
inline std::string_view chars_of(const Cell& cell) noexcept {
  if ((cell.head & 15) < 6) return {reinterpret_cast<const char*>(&cell) + 1, cell.nibble()};
  return {reinterpret_cast<const char*>(object_of(cell) + 1), cell.size()};
}

// Copies at most 15 bytes without a call.
inline void copy_short(char* to, const char* from, std::size_t size) noexcept {
  if (size >= 8) {
    std::memcpy(to, from, 8);
    std::memcpy(to + size - 8, from + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(to, from, 4);
    std::memcpy(to + size - 4, from + size - 4, 4);
  } else if (size != 0) {
    to[0] = from[0];
    to[size / 2] = from[size / 2];
    to[size - 1] = from[size - 1];
  }
}

// Precondition: at most 15 bytes. `tag` is short_text or short_bytes.
inline Cell short_cell(Tag tag, const char* chars, std::size_t size) noexcept {
  Cell cell{head_of(tag) | size << 4, 0};
  copy_short(reinterpret_cast<char*>(&cell) + 1, chars, size);
  return cell;
}

inline void retain(const Cell& cell) noexcept {
  if (cell.owns()) object_of(cell)->slab()->count.fetch_add(1, std::memory_order_relaxed);
}
void release_slab(Slab* slab) noexcept;
inline void release(const Cell& cell) noexcept {
  if (cell.owns()) release_slab(object_of(cell)->slab());
}

// DAG-CBOR's order: shorter keys first, then bytewise.
inline int compare_keys(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.empty() ? 0 : std::memcmp(a.data(), b.data(), a.size());
}

// Holds one count on a Keys object.
class KeysHandle {
 public:
  KeysHandle() noexcept = default;
  explicit KeysHandle(Keys* adopted) noexcept : keys_(adopted) {}
  KeysHandle(KeysHandle&& other) noexcept : keys_(std::exchange(other.keys_, nullptr)) {}
  KeysHandle& operator=(KeysHandle&& other) noexcept {
    std::swap(keys_, other.keys_);
    return *this;
  }
  ~KeysHandle() {
    if (keys_ != nullptr) release_slab(keys_->slab());
  }
  static KeysHandle sharing(Keys* keys) noexcept {
    keys->slab()->count.fetch_add(1, std::memory_order_relaxed);
    return KeysHandle(keys);
  }
  Keys* get() const noexcept { return keys_; }
  Keys* release() noexcept { return std::exchange(keys_, nullptr); }

 private:
  Keys* keys_ = nullptr;
};

// Where the item or member `index` is. Precondition: index < size of the tree.
struct LeafPlace {
  const Node* leaf;
  std::size_t offset;  // in the leaf
};
LeafPlace leaf_at(const Node* root, std::size_t index) noexcept;

// The member's cell, or null.
const Cell* find_member(const Node* root, std::string_view key) noexcept;

inline constexpr Cell kNullCell{};

}  // namespace detail
}  // namespace stet
