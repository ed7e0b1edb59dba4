// Making slabs and the objects in them.
#pragma once

#include <span>

#include "stet/value/value.hpp"

namespace stet::detail {

enum class SlabSort : std::uint8_t { packed, single };

// One count, its holder's. `bytes` of objects follow the header. Throws bad_alloc.
Slab* allocate_slab(std::size_t bytes, SlabSort sort);
// As a packed one with room for kSlabBytes in all, from the pool.
Slab* allocate_pooled_slab();
inline char* slab_content(Slab* slab) noexcept { return reinterpret_cast<char*>(slab + 1); }

inline std::size_t node_bytes(bool is_map, std::size_t count) noexcept {
  return sizeof(Node) + (is_map ? sizeof(Keys*) : 0) + count * sizeof(Cell);
}
inline std::size_t keys_bytes(std::size_t count) noexcept {
  return sizeof(Keys) + count * sizeof(Cell);
}
inline std::size_t text_bytes(std::size_t size) noexcept {
  return sizeof(Object) + (size + 7) / 8 * 8;
}

// In a single slab of its own, with room for `count` cells, all null; the keys of a map are the
// caller's to set, and the count is his.
Node* make_node(ObjectSort sort, std::uint8_t height, std::size_t count);
Keys* make_keys(std::size_t count);

// A text, bytes or link: short ones in the cell, else in a slab of its own. `tag` is text, bytes or
// link.
Cell make_chars(Tag tag, std::string_view chars);

// One count more on what each cell owns; runs of cells in one slab are counted at once.
void retain_all(std::span<const Cell> cells) noexcept;

}  // namespace stet::detail
