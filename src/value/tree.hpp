// The persistent trees below lists and maps. All functions take trees by value: a tree that nobody
// else holds is changed in place, any other is copied along the path. Empty trees are the empty
// list or map, which have no node.
#pragma once

#include <span>
#include <vector>

#include "stet/value/value.hpp"

namespace stet::detail {

// Precondition for indexes: inside of the tree (for insertion: at most its size).
Value replace_item(Value tree, std::size_t index, Value item);
Value insert_item(Value tree, std::size_t index, Value item);
Value erase_item(Value tree, std::size_t index);

Value set_member(Value tree, std::string_view key, Value value);
Value erase_member(Value tree, std::string_view key);  // the same where it isn't there

// Puts `item` in the place and gives what was there. Precondition: it is there.
Value exchange_item(Value& tree, std::size_t index, Value item);
Value exchange_member(Value& tree, std::string_view key, Value value);

// All of `left`, then all of `right`: lists, or maps where every key of `right` comes after those
// of `left`. O(log n); shares the nodes.
Value join(Value left, Value right);

// A leaf; 1 to kLeafMax cells, whose counts it takes over.
Value make_list_leaf(std::span<Cell> cells);
Value make_map_leaf(KeysHandle keys, std::span<Cell> cells);
// A tree over subtrees of one height, of one kind and in order; at least one.
Value make_tree(std::vector<Value> subtrees);

}  // namespace stet::detail
