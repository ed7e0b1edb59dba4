// The maps that a ValueBuilder makes.
#include <algorithm>
#include <cassert>
#include <numeric>

#include "value/builder_store.hpp"
#include "value/slab.hpp"
#include "value/tree.hpp"

namespace stet {

using detail::Cell;
using detail::Keys;
using detail::kLeafMax;
using detail::Shape;
using detail::Shapes;
using detail::Tag;

namespace {

// Maps whose keys are longer than this together get slabs of their own.
constexpr std::size_t kPackedKeyBytesMax = 4096;

}  // namespace

void ValueBuilder::other_key(std::string_view key) {
  auto& shape = static_cast<Shape&>(*keys_);
  if (&shape != &store_->shapes.gathered()) {
    if (Shape* next = store_->shapes.after(shape, key)) {
      shape.next_of(key) = keys_ = next;
      return;
    }
    const auto keys = Shapes::keys_of(shape);
    for (std::size_t i = 0; i < shape.count; ++i) store_->gather(keys[i]);
    keys_ = &store_->shapes.gathered();
  }
  store_->gather(key);
}

// Precondition: the order of ownership in the cells is kept, or all of them have counts.
void ValueBuilder::reorder(std::span<const std::uint32_t> order) {
  const std::span<Cell> cells(frame_->cells, top_);
  const std::vector<Cell> before(cells.begin(), cells.end());
  for (std::size_t i = 0; i < order.size(); ++i) cells[i] = before[order[i]];
}

bool ValueBuilder::end_other_map(bool sorted) {
  if (pending().empty()) {
    if (top_ == cells_end_) make_room();
    close_frame({detail::head_of(Tag::map), 0});
    return true;
  }
  auto& shape = static_cast<Shape&>(*keys_);
  if (&shape == &store_->shapes.gathered()) return end_gathered_map(sorted);
  if (shape.end == Shape::End::unknown) Shapes::learn_end(shape);
  if (shape.end == Shape::End::duplicate) {
    store_->duplicate_key = Shapes::duplicate_key(shape);
    return false;
  }
  end_shaped_map();
  return true;
}

void ValueBuilder::end_shaped_map() {
  auto& shape = static_cast<Shape&>(*keys_);
  const std::size_t count = pending().size();
  assert(count == shape.count);
  const bool is_packed = can_pack(detail::node_bytes(true, count) + shape.slab_bytes);
  const std::span<Cell> cells(frame_->cells, top_);
  if (!is_packed) count_pending(top_);
  if (shape.end == Shape::End::unsorted) {
    std::array<Cell, kLeafMax> before;
    std::copy(cells.begin(), cells.end(), before.begin());
    for (std::size_t i = 0; i < count; ++i) cells[i] = before[shape.order[i]];
  }
  if (is_packed) {
    Keys* const keys = store_->shapes.keys_in_slab(shape, slab_);
    return close_frame(cell_of(Tag::map, count, slab_.add_map(keys, cells)));
  }
  close_with(detail::make_map_leaf(Shapes::shared_keys(shape), cells));
}

bool ValueBuilder::end_gathered_map(bool sorted) {
  const std::size_t count = pending().size();
  const auto keys = store_->last_keys(count);
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  const auto key_of = [&](std::uint32_t index) { return store_->gathered(keys[index]); };
  if (!sorted) {
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return detail::compare_keys(key_of(a), key_of(b)) < 0;
    });
    const auto equal = std::adjacent_find(order.begin(), order.end(),
                                          [&](auto a, auto b) { return key_of(a) == key_of(b); });
    if (equal != order.end()) {
      store_->duplicate_key = key_of(*equal);
      return false;
    }
  }
  std::size_t key_bytes = detail::keys_bytes(count);
  for (const auto& key : keys) key_bytes += detail::key_text_bytes(store_->gathered(key));
  const bool is_packed = count <= kLeafMax && key_bytes <= kPackedKeyBytesMax &&
                         can_pack(detail::node_bytes(true, count) + key_bytes);
  if (!is_packed) count_pending(top_);
  reorder(order);
  if (is_packed) {
    Keys* const placed = place_gathered_keys(order);
    store_->drop_keys(count);
    close_frame(cell_of(Tag::map, count, slab_.add_map(placed, pending())));
  } else {
    Value tree = make_gathered_tree(order);
    store_->drop_keys(count);
    close_with(std::move(tree));
  }
  return true;
}

Keys* ValueBuilder::place_gathered_keys(std::span<const std::uint32_t> order) {
  const auto keys = store_->last_keys(order.size());
  Keys* const placed = slab_.add_keys(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    placed->cells()[i] = detail::place_key(slab_, store_->gathered(keys[order[i]]));
  }
  return placed;
}

// Takes over the open map's cells, which are in order and have counts; nulls take their place.
Value ValueBuilder::make_gathered_tree(std::span<const std::uint32_t> order) {
  const auto keys = store_->last_keys(order.size());
  const std::span<Cell> cells(frame_->cells, top_);
  const std::size_t leaves = (cells.size() + kLeafMax - 1) / kLeafMax;
  std::vector<Value> made;
  made.reserve(leaves);
  for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
    const std::size_t begin = cells.size() * leaf / leaves;
    const auto part = cells.subspan(begin, cells.size() * (leaf + 1) / leaves - begin);
    detail::KeysHandle leaf_keys(detail::make_keys(part.size()));
    for (std::size_t i = 0; i < part.size(); ++i) {
      leaf_keys.get()->cells()[i] =
          detail::make_chars(Tag::text, store_->gathered(keys[order[begin + i]]));
    }
    made.push_back(detail::make_map_leaf(std::move(leaf_keys), part));
    std::fill(part.begin(), part.end(), Cell{});
  }
  return detail::make_tree(std::move(made));
}

}  // namespace stet
