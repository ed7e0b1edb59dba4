// What differs between two stored lists or maps, item by item: trees are compared from the top, and
// only what stands on both sides of a difference is read.
#pragma once

#include "tree/container.hpp"

namespace stet::tree {

// Items of `a` from a_begin on became items of `b` from b_begin on. Everything outside of the
// returned hunks is equal, in order.
struct ItemHunk {
  std::uint64_t a_begin = 0, b_begin = 0;
  std::vector<Item> a, b;
};

// Precondition: both lists or both maps.
Result<std::vector<ItemHunk>> compare(ChunkReader& reader, const Container& a, const Container& b);

}  // namespace stet::tree
