// ListBuilder and MapBuilder.
#include "stet/value/builder.hpp"

#include <cassert>

#include "stet/value/utf8.hpp"
#include "value/slab.hpp"
#include "value/tree.hpp"

namespace stet {

void ListBuilder::flush() {
  if (pending_.empty()) return;
  std::vector<detail::Cell> cells;
  cells.reserve(pending_.size());
  for (Value& value : pending_) cells.push_back(value.release_cell());
  pending_.clear();
  tree_ = detail::join(std::move(tree_), detail::make_list_leaf(cells));
}

void ListBuilder::append(Value item) {
  pending_.push_back(std::move(item));
  if (pending_.size() == detail::kLeafMax) flush();
}

void ListBuilder::append_list(const Value& list) {
  assert(list.is_list());
  flush();
  tree_ = detail::join(std::move(tree_), list);
}

Value ListBuilder::build() {
  flush();
  return std::exchange(tree_, Value::empty_list());
}

void MapBuilder::flush() {
  if (keys_.empty()) return;
  detail::KeysHandle keys(detail::make_keys(keys_.size()));
  std::vector<detail::Cell> cells;
  cells.reserve(values_.size());
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    keys.get()->cells()[i] = keys_[i].release_cell();
    cells.push_back(values_[i].release_cell());
  }
  keys_.clear();
  values_.clear();
  tree_ = detail::join(std::move(tree_), detail::make_map_leaf(std::move(keys), cells));
}

void MapBuilder::set(std::string_view key, Value value) {
  assert(is_utf8(key));
  const auto comes_after = [&](std::string_view last) {
    return detail::compare_keys(last, key) < 0;
  };
  bool ascending = true;
  if (!keys_.empty()) {
    ascending = comes_after(detail::chars_of(keys_.back().cell()));
  } else if (tree_.size() != 0) {
    ascending = comes_after((*tree_.members().slice(tree_.size() - 1, tree_.size()).begin()).key);
  }
  if (!ascending) {
    flush();
    tree_ = std::move(tree_).with_member(key, std::move(value));
    return;
  }
  keys_.emplace_back(detail::make_chars(detail::Tag::text, key));
  values_.push_back(std::move(value));
  if (keys_.size() == detail::kLeafMax) flush();
}

void MapBuilder::append_sorted(const Value& map) {
  assert(map.is_map());
  flush();
  tree_ = detail::join(std::move(tree_), map);
}

Value MapBuilder::build() {
  flush();
  return std::exchange(tree_, Value::empty_map());
}

Value Value::list(std::initializer_list<Value> items) {
  ListBuilder builder;
  for (const Value& item : items) builder.append(item);
  return builder.build();
}

Value Value::map(std::initializer_list<std::pair<std::string_view, Value>> members) {
  MapBuilder builder;
  for (const auto& [key, value] : members) {
    if (!is_utf8(key)) Error(ErrorCode::invalid, "a key must be valid UTF-8").raise();
    builder.set(key, value);
  }
  return builder.build();
}

}  // namespace stet
