#include "value/tree.hpp"

#include <algorithm>
#include <cassert>

#include "value/row.hpp"

namespace stet::detail {
namespace {

struct Slot {
  std::size_t slot;
  std::size_t rest;  // index in the subtree
};

// For insertion an index at a border goes to the left subtree, so that appending stays in one leaf.
Slot slot_of(const Node* node, std::size_t index, bool for_insertion) noexcept {
  const Cell* cells = node->cells();
  std::size_t slot = 0;
  const std::size_t reach = for_insertion ? 1 : 0;
  while (slot + 1 < node->count && index >= cells[slot].size() + reach) {
    index -= cells[slot].size();
    ++slot;
  }
  return {slot, index};
}

// The slot of the subtree that has, or would take, the key.
std::size_t inner_slot(const Node* node, std::string_view key) noexcept {
  const Cell* keys = node->keys()->cells();
  std::size_t slot = 0;
  while (slot + 1 < node->count && compare_keys(chars_of(keys[slot + 1]), key) <= 0) ++slot;
  return slot;
}

struct KeyPlace {
  std::size_t slot;
  bool found;
};

KeyPlace leaf_slot(const Node* node, std::string_view key) noexcept {
  const Cell* keys = node->keys()->cells();
  std::size_t low = 0, high = node->count;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const int order = compare_keys(chars_of(keys[middle]), key);
    if (order == 0) return {middle, true};
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return {low, false};
}

Value take_cell(Node* node, std::size_t slot) noexcept {
  return Value(std::exchange(node->cells()[slot], Cell{}));
}
void put_cell(Node* node, std::size_t slot, Value value) noexcept {
  assert(!node->cells()[slot].owns());
  node->cells()[slot] = value.release_cell();
}

// The tree again, with its size counted anew.
Value recounted(Value tree) noexcept { return tree_of(node_of(tree.release_cell())); }

Value key_of_first(const Value& map) { return ValueRef(&first_key(map)).to_value(); }

void insert_subtree(Row& row, std::size_t slot, Value subtree) {
  if (subtree.is_map()) {
    Value key = key_of_first(subtree);
    row.insert(slot, std::move(key), std::move(subtree));
  } else {
    row.insert(slot, std::move(subtree));
  }
}

// Puts one or two subtrees back into the slot that they came out of.
Pair put_back(Value tree, std::size_t slot, Pair parts) {
  Node* node = node_of(tree.cell());
  if (!parts.has_right()) {
    put_cell(node, slot, std::move(parts.left));
    return {recounted(std::move(tree)), Value()};
  }
  const bool at_end = slot + 1 == node->count;
  Row row(std::move(tree));
  row.replace(slot, std::move(parts.left));
  insert_subtree(row, slot + 1, std::move(parts.right));
  return row.pack(at_end);
}

Value rooted(Pair parts) {
  if (!parts.has_right()) return std::move(parts.left);
  Row row(parts.left.is_map(), static_cast<std::uint8_t>(node_of(parts.left.cell())->height + 1));
  insert_subtree(row, 0, std::move(parts.left));
  insert_subtree(row, 1, std::move(parts.right));
  return row.pack().left;
}

Value collapsed(Value tree) {
  while (tree.size() != 0 && node_of(tree.cell())->height != 0 &&
         node_of(tree.cell())->count == 1) {
    tree = ValueRef(node_of(tree.cell())->cells()).to_value();
  }
  return tree;
}

Pair insert_into(Value tree, std::size_t index, Value item) {
  if (node_of(tree.cell())->height == 0) {
    const bool at_end = index == node_of(tree.cell())->count;
    Row row(std::move(tree));
    row.insert(index, std::move(item));
    return row.pack(at_end);
  }
  Node* node = own_node(tree);
  const auto [slot, rest] = slot_of(node, index, true);
  Pair parts = insert_into(take_cell(node, slot), rest, std::move(item));
  return put_back(std::move(tree), slot, std::move(parts));
}

// After an erasure left a subtree empty or small. `tree` has a null cell in the slot.
Value mend(Value tree, std::size_t slot, Value child) {
  Node* node = node_of(tree.cell());
  if (child.size() == 0) {
    Row row(std::move(tree));
    row.erase(slot);
    return row.pack().left;
  }
  const Node* child_node = node_of(child.cell());
  if (child_node->count >= count_min(child_node->height) || node->count == 1) {
    put_cell(node, slot, std::move(child));
    return recounted(std::move(tree));
  }
  const std::size_t left = slot == 0 ? 0 : slot - 1;
  Value neighbour = take_cell(node, slot == 0 ? 1 : slot - 1);
  Pair parts = slot == 0 ? combine(std::move(child), std::move(neighbour))
                         : combine(std::move(neighbour), std::move(child));
  Row row(std::move(tree));
  row.replace(left, std::move(parts.left));
  if (!parts.has_right()) {
    row.erase(left + 1);
  } else {
    if (parts.right.is_map()) row.replace_key(left + 1, key_of_first(parts.right));
    row.replace(left + 1, std::move(parts.right));
  }
  return row.pack().left;
}

Value erase_from(Value tree, std::size_t index) {
  if (node_of(tree.cell())->height == 0) {
    Row row(std::move(tree));
    row.erase(index);
    return row.pack().left;
  }
  Node* node = own_node(tree);
  const auto [slot, rest] = slot_of(node, index, false);
  Value child = erase_from(take_cell(node, slot), rest);
  return mend(std::move(tree), slot, std::move(child));
}

Pair set_in(Value tree, std::string_view key, Value value) {
  if (node_of(tree.cell())->height == 0) {
    const KeyPlace place = leaf_slot(node_of(tree.cell()), key);
    if (place.found) {
      const Value before(std::exchange(own_node(tree)->cells()[place.slot], value.release_cell()));
      return {std::move(tree), Value()};
    }
    const bool at_end = place.slot == node_of(tree.cell())->count;
    Row row(std::move(tree));
    row.insert(place.slot, Value(make_chars(Tag::text, key)), std::move(value));
    return row.pack(at_end);
  }
  Node* node = own_node(tree);
  const std::size_t slot = inner_slot(node, key);
  Pair parts = set_in(take_cell(node, slot), key, std::move(value));
  return put_back(std::move(tree), slot, std::move(parts));
}

// Precondition: the key is there.
Value erase_key(Value tree, std::string_view key) {
  if (node_of(tree.cell())->height == 0) {
    const std::size_t slot = leaf_slot(node_of(tree.cell()), key).slot;
    Row row(std::move(tree));
    row.erase(slot);
    return row.pack().left;
  }
  Node* node = own_node(tree);
  const std::size_t slot = inner_slot(node, key);
  Value child = erase_key(take_cell(node, slot), key);
  return mend(std::move(tree), slot, std::move(child));
}

Pair join_parts(Value left, Value right) {
  const std::uint8_t left_height = node_of(left.cell())->height;
  const std::uint8_t right_height = node_of(right.cell())->height;
  if (left_height == right_height) return combine(std::move(left), std::move(right));
  if (left_height > right_height) {
    Node* node = own_node(left);
    const std::size_t slot = node->count - 1u;
    Pair parts = join_parts(take_cell(node, slot), std::move(right));
    return put_back(std::move(left), slot, std::move(parts));
  }
  Node* node = own_node(right);
  Pair parts = join_parts(std::move(left), take_cell(node, 0));
  return put_back(std::move(right), 0, std::move(parts));
}

}  // namespace

LeafPlace leaf_at(const Node* node, std::size_t index) noexcept {
  while (node->height != 0) {
    const auto [slot, rest] = slot_of(node, index, false);
    node = node_of(node->cells()[slot]);
    index = rest;
  }
  return {node, index};
}

const Cell* find_member(const Node* node, std::string_view key) noexcept {
  while (node->height != 0) node = node_of(node->cells()[inner_slot(node, key)]);
  const KeyPlace place = leaf_slot(node, key);
  return place.found ? node->cells() + place.slot : nullptr;
}

Value exchange_item(Value& tree, std::size_t index, Value item) {
  Value* at = &tree;
  for (;;) {
    Node* node = own_node(*at);
    if (node->height == 0) {
      return Value(std::exchange(node->cells()[index], item.release_cell()));
    }
    const auto [slot, rest] = slot_of(node, index, false);
    at = reinterpret_cast<Value*>(node->cells() + slot);
    index = rest;
  }
}

Value exchange_member(Value& tree, std::string_view key, Value value) {
  Value* at = &tree;
  for (;;) {
    Node* node = own_node(*at);
    if (node->height == 0) {
      const std::size_t slot = leaf_slot(node, key).slot;
      return Value(std::exchange(node->cells()[slot], value.release_cell()));
    }
    at = reinterpret_cast<Value*>(node->cells() + inner_slot(node, key));
  }
}

Value replace_item(Value tree, std::size_t index, Value item) {
  exchange_item(tree, index, std::move(item));
  return tree;
}

Value insert_item(Value tree, std::size_t index, Value item) {
  if (tree.size() == 0) {
    Cell cell = item.release_cell();
    return make_list_leaf({&cell, 1});
  }
  return rooted(insert_into(std::move(tree), index, std::move(item)));
}

Value erase_item(Value tree, std::size_t index) {
  return collapsed(erase_from(std::move(tree), index));
}

Value set_member(Value tree, std::string_view key, Value value) {
  if (tree.size() == 0) {
    Row row(true, 0);
    row.insert(0, Value(make_chars(Tag::text, key)), std::move(value));
    return row.pack().left;
  }
  return rooted(set_in(std::move(tree), key, std::move(value)));
}

Value erase_member(Value tree, std::string_view key) {
  if (tree.size() == 0 || find_member(node_of(tree.cell()), key) == nullptr) return tree;
  return collapsed(erase_key(std::move(tree), key));
}

Value join(Value left, Value right) {
  if (left.size() == 0) return right;
  if (right.size() == 0) return left;
  return rooted(join_parts(std::move(left), std::move(right)));
}

Value make_list_leaf(std::span<Cell> cells) {
  Node* node = nullptr;
  try {
    node = make_node(ObjectSort::list_node, 0, cells.size());
  } catch (...) {
    for (const Cell& cell : cells) release(cell);
    throw;
  }
  std::copy(cells.begin(), cells.end(), node->cells());
  return tree_of(node);
}

Value make_map_leaf(KeysHandle keys, std::span<Cell> cells) {
  Node* node = nullptr;
  try {
    node = make_node(ObjectSort::map_node, 0, cells.size());
  } catch (...) {
    for (const Cell& cell : cells) release(cell);
    throw;
  }
  node->set_keys(keys.release());
  std::copy(cells.begin(), cells.end(), node->cells());
  return tree_of(node);
}

Value make_tree(std::vector<Value> subtrees) {
  while (subtrees.size() > 1) {
    std::vector<Value> above;
    const std::size_t groups = (subtrees.size() + kInnerMax - 1) / kInnerMax;
    above.reserve(groups);
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t begin = subtrees.size() * group / groups;
      const std::size_t end = subtrees.size() * (group + 1) / groups;
      const auto height = static_cast<std::uint8_t>(node_of(subtrees[begin].cell())->height + 1);
      Row row(subtrees[begin].is_map(), height);
      for (std::size_t i = begin; i < end; ++i) {
        insert_subtree(row, row.size(), std::move(subtrees[i]));
      }
      above.push_back(row.pack().left);
    }
    subtrees = std::move(above);
  }
  return std::move(subtrees.front());
}

}  // namespace stet::detail
