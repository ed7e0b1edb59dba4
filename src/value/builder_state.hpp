// What a ValueBuilder keeps out of line: the pending cells, the scratch and the open containers.
//
// A finished value is a cell on the stack of pending cells until its container ends; then the
// container's cells move into a node in the scratch and one cell for it takes their place. A
// container whose part of the scratch has grown past a slab's size is sealed: packed into a slab of
// its own, and its cell then owns a count on that. A list that goes on is sealed leaf by leaf.
// A container with anything sealed inside becomes a single slab itself, since packed slabs
// refer to nothing outside; what it holds directly is packed before.
#pragma once

#include <vector>

#include "stet/value/builder.hpp"
#include "value/key_rows.hpp"
#include "value/scratch.hpp"

namespace stet::detail {

// A kept leaf keeps its slab: small enough to waste little, large enough that counts are few.
inline constexpr std::size_t kSlabBytes = 8192;

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
  void begin(Kind kind);
  void end_list();
  bool end_map(bool sorted);
  Value finish();
  void reset() noexcept;
  const std::string& duplicate_key() const noexcept { return duplicate_key_; }

 private:
  struct Frame {
    Kind kind = Kind::null;     // list or map; null for the whole document
    bool holds_counts = false;  // some pending cell owns a count
    bool has_unexpected_keys = false;
    std::size_t cells_begin = 0;
    std::uint32_t scratch_begin = 0;
    std::uint32_t keys_first = Scratch::kNowhere;  // the first Keys that maps inside refer to
    std::size_t leaves_begin = 0;
    std::size_t keys_begin = 0, key_chars_begin = 0;  // of the unexpected keys
    KeyRow* row = nullptr;
    const ExpectedKey* expected = nullptr;  // while a container inside is open
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
  void set_limit() noexcept;
  void grow_cells();
  void gather(std::string_view key);
  void gather_expected();
  std::size_t context() const noexcept { return frames_.size(); }

  // Packs the open container's part of the scratch; its local cells become owners of counts.
  void seal_pending();
  void seal_all_frames();
  Cell seal_cell(const Cell& local);
  void flush_list();
  void end_frame(Cell cell);
  void look_after_growth();
  Cell local_list();
  Cell local_map(std::uint32_t keys);

  // The gathered keys of the open map: their order; false where two are equal.
  bool sort_keys(std::vector<std::uint32_t>& order);
  KeyRow* finish_row();
  Cell end_row_map(KeyRow& row);
  Cell end_gathered_map(std::span<const std::uint32_t> order);
  KeyRow* learn(std::span<const std::uint32_t> order);
  void reorder(std::span<const std::uint32_t> order);

  ValueBuilder& builder_;
  std::unique_ptr<Cell[]> cells_;
  std::size_t cells_capacity_ = 0;
  Scratch scratch_;
  std::vector<Frame> frames_;
  std::vector<Value> leaves_;  // sealed ones of open lists
  std::vector<GatheredKey> keys_;
  std::string key_chars_;
  KeyRows rows_;
  std::string duplicate_key_;
};

}  // namespace stet::detail
