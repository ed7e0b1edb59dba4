#include "value/row.hpp"

#include <algorithm>
#include <cassert>

namespace stet::detail {
namespace {

bool is_sole_single(const Slab* slab) noexcept {
  return slab->is_single() && slab->count.load(std::memory_order_acquire) == 1;
}

Node* copy_node(const Node* node) {
  Node* copy = make_node(node->sort, node->height, node->count);
  const std::span<const Cell> cells(node->cells(), node->count);
  std::copy(cells.begin(), cells.end(), copy->cells());
  retain_all(cells);
  if (node->is_map()) copy->set_keys(KeysHandle::sharing(node->keys()).release());
  return copy;
}

void release_range(std::span<const Cell> cells) noexcept {
  for (const Cell& cell : cells) release(cell);
}

}  // namespace

Value tree_of(Node* node) noexcept {
  std::size_t size = node->count;
  if (node->height != 0) {
    size = 0;
    for (std::size_t i = 0; i < node->count; ++i) size += node->cells()[i].size();
  }
  return Value(Cell{head_of(node->is_map() ? Tag::map : Tag::list, size),
                    reinterpret_cast<std::uintptr_t>(node)});
}

Node* own_node(Value& tree) {
  Node* node = node_of(tree.cell());
  if (is_sole_single(node->slab())) return node;
  Node* copy = copy_node(node);
  tree = Value(Cell{tree.cell().head, reinterpret_cast<std::uintptr_t>(copy)});
  return copy;
}

const Cell& first_key(const Value& map) noexcept {
  const Node* node = node_of(map.cell());
  while (node->height != 0) node = node_of(node->cells()[0]);
  return node->keys()->cells()[0];
}

Row::~Row() {
  release_range({cells_.data() + begin_, count_ - begin_});
  if (is_map_) release_range({keys_.data() + begin_, count_ - begin_});
}

void Row::add_node(Value tree) {
  Node* node = node_of(tree.cell());
  const std::size_t count = node->count;
  assert(count_ + count <= cells_.size());
  std::copy_n(node->cells(), count, cells_.data() + count_);
  if (is_map_) {
    std::copy_n(node->keys()->cells(), count, keys_.data() + count_);
    retain_all({keys_.data() + count_, count});
  }
  if (is_sole_single(node->slab())) {
    node->count = 0;  // the cells' counts are the row's now
  } else {
    retain_all({cells_.data() + count_, count});
  }
  count_ += count;
}

void Row::insert(std::size_t slot, Value value) {
  std::copy_backward(cells_.data() + slot, cells_.data() + count_, cells_.data() + count_ + 1);
  cells_[slot] = value.release_cell();
  ++count_;
}

void Row::insert(std::size_t slot, Value key, Value value) {
  std::copy_backward(keys_.data() + slot, keys_.data() + count_, keys_.data() + count_ + 1);
  keys_[slot] = key.release_cell();
  insert(slot, std::move(value));
}

void Row::erase(std::size_t slot) noexcept {
  release(cells_[slot]);
  std::copy(cells_.data() + slot + 1, cells_.data() + count_, cells_.data() + slot);
  if (is_map_) {
    release(keys_[slot]);
    std::copy(keys_.data() + slot + 1, keys_.data() + count_, keys_.data() + slot);
  }
  --count_;
}

void Row::replace(std::size_t slot, Value value) noexcept {
  release(cells_[slot]);
  cells_[slot] = value.release_cell();
}

void Row::replace_key(std::size_t slot, Value key) noexcept {
  release(keys_[slot]);
  keys_[slot] = key.release_cell();
}

Value Row::pack_range(std::size_t begin, std::size_t end) {
  const std::size_t count = end - begin;
  if (count == 0) return is_map_ ? Value::empty_map() : Value::empty_list();
  KeysHandle keys_made(is_map_ ? make_keys(count) : nullptr);
  Node* node = make_node(is_map_ ? ObjectSort::map_node : ObjectSort::list_node, height_, count);
  std::copy_n(cells_.data() + begin, count, node->cells());
  if (is_map_) {
    std::copy_n(keys_.data() + begin, count, keys_made.get()->cells());
    node->set_keys(keys_made.release());
  }
  begin_ = end;
  return tree_of(node);
}

Pair Row::pack(bool ascending) {
  const std::size_t most = count_max(height_);
  if (count_ <= most) return {pack_range(0, count_), Value()};
  const std::size_t middle = ascending ? most : (count_ + 1) / 2;
  Value left = pack_range(0, middle);
  return {std::move(left), pack_range(middle, count_)};
}

Pair combine(Value left, Value right) {
  const Node* a = node_of(left.cell());
  const Node* b = node_of(right.cell());
  assert(a->height == b->height);
  const std::size_t least = count_min(a->height);
  if (a->count >= least && b->count >= least) return {std::move(left), std::move(right)};
  Row row(left.is_map(), a->height);
  const std::size_t border = a->count;
  const bool is_inner_map = left.is_map() && a->height != 0;
  Value border_key;
  if (is_inner_map) border_key = ValueRef(&first_key(right)).to_value();
  row.add_node(std::move(left));
  row.add_node(std::move(right));
  if (is_inner_map) row.replace_key(border, std::move(border_key));
  return row.pack();
}

}  // namespace stet::detail
