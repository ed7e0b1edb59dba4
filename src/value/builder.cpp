// ValueBuilder: stacks, slabs and lists. Its maps are in builder_maps.cpp.
#include "stet/value/builder.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "value/builder_store.hpp"
#include "value/slab.hpp"
#include "value/tree.hpp"

namespace stet {

using detail::BuilderFrame;
using detail::Cell;
using detail::kInnerMax;
using detail::kLeafMax;
using detail::Node;
using detail::Tag;

namespace {

constexpr std::size_t kCellsFirst = 512;
constexpr std::size_t kFramesFirst = 32;
// Longer texts get slabs of their own.
constexpr std::size_t kTextBytes = 4096;
// Longer lists are made leaf by leaf.
constexpr std::size_t kPackedItemsMax = 512;

constexpr std::size_t groups_of(std::size_t count, std::size_t most) noexcept {
  return (count + most - 1) / most;
}

// The part `index` of `parts` that differ by one item at most.
template <class T>
std::span<T> part_of(std::span<T> whole, std::size_t index, std::size_t parts) noexcept {
  const std::size_t begin = whole.size() * index / parts;
  return whole.subspan(begin, whole.size() * (index + 1) / parts - begin);
}

bool any_owns(const Cell* begin, const Cell* end) noexcept {
  return std::any_of(begin, end, [](const Cell& cell) { return cell.owns(); });
}

// Of a packed list of so many items: its nodes on all levels.
std::size_t packed_list_bytes(std::size_t count) noexcept {
  std::size_t bytes = 0;
  for (std::size_t most = kLeafMax;; most = kInnerMax) {
    const std::size_t groups = groups_of(count, most);
    bytes += groups * sizeof(Node) + count * sizeof(Cell);
    if (groups == 1) return bytes;
    count = groups;
  }
}

}  // namespace

ValueBuilder::ValueBuilder() : store_(std::make_unique<detail::BuilderStore>()) {
  no_keys_ = &store_->shapes.empty();
  store_->frames.resize(kFramesFirst);
  store_->cells.resize(kCellsFirst + 1);
  top_ = counted_ = store_->cells.data();
  cells_end_ = top_ + kCellsFirst;
  frames_end_ = store_->frames.data() + kFramesFirst;
  begin_document();
}

ValueBuilder::~ValueBuilder() { reset(); }

void ValueBuilder::begin_document() noexcept {
  store_->shapes.forget_crowd();
  top_ = counted_ = store_->cells.data();
  keys_ = &store_->shapes.gathered();
  frame_ = store_->frames.data();
  *frame_ = {top_, never(), keys_, false};
}

// The stack is full.
void ValueBuilder::make_room() {
  const bool is_list = frame_->flush != never();
  if (is_list && pending().size() >= kFlushCells) {
    flush_list();
  } else {
    grow_cells();
  }
}

void ValueBuilder::grow_cells() {
  const std::vector<Cell>& before = store_->cells;
  const std::size_t capacity = 2 * (before.size() - 1);
  std::vector<Cell> cells(capacity + 1);
  std::copy(before.begin(), before.end(), cells.begin());
  const auto moved = [&](Cell* cell) { return cells.data() + (cell - before.data()); };
  const Cell* const never_before = never();
  cells_end_ = cells.data() + capacity;
  for (BuilderFrame* frame = store_->frames.data(); frame <= frame_; ++frame) {
    frame->flush = frame->flush == never_before ? never() : moved(frame->flush);
    frame->cells = moved(frame->cells);
  }
  top_ = moved(top_);
  counted_ = moved(counted_);
  store_->cells = std::move(cells);
}

void ValueBuilder::grow_frames() {
  const auto depth = frame_ - store_->frames.data();
  store_->frames.resize(2 * store_->frames.size());
  frame_ = store_->frames.data() + depth;
  frames_end_ = store_->frames.data() + store_->frames.size();
}

// Gives counts to the pending cells before `end` that have none.
void ValueBuilder::count_pending(const Cell* end) noexcept {
  std::uint64_t owners = 0;
  for (; counted_ < end; ++counted_) owners += counted_->owns();
  slab_.retain(owners);
}

void ValueBuilder::next_slab(std::size_t bytes) {
  count_pending(top_);
  slab_.open(bytes);
  forget_slab();
}

void ValueBuilder::forget_slab() noexcept {
  store_->shapes.forget_slab();
  recent_.clear();
}

// Whether the open container's cells can go into the slab, which has room for `bytes` then.
bool ValueBuilder::can_pack(std::size_t bytes) {
  if (!slab_.has_room(bytes)) next_slab(bytes);
  if (counted_ <= frame_->cells) return true;
  if (any_owns(frame_->cells, counted_)) return false;
  counted_ = frame_->cells;
  return true;
}

void ValueBuilder::push_chars(Tag tag, std::string_view chars) {
  if (chars.size() > kTextBytes || (chars.size() <= detail::kShortMax && tag != Tag::link)) {
    return value(Value(detail::make_chars(tag, chars)));
  }
  const std::size_t bytes = detail::text_bytes(chars.size());
  if (top_ == cells_end_) make_room();  // which may fill the slab
  if (!slab_.has_room(bytes)) next_slab(bytes);
  push(cell_of(tag, chars.size(), slab_.add_text(chars)));
}

void ValueBuilder::value(Value shared) {
  if (shared.cell().owns()) count_pending(top_);
  push({});
  const bool owns = shared.cell().owns();
  top_[-1] = shared.release_cell();
  if (owns) counted_ = top_;
}

void ValueBuilder::remember(const std::uint8_t* at, std::size_t bytes) {
  const Cell& cell = top_[-1];
  if (top_ - 1 < counted_ || !cell.owns()) return;
  const std::span<const Cell> items(detail::node_of(cell)->cells(), cell.size());
  const auto is_scalar = [](const Cell& item) { return item.tag() < Tag::text; };
  if (std::all_of(items.begin(), items.end(), is_scalar)) {
    recent_.keep(detail::load_word(at), bytes, cell);
  }
}

// A leaf of its own, which takes over the cells; nulls take their place.
Value ValueBuilder::make_leaf(std::span<Cell> cells) {
  Cell* const end = cells.data() + cells.size();
  const bool is_packed =
      cells.data() >= counted_ || !any_owns(cells.data(), std::min(end, counted_));
  if (is_packed) {
    if (const Node* const node = slab_.add_list(0, cells)) {
      slab_.retain(1);
      std::fill(cells.begin(), cells.end(), Cell{});
      return Value(cell_of(Tag::list, cells.size(), node));
    }
  }
  count_pending(end);
  Value leaf(detail::make_list_leaf(cells));
  std::fill(cells.begin(), cells.end(), Cell{});
  return leaf;
}

// Makes leaves of the open list's cells, but for the last of them: more than a leaf, less than
// three, so that none will be too small.
void ValueBuilder::flush_list() {
  if (!std::exchange(frame_->has_leaves, true)) store_->leaf_counts.push_back(0);
  const std::span<Cell> cells(frame_->cells, top_);
  const std::size_t leaves = (cells.size() - 1) / kLeafMax - 1;
  store_->leaves.reserve(store_->leaves.size() + leaves);
  for (std::size_t i = 0; i < leaves; ++i) {
    store_->leaves.push_back(make_leaf(cells.subspan(i * kLeafMax, kLeafMax)));
    ++store_->leaf_counts.back();
  }
  const std::size_t moved = leaves * kLeafMax;
  std::copy(cells.begin() + static_cast<std::ptrdiff_t>(moved), cells.end(), cells.begin());
  if (counted_ > frame_->cells) counted_ = std::max(frame_->cells, counted_ - moved);
  top_ -= moved;
}

// The open list as nodes in the slab. Precondition: can_pack. Each level takes the place of the one
// below at the front of the pending cells.
const Node* ValueBuilder::pack_list() {
  std::span<Cell> cells(frame_->cells, top_);
  for (std::uint8_t height = 0;; ++height) {
    const std::size_t groups = groups_of(cells.size(), height == 0 ? kLeafMax : kInnerMax);
    if (groups == 1) return slab_.add_list(height, cells);
    for (std::size_t group = 0; group < groups; ++group) {
      const auto part = part_of(cells, group, groups);
      std::size_t size = part.size();
      if (height != 0) {
        size = std::accumulate(part.begin(), part.end(), std::size_t{0},
                               [](std::size_t sum, const Cell& cell) { return sum + cell.size(); });
      }
      cells[group] = cell_of(Tag::list, size, slab_.add_list(height, part));
    }
    cells = cells.first(groups);
  }
}

void ValueBuilder::end_other_list() {
  const std::span<Cell> cells(frame_->cells, top_);
  const std::size_t count = cells.size();
  if (count == 0 && !frame_->has_leaves) {
    if (top_ == cells_end_) make_room();
    return close_frame({detail::head_of(Tag::list), 0});
  }
  const bool is_short = !frame_->has_leaves && count <= kPackedItemsMax;
  if (is_short && can_pack(packed_list_bytes(count))) {
    return close_frame(cell_of(Tag::list, count, pack_list()));
  }
  std::vector<Value> leaves;
  if (frame_->has_leaves) {
    const auto first = store_->leaves.end() - store_->leaf_counts.back();
    leaves.assign(std::make_move_iterator(first), std::make_move_iterator(store_->leaves.end()));
    store_->leaves.erase(first, store_->leaves.end());
    store_->leaf_counts.pop_back();
  }
  const std::size_t groups = groups_of(count, kLeafMax);
  for (std::size_t group = 0; group < groups; ++group) {
    leaves.push_back(make_leaf(part_of(cells, group, groups)));
  }
  close_with(detail::make_tree(std::move(leaves)));
}

// Ends the open container, whose cells have been taken; `value` has slabs of its own.
void ValueBuilder::close_with(Value value) {
  top_ = std::min(top_, frame_->cells + 1);
  count_pending(frame_->cells);
  counted_ = frame_->cells + 1;
  close_frame(value.release_cell());
}

const std::string& ValueBuilder::duplicate_key() const noexcept { return store_->duplicate_key; }

Value ValueBuilder::finish() {
  Cell& root = *store_->cells.data();
  const bool is_packed = root.owns() && counted_ != top_;
  if (!is_packed || !slab_.is_sole()) return finish_part();
  slab_.move_out(root);
  Value made(root);
  forget_slab();
  begin_document();
  return made;
}

Value ValueBuilder::finish_part() {
  assert(frame_ == store_->frames.data() && top_ == store_->cells.data() + 1);
  count_pending(top_);
  Value made(*store_->cells.data());
  begin_document();
  return made;
}

void ValueBuilder::reset() noexcept {
  for (Cell* cell = store_->cells.data(); cell != counted_; ++cell) release(*cell);
  store_->leaves.clear();
  store_->leaf_counts.clear();
  store_->keys.clear();
  store_->key_chars.clear();
  begin_document();
  slab_.clear();
  forget_slab();
}

}  // namespace stet
