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

// The map turned out to differ from its row: what came as expected is gathered too.
void BuilderState::gather_expected() {
  Frame& frame = frames_.back();
  const ExpectedKey* first = frame.row->keys.data();
  for (const ExpectedKey* key = first; key != builder_.expected_; ++key) {
    gather({key->chars, key->size});
  }
  frame.has_unexpected_keys = true;
  drop_row();
}

void BuilderState::unexpected_key(std::string_view key) {
  Frame& frame = frames_.back();
  assert(frame.kind == Kind::map);
  if (frame.row != nullptr && builder_.expected_ != frame.row->keys.data()) gather_expected();
  if (!frame.has_unexpected_keys) {
    drop_row();
    if (KeyRow* row = rows_.find(key, context())) return expect(*row, 1);
    frame.has_unexpected_keys = true;
  }
  gather(key);
}

void BuilderState::drop_row() noexcept {
  Frame& frame = frames_.back();
  if (frame.row != nullptr) --frame.row->open;
  frame.row = nullptr;
  builder_.expected_ = builder_.expected_end_ = nullptr;
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

// The row of a map whose keys all came as expected, or null.
KeyRow* BuilderState::finish_row() {
  Frame& frame = frames_.back();
  if (frame.row == nullptr) return nullptr;
  if (builder_.expected_ == builder_.expected_end_) return frame.row;
  gather_expected();
  return nullptr;
}

void BuilderState::end_row_map(KeyRow& row) {
  const std::span<Cell> cells = pending();
  assert(cells.size() == row.size());
  *frames_.back().hint = &row;
  if (!row.comes_sorted) {
    std::array<Cell, kLeafMax> before;
    std::copy(cells.begin(), cells.end(), before.begin());
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = before[row.order[i]];
  }
  if (!frames_.back().holds_counts) {
    end_local(local_map(rows_.keys_in_scratch(row, scratch_)));
    return;
  }
  seal_pending();
  KeysHandle keys = rows_.shared_keys(row);
  builder_.top_ = cells_begin();
  end_owner(make_map_leaf(std::move(keys), cells));
}

KeyRow* BuilderState::learn(std::span<const std::uint32_t> order) {
  std::array<std::string_view, kLeafMax> keys;
  std::array<std::uint8_t, kLeafMax> places{};
  const std::size_t begin = frames_.back().keys_begin;
  for (std::size_t i = 0; i < order.size(); ++i) {
    keys[i] = gathered(keys_[begin + i]);
    places[i] = static_cast<std::uint8_t>(order[i]);
  }
  return rows_.learn({keys.data(), order.size()}, {places.data(), order.size()}, context());
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
  if (order.size() <= kLeafMax) {
    if (KeyRow* row = learn(order)) {
      drop_gathered();
      return end_row_map(*row);
    }
  }
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
    drop_row();
    end_frame({head_of(Tag::map), 0});
    return true;
  }
  if (KeyRow* row = finish_row()) {
    --row->open;
    end_row_map(*row);
    return true;
  }
  assert(keys_.size() - frames_.back().keys_begin == pending().size());
  std::vector<std::uint32_t> order(pending().size());
  std::iota(order.begin(), order.end(), 0u);
  if (!sorted && !sort_keys(order)) return false;
  end_gathered_map(order);
  return true;
}

}  // namespace stet::detail
