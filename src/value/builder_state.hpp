// What a ValueBuilder keeps out of line: the pending cells, the scratch and the open containers.
//
// A finished value is a cell on the stack of pending cells until its container ends; then the
// container's cells move into a node in the scratch and one cell for it takes their place. A
// container whose part of the scratch has grown past a slab's size is sealed: packed into a slab of
// its own, and its cell then owns a count on that. A list that goes on is sealed leaf by leaf.
// A container with anything sealed inside becomes a single slab itself, since packed slabs
// refer to nothing outside; what it holds directly is packed before.
#pragma once

#include <algorithm>
#include <vector>

#include "stet/value/builder.hpp"
#include "value/scratch.hpp"
#include "value/shapes.hpp"

namespace stet::detail {

// A kept leaf keeps its slab: small enough to waste little, large enough that counts are few.
inline constexpr std::uint32_t kSlabBytes = 8192;
// A map can't be cut before its end, so its values are sealed beside it when there are many.
inline constexpr std::uint32_t kMapBytes = 4 * kSlabBytes;
// Deeply nested containers that each hold a little are sealed together beyond this.
inline constexpr std::uint32_t kScratchBytes = 16 << 20;
inline constexpr std::uint32_t kPendingItems = kSlabBytes / sizeof(Cell);

class BuilderState {
 public:
  explicit BuilderState(ValueBuilder& builder);
  ~BuilderState() { reset(); }
  BuilderState(const BuilderState&) = delete;
  BuilderState& operator=(const BuilderState&) = delete;

  void make_room();
  void push_chars(Tag tag, std::string_view chars);
  void push_value(Value value);
  void unexpected_key(std::string_view key);
  void begin(Kind kind) {
    if (scratch_.size() > kScratchBytes) [[unlikely]]
      seal_all_frames();
    Frame& around = frames_.back();
    around.keys = builder_.keys_;
    Shape** const hint = around.kind == Kind::map ? &open_shape().inside : around.hint;
    push_frame(kind, hint);
    shapes_.empty().expected = *hint;
    builder_.keys_ = &shapes_.empty();
    set_limit();
  }
  void end_list() {
    const Frame& frame = frames_.back();
    assert(frame.kind == Kind::list);
    const std::span<Cell> cells = pending();
    if (cells.size() - 1 < kLeafMax && !frame.holds_counts && leaves_.size() == frame.leaves_begin)
        [[likely]] {
      end_local(
          {head_of(Tag::local_list, cells.size()), scratch_.add_list(0, cells, frame.holds_local)});
    } else {
      end_other_list();
    }
  }
  bool end_map(bool sorted) {
    const Frame& frame = frames_.back();
    assert(frame.kind == Kind::map);
    Shape& shape = open_shape();
    if (shape.end != Shape::End::sorted || shape.in_scratch == Scratch::kNowhere ||
        frame.holds_counts) [[unlikely]] {
      return end_other_map(sorted);
    }
    *frame.hint = shape.first;
    end_local(local_map(shape.in_scratch));
    return true;
  }
  Value finish();
  void reset() noexcept;
  const std::string& duplicate_key() const noexcept { return duplicate_key_; }

 private:
  static constexpr std::uint32_t kUnlimited = ~std::uint32_t{0};

  struct Frame {
    std::uint32_t cells_begin = 0;
    std::uint32_t scratch_begin = 0;
    std::uint32_t cells_limit = 0, scratch_limit = 0;  // where the frame is to be looked after
    std::uint32_t keys_first = 0;                      // the first Keys that maps inside refer to
    std::uint32_t leaves_begin = 0;
    std::uint32_t keys_begin = 0;  // of the gathered keys
    Kind kind = Kind::null;        // list or map; null for the whole document
    bool holds_counts = false;     // some pending cell owns a count
    bool holds_local = false;      // some pending cell may be local
    KeyStep* keys = nullptr;       // of the map, while a container inside is open
    Shape** hint = nullptr;        // where the first key of the last map in this place is kept
  };
  struct GatheredKey {
    std::size_t begin;
    std::size_t size;
  };

  Cell* cells_begin() const noexcept { return cells_.get() + frames_.back().cells_begin; }
  std::span<Cell> pending() const noexcept { return {cells_begin(), builder_.top_}; }
  std::string_view gathered(const GatheredKey& key) const noexcept {
    return std::string_view(key_chars_).substr(key.begin, key.size);
  }
  // Each field is stored and loaded as it is: wider accesses to fresh stores would wait for them.
  void push_frame(Kind kind, Shape** hint) {
    Frame& frame = frames_.emplace_back();
    frame.cells_begin = static_cast<std::uint32_t>(builder_.top_ - cells_.get());
    frame.scratch_begin = scratch_.size();
    frame.cells_limit = kind == Kind::list ? frame.cells_begin + kPendingItems : kUnlimited;
    frame.scratch_limit = scratch_limit(kind, frame.scratch_begin);
    frame.keys_first = Scratch::kNowhere;
    frame.leaves_begin = static_cast<std::uint32_t>(leaves_.size());
    frame.keys_begin = static_cast<std::uint32_t>(keys_.size());
    frame.kind = kind;
    frame.hint = hint;
  }
  static std::uint32_t scratch_limit(Kind kind, std::uint32_t begin) noexcept {
    if (kind == Kind::null) return kUnlimited;
    return begin + (kind == Kind::list ? kSlabBytes : kMapBytes);
  }
  Shape& open_shape() const noexcept { return static_cast<Shape&>(*builder_.keys_); }
  // One cell beyond the limit is always there, for the cell of a container that ends.
  void set_limit() noexcept {
    builder_.limit_ =
        cells_.get() + std::min<std::size_t>(frames_.back().cells_limit, cells_capacity_);
  }
  void grow_cells();
  void gather(std::string_view key);
  void gather_shape();

  // Packs the open container's part of the scratch; its local cells become owners of counts.
  void seal_pending();
  void seal_all_frames();
  Cell seal_cell(const Cell& local);
  void flush_list();
  Cell local_list();
  // Of the pending cells, in the order of the keys.
  Cell local_map(std::uint32_t keys) {
    const std::span<Cell> cells = pending();
    Frame& frame = frames_.back();
    frame.keys_first = std::min(frame.keys_first, keys);
    return {head_of(Tag::local_map, cells.size()),
            scratch_.add_map(keys, cells, frame.holds_local)};
  }
  // Ends the open container; its cell takes the place of the pending ones.
  void end_local(Cell cell) {
    if (scratch_.size() - frames_.back().scratch_begin >= kSlabBytes) [[unlikely]] {
      builder_.top_ = cells_begin();
      return end_owner(Value(seal_cell(cell)));
    }
    Frame& around = frames_[frames_.size() - 2];
    around.holds_local = true;
    around.keys_first = std::min(around.keys_first, frames_.back().keys_first);
    end_frame(cell);
  }
  void end_frame(Cell cell) {
    builder_.top_ = cells_begin();
    frames_.pop_back();
    const Frame& frame = frames_.back();
    builder_.keys_ = frame.keys;
    set_limit();
    *builder_.top_++ = cell;
    look_after_growth();
  }
  void look_after_growth() {
    if (scratch_.size() >= frames_.back().scratch_limit || builder_.top_ >= builder_.limit_)
        [[unlikely]] {
      relieve();
    }
  }
  void relieve();
  void end_owner(Value value);  // as end_local, of a container in slabs of its own
  void end_other_list();
  bool end_other_map(bool sorted);

  // The gathered keys of the open map: their order; false where two are equal.
  bool sort_keys(std::vector<std::uint32_t>& order);
  void end_shaped_map(Shape& shape);
  void end_gathered_map(std::span<const std::uint32_t> order);
  void drop_gathered() noexcept;
  void reorder(std::span<const std::uint32_t> order);

  ValueBuilder& builder_;
  std::unique_ptr<Cell[]> cells_;
  std::size_t cells_capacity_ = 0;
  Scratch scratch_;
  std::vector<Frame> frames_;
  std::vector<Value> leaves_;  // sealed ones of open lists
  std::vector<GatheredKey> keys_;
  std::string key_chars_;
  Shapes shapes_;
  std::string duplicate_key_;
};

}  // namespace stet::detail
