// Row: the cells of one or two neighbouring nodes while they are taken apart and put together.
#pragma once

#include <array>
#include <span>

#include "value/slab.hpp"

namespace stet::detail {

// One tree, or two of one height that belong side by side.
struct Pair {
  Value left;
  Value right;  // null: none
  bool has_right() const noexcept { return !right.is_null(); }
};

inline std::size_t count_max(unsigned height) noexcept {
  return height == 0 ? kLeafMax : kInnerMax;
}
inline std::size_t count_min(unsigned height) noexcept {
  return height == 0 ? kLeafMin : kInnerMin;
}

// A handle of a node, whose count it takes over.
Value tree_of(Node* node) noexcept;
// The node of a tree, made the tree's own first if somebody else holds it too.
Node* own_node(Value& tree);
// The first key of a map that isn't empty.
const Cell& first_key(const Value& map) noexcept;

class Row {
 public:
  Row(bool is_map, std::uint8_t height) noexcept : is_map_(is_map), height_(height) {}
  explicit Row(Value tree) : Row(tree.is_map(), node_of(tree.cell())->height) {
    add_node(std::move(tree));
  }
  ~Row();
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;

  std::size_t size() const noexcept { return count_; }
  // The cells of a node, at the end. Precondition: at most two nodes in all.
  void add_node(Value tree);
  void insert(std::size_t slot, Value value);  // lists
  void insert(std::size_t slot, Value key, Value value);
  void erase(std::size_t slot) noexcept;
  void replace(std::size_t slot, Value value) noexcept;
  void replace_key(std::size_t slot, Value key) noexcept;

  // One node, or two where one can't hold them; empties the row. `ascending`: the last cell was
  // appended, and more may follow, so the left one stays full.
  Pair pack(bool ascending = false);

 private:
  Value pack_range(std::size_t begin, std::size_t end);

  bool is_map_;
  std::uint8_t height_;
  std::size_t begin_ = 0;  // cells before it have been packed
  std::size_t count_ = 0;
  std::array<Cell, 2 * kLeafMax + 2> cells_;
  std::array<Cell, 2 * kLeafMax + 2> keys_;  // maps only
};

// Neighbours of one height: merged or evened out where one of them is too small.
Pair combine(Value left, Value right);

}  // namespace stet::detail
