#include "value/builder_state.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "value/tree.hpp"

namespace stet::detail {
namespace {

// Longer texts get slabs of their own.
constexpr std::size_t kTextBytes = 4096;
std::size_t leaf_count(std::size_t cells) noexcept { return (cells + kLeafMax - 1) / kLeafMax; }

}  // namespace

BuilderState::BuilderState(ValueBuilder& builder) : builder_(builder) {
  push_frame(Kind::null, &shapes_.gathered().inside);
  grow_cells();
}

void BuilderState::grow_cells() {
  const std::size_t used = cells_ == nullptr ? 0 : builder_.top_ - cells_.get();
  const std::size_t capacity = std::max<std::size_t>(cells_capacity_ * 2, 1024);
  auto cells = std::make_unique_for_overwrite<Cell[]>(capacity + 1);
  std::copy_n(cells_.get(), used, cells.get());
  cells_ = std::move(cells);
  cells_capacity_ = capacity;
  builder_.top_ = cells_.get() + used;
  set_limit();
}

void BuilderState::make_room() { relieve(); }

void BuilderState::relieve() {
  const Frame& frame = frames_.back();
  if (frame.kind == Kind::list &&
      (scratch_.size() >= frame.scratch_limit || pending().size() >= kPendingItems)) {
    flush_list();
  } else if (frame.kind == Kind::map && scratch_.size() >= frame.scratch_limit) {
    seal_pending();
  }
  if (builder_.top_ >= builder_.limit_) grow_cells();
}

void BuilderState::push_chars(Tag tag, std::string_view chars) {
  if (chars.size() <= kShortMax && tag != Tag::link) {
    builder_.push(make_chars(tag, chars));
    return;
  }
  if (chars.size() > kTextBytes) {
    push_value(Value(make_chars(tag, chars)));
    return;
  }
  if (builder_.top_ >= builder_.limit_) make_room();  // before the scratch holds what isn't pending
  const std::uint32_t offset = scratch_.add_text(chars);
  const auto local = static_cast<Tag>(static_cast<std::uint64_t>(tag) + kLocalStep);
  frames_.back().holds_local = true;
  builder_.push({head_of(local, chars.size()), offset});
  look_after_growth();
}

void BuilderState::push_value(Value value) {
  builder_.push({});
  frames_.back().holds_counts |= value.cell().owns();
  builder_.top_[-1] = value.release_cell();
}

void BuilderState::seal_pending() {
  Frame& frame = frames_.back();
  const std::uint32_t begin = frame.scratch_begin;
  if (scratch_.size() == begin) return;
  Slab* slab = scratch_.seal(begin, frame.keys_first < begin);
  shapes_.forget_scratch(begin);
  frame.keys_first = Scratch::kNowhere;
  std::uint64_t owners = 0;
  for (Cell& cell : pending()) {
    if (!cell.is_local()) continue;
    cell = Scratch::sealed(cell, slab, begin);
    ++owners;
  }
  frame.holds_counts |= owners != 0;
  frame.holds_local = false;
  slab->count.fetch_add(owners, std::memory_order_relaxed);
  release_slab(slab);
}

void BuilderState::seal_all_frames() {
  Slab* slab = scratch_.seal(0, false);
  shapes_.forget_scratch(0);
  std::uint64_t owners = 0;
  for (Cell* cell = cells_.get(); cell != builder_.top_; ++cell) {
    if (!cell->is_local()) continue;
    *cell = Scratch::sealed(*cell, slab, 0);
    ++owners;
  }
  for (Frame& frame : frames_) {
    frame.scratch_begin = 0;
    frame.scratch_limit = scratch_limit(frame.kind, 0);
    frame.keys_first = Scratch::kNowhere;
    frame.holds_counts = true;
    frame.holds_local = false;
  }
  slab->count.fetch_add(owners, std::memory_order_relaxed);
  release_slab(slab);
}

Cell BuilderState::seal_cell(const Cell& local) {
  Frame& frame = frames_.back();
  const std::uint32_t begin = frame.scratch_begin;
  Slab* slab = scratch_.seal(begin, frame.keys_first < begin);
  shapes_.forget_scratch(begin);
  frame.keys_first = Scratch::kNowhere;
  return Scratch::sealed(local, slab, begin);
}

void BuilderState::flush_list() {
  if (frames_.back().holds_counts) seal_pending();
  const std::size_t count = pending().size();
  const std::size_t leaves = leaf_count(count);
  leaves_.reserve(leaves_.size() + leaves);
  if (frames_.back().holds_counts) {
    // From the end, so that each cell is either pending or a leaf's, whatever throws.
    const std::size_t first = leaves_.size();
    for (std::size_t leaf = leaves; leaf-- > 0;) {
      const std::span<Cell> cells = pending().subspan(count * leaf / leaves);
      builder_.top_ -= cells.size();
      leaves_.push_back(make_list_leaf(cells));
    }
    std::reverse(leaves_.begin() + static_cast<std::ptrdiff_t>(first), leaves_.end());
  } else {
    const std::uint32_t begin = frames_.back().scratch_begin;
    std::vector<Cell> made;
    made.reserve(leaves);
    for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
      const std::size_t from = count * leaf / leaves, to = count * (leaf + 1) / leaves;
      made.push_back(
          {head_of(Tag::local_list, to - from),
           scratch_.add_list(0, pending().subspan(from, to - from), frames_.back().holds_local)});
    }
    builder_.top_ = cells_begin();
    const Cell last = seal_cell(made.back());
    Slab* slab = object_of(last)->slab();
    slab->count.fetch_add(leaves - 1, std::memory_order_relaxed);
    for (const Cell& cell : made) leaves_.emplace_back(Scratch::sealed(cell, slab, begin));
  }
  frames_.back().holds_counts = frames_.back().holds_local = false;
  set_limit();
}

Cell BuilderState::local_list() {
  const std::span<Cell> cells = pending();
  const bool holds_local = frames_.back().holds_local;
  // Each level takes the place of the one below at the front of the pending cells.
  std::size_t count = cells.size();
  for (std::uint8_t height = 0; count > 1; ++height) {
    const std::size_t most = height == 0 ? kLeafMax : kInnerMax;
    const std::size_t groups = (count + most - 1) / most;
    for (std::size_t group = 0; group < groups; ++group) {
      const auto part = cells.subspan(count * group / groups,
                                      count * (group + 1) / groups - count * group / groups);
      std::size_t size = part.size();
      if (height != 0) {
        size = std::accumulate(part.begin(), part.end(), std::size_t{0},
                               [](std::size_t sum, const Cell& cell) { return sum + cell.size(); });
      }
      cells[group] = {head_of(Tag::local_list, size),
                      scratch_.add_list(height, part, height != 0 || holds_local)};
    }
    count = groups;
  }
  return cells.front();
}

void BuilderState::end_other_list() {
  const Frame& frame = frames_.back();
  const bool has_leaves = leaves_.size() > frame.leaves_begin;
  if (pending().empty() && !has_leaves) {
    end_frame({head_of(Tag::list), 0});
  } else if (!has_leaves && !frame.holds_counts) {
    end_local(local_list());
  } else {
    if (!pending().empty()) flush_list();
    const auto first = leaves_.begin() + static_cast<std::ptrdiff_t>(frame.leaves_begin);
    std::vector<Value> leaves(std::make_move_iterator(first),
                              std::make_move_iterator(leaves_.end()));
    leaves_.erase(first, leaves_.end());
    end_owner(make_tree(std::move(leaves)));
  }
}

void BuilderState::end_owner(Value value) {
  frames_[frames_.size() - 2].holds_counts = true;
  end_frame(value.release_cell());
}

Value BuilderState::finish() {
  assert(frames_.size() == 1 && pending().size() == 1);
  Cell cell = cells_[0];
  if (cell.is_local()) cell = seal_cell(cell);
  builder_.top_ = cells_.get();
  reset();
  return Value(cell);
}

void BuilderState::reset() noexcept {
  for (Cell* cell = cells_.get(); cell != builder_.top_; ++cell) {
    if (!cell->is_local()) release(*cell);
  }
  builder_.top_ = cells_.get();
  scratch_.cut(0);
  shapes_.forget_scratch(0);
  shapes_.forget_crowd();
  leaves_.clear();
  keys_.clear();
  key_chars_.clear();
  frames_.clear();
  push_frame(Kind::null, &shapes_.gathered().inside);
  set_limit();
}

}  // namespace stet::detail
