// The keys of the maps that a ValueBuilder makes.
#include <algorithm>
#include <cassert>
#include <numeric>

#include "value/builder_state.hpp"
#include "value/tree.hpp"

namespace stet::detail {

void BuilderState::gather(std::string_view key) {
  keys_.push_back({key_chars_.size(), key.size()});
  key_chars_ += key;
}

void BuilderState::gather_shape() {
  const Shape& shape = open_shape();
  const auto keys = Shapes::keys_of(shape);
  for (std::size_t i = 0; i < shape.count; ++i) gather(keys[i]);
  builder_.keys_ = &shapes_.gathered();
}

void BuilderState::unexpected_key(std::string_view key) {
  assert(frames_.back().kind == Kind::map);
  Shape& shape = open_shape();
  if (&shape != &shapes_.gathered()) {
    if (Shape* next = shapes_.after(shape, key)) {
      shape.expected = builder_.keys_ = next;
      return;
    }
    gather_shape();
  }
  gather(key);
}

bool BuilderState::sort_keys(std::vector<std::uint32_t>& order) {
  const GatheredKey* keys = keys_.data() + frames_.back().keys_begin;
  const auto compare = [&](std::uint32_t a, std::uint32_t b) {
    return compare_keys(gathered(keys[a]), gathered(keys[b])) < 0;
  };
  if (!std::is_sorted(order.begin(), order.end(), compare)) {
    std::sort(order.begin(), order.end(), compare);
  }
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (gathered(keys[order[i - 1]]) == gathered(keys[order[i]])) {
      duplicate_key_ = gathered(keys[order[i]]);
      return false;
    }
  }
  return true;
}

void BuilderState::reorder(std::span<const std::uint32_t> order) {
  const std::span<Cell> cells = pending();
  const std::vector<Cell> before(cells.begin(), cells.end());
  for (std::size_t i = 0; i < order.size(); ++i) cells[i] = before[order[i]];
}

void BuilderState::end_shaped_map(Shape& shape) {
  const std::span<Cell> cells = pending();
  assert(cells.size() == shape.count);
  *frames_.back().hint = shape.first;
  if (shape.end == Shape::End::unsorted) {
    std::array<Cell, kLeafMax> before;
    std::copy(cells.begin(), cells.end(), before.begin());
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = before[shape.order[i]];
  }
  if (!frames_.back().holds_counts) {
    end_local(local_map(shapes_.keys_in_scratch(shape, scratch_)));
    return;
  }
  seal_pending();
  KeysHandle keys = Shapes::shared_keys(shape);
  builder_.top_ = cells_begin();
  end_owner(make_map_leaf(std::move(keys), cells));
}

void BuilderState::drop_gathered() noexcept {
  const std::size_t begin = frames_.back().keys_begin;
  if (begin == keys_.size()) return;
  key_chars_.resize(keys_[begin].begin);
  keys_.resize(begin);
}

void BuilderState::end_gathered_map(std::span<const std::uint32_t> order) {
  const auto key = [&](std::size_t place) {
    return gathered(keys_[frames_.back().keys_begin + order[place]]);
  };
  reorder(order);
  if (order.size() <= kLeafMax && !frames_.back().holds_counts) {
    const std::uint32_t keys = scratch_.add_keys(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) scratch_.set_key(keys, i, key(i));
    drop_gathered();
    return end_local(local_map(keys));
  }
  seal_pending();
  const std::size_t count = order.size();
  const std::size_t leaves = (count + kLeafMax - 1) / kLeafMax;
  std::vector<Value> made;
  made.reserve(leaves);
  for (std::size_t leaf = leaves; leaf-- > 0;) {
    const std::size_t begin = count * leaf / leaves;
    const std::span<Cell> cells = pending().subspan(begin);
    KeysHandle keys(make_keys(cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      keys.get()->cells()[i] = make_chars(Tag::text, key(begin + i));
    }
    builder_.top_ -= cells.size();
    made.push_back(make_map_leaf(std::move(keys), cells));
  }
  std::reverse(made.begin(), made.end());
  drop_gathered();
  end_owner(make_tree(std::move(made)));
}

bool BuilderState::end_other_map(bool sorted) {
  if (pending().empty()) {
    end_frame({head_of(Tag::map), 0});
    return true;
  }
  Shape& shape = open_shape();
  if (&shape != &shapes_.gathered()) {
    if (shape.end == Shape::End::unknown) Shapes::learn_end(shape);
    if (shape.end != Shape::End::duplicate) {
      end_shaped_map(shape);
      return true;
    }
    duplicate_key_ = Shapes::duplicate_key(shape);
    return false;
  }
  assert(keys_.size() - frames_.back().keys_begin == pending().size());
  std::vector<std::uint32_t> order(pending().size());
  std::iota(order.begin(), order.end(), 0u);
  if (!sorted && !sort_keys(order)) return false;
  end_gathered_map(order);
  return true;
}

}  // namespace stet::detail
