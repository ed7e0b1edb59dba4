// Builders: large values made fast.
//
// ValueBuilder takes a document as a stream of events and makes slabs of cells; it is what decoders
// use. ListBuilder and MapBuilder gather Values, and join whole lists and maps without copying
// items. Thread rule: a builder belongs to one thread at a time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stet/value/key_step.hpp"
#include "stet/value/recent_containers.hpp"
#include "stet/value/slab_writer.hpp"
#include "stet/value/value.hpp"

namespace stet {

inline constexpr std::size_t kUnknownCount = ~std::size_t{0};

namespace detail {

// An open container of a ValueBuilder, or the document around all.
struct BuilderFrame {
  Cell* cells;      // its first pending cell
  Cell* flush;      // a list that has pending cells up to here makes leaves of them
  KeyStep* keys;    // of the map, while a container inside is open
  bool has_leaves;  // a list of which leaves are made
};

struct BuilderStore;

}  // namespace detail

// Trusts its caller: texts are valid UTF-8, floats finite, containers begun and ended in pairs,
// each member one key and one value, one value in all. Depth isn't limited here.
//
// A finished value is a cell on the stack of pending cells until its container ends; then the
// container's cells move into a node in the slab and one cell for it takes their place. Pending
// cells below `counted_` own counts; those above refer into the slab and own nothing. When the slab
// is full, all pending cells get their counts. A container that holds such a cell becomes a slab of
// its own, since packed slabs refer to nothing outside. Long lists are made leaf by leaf.
// Memory beside the value: 16 bytes for each member of the open maps, and a slab.
class ValueBuilder {
 public:
  ValueBuilder();
  ~ValueBuilder();
  ValueBuilder(const ValueBuilder&) = delete;
  ValueBuilder& operator=(const ValueBuilder&) = delete;

  void null() { push({detail::simple_head(0), 0}); }
  void boolean(bool value) { push({detail::simple_head(value ? 2 : 1), 0}); }
  void integer(std::uint64_t value) { push({detail::head_of(detail::Tag::integer), value}); }
  void negative_integer(std::uint64_t n) {  // −1 − n, n < 2⁶³
    push({detail::head_of(detail::Tag::negative), n});
  }
  void signed_integer(std::int64_t value) {
    if (value < 0) {
      negative_integer(~static_cast<std::uint64_t>(value));
    } else {
      integer(static_cast<std::uint64_t>(value));
    }
  }
  void floating(double value) {
    push({detail::head_of(detail::Tag::floating), std::bit_cast<std::uint64_t>(value)});
  }
  void text(std::string_view value) {
    if (value.size() <= detail::kShortMax) {
      push(detail::short_cell(detail::Tag::short_text, value.data(), value.size()));
    } else {
      push_chars(detail::Tag::text, value);
    }
  }
  void bytes(BytesView value) { push_chars(detail::Tag::bytes, as_text(value)); }
  void link(BytesView cid) { push_chars(detail::Tag::link, as_text(cid)); }
  void value(Value shared);  // an existing Value in this place

  // `count` is a hint; kUnknownCount where the length isn't known.
  void begin_list(std::size_t) {
    begin();
    frame_->flush = top_ + kFlushCells;
    frame_->has_leaves = false;
  }
  void end_list() {
    const std::span<const detail::Cell> cells = pending();
    if (cells.size() - 1 < detail::kLeafMax && cells.data() >= counted_) [[likely]] {
      if (const auto* node = slab_.add_list(0, cells)) [[likely]] {
        return close_frame(cell_of(detail::Tag::list, cells.size(), node));
      }
    }
    end_other_list();
  }
  void begin_map(std::size_t) {
    begin();
    frame_->flush = never();
    keys_ = no_keys_;
  }
  // Before each member's value.
  void key(std::string_view key) {
    detail::KeyStep* const next = keys_->next_of(key);
    if (next->is(key)) [[likely]] {
      keys_ = next;
    } else {
      other_key(key);
    }
  }
  // Keys may come in any order; sorts them. False where two are equal: duplicate_key() says which,
  // and the builder takes nothing more until reset().
  [[nodiscard]] bool end_map() { return end_map(false); }
  const std::string& duplicate_key() const noexcept;
  // Keys came strictly ascending in map order, as the caller has checked.
  void end_sorted_map() { end_map(true); }

  // Precondition: exactly one value came. Ready for the next document after it; what was learned
  // about keys is kept. A small value gets a slab of its own size.
  Value finish();
  // As finish, of a part of something larger, which may share its slab with other parts.
  Value finish_part();
  void reset() noexcept;  // drops what came

  // What the decoder of DAG-CBOR uses, where it may read 16 bytes from `at`.

  // Whether a known key's encoding comes next, after the keys so far in map order; takes it then.
  bool encoded_key(const std::uint8_t* at) {
    detail::KeyStep* const next = keys_->next_of_encoded(at);
    if (next->is_encoded(at)) [[likely]] {
      keys_ = next;
      return true;
    }
    return false;
  }
  void short_text(detail::Cell cell) { push(cell); }
  // Small containers come again and again, and equal ones are shared. If the encoding of a recent
  // one comes next, of which all items are scalars: gives it; else null.
  const detail::Recent* repeated(const std::uint8_t* at) const noexcept {
    const std::uint64_t word = detail::load_word(at);
    const detail::Recent& recent = recent_.of(word);
    return (word & recent.mask) == recent.word ? &recent : nullptr;
  }
  void repeat(const detail::Recent& recent) { push(recent.cell); }
  // The container that came last had this encoding. Precondition: of at most 8 bytes.
  void remember(const std::uint8_t* at, std::size_t bytes);

 private:
  // What is left of a list after its leaves were made is more than one leaf takes: its end tells it
  // from a short list by that.
  static constexpr std::size_t kFlushCells = 2 * detail::kLeafMax + 1;

  static detail::Cell cell_of(detail::Tag tag, std::size_t size, const void* object) noexcept {
    return {detail::head_of(tag, size), reinterpret_cast<std::uintptr_t>(object)};
  }
  std::span<const detail::Cell> pending() const noexcept { return {frame_->cells, top_}; }
  void push(detail::Cell cell) {
    if (top_ == cells_end_) [[unlikely]]
      make_room();
    *top_++ = cell;
  }
  // Each field is stored and loaded as it is: wider accesses to fresh stores would wait for them.
  void begin() {
    if (frame_ + 1 == frames_end_) [[unlikely]]
      grow_frames();
    frame_->keys = keys_;
    ++frame_;
    frame_->cells = top_;
  }
  // The cell of the ended container takes the place of its pending ones.
  void close_frame(detail::Cell cell) {
    top_ = frame_->cells;
    --frame_;
    keys_ = frame_->keys;
    *top_++ = cell;
    if (top_ >= frame_->flush) [[unlikely]]
      flush_list();
  }
  bool end_map(bool sorted) {
    const std::span<const detail::Cell> cells = pending();
    detail::Keys* const keys = keys_->sorted_keys;
    if (keys != nullptr && cells.data() >= counted_) [[likely]] {
      if (const auto* node = slab_.add_map(keys, cells)) [[likely]] {
        close_frame(cell_of(detail::Tag::map, cells.size(), node));
        return true;
      }
    }
    return end_other_map(sorted);
  }
  detail::Cell* never() const noexcept { return cells_end_ + 1; }  // `top_` doesn't come there

  void make_room();
  void grow_cells();
  void grow_frames();
  void push_chars(detail::Tag tag, std::string_view chars);
  void other_key(std::string_view key);

  void count_pending(const detail::Cell* end) noexcept;
  void next_slab(std::size_t bytes);
  bool can_pack(std::size_t bytes);
  void flush_list();
  Value make_leaf(std::span<detail::Cell> cells);
  const detail::Node* pack_list();
  void end_other_list();
  void close_with(Value value);

  bool end_other_map(bool sorted);
  void end_shaped_map();
  bool end_gathered_map(bool sorted);
  detail::Keys* place_gathered_keys(std::span<const std::uint32_t> order);
  Value make_gathered_tree(std::span<const std::uint32_t> order);
  void reorder(std::span<const std::uint32_t> order);
  void forget_slab() noexcept;
  void begin_document() noexcept;

  // Apart on purpose: loads and stores of two at once would wait for fresh stores of one.
  detail::Cell* top_ = nullptr;      // of the pending cells
  detail::KeyStep* keys_ = nullptr;  // of the map that is open
  detail::Cell* counted_ = nullptr;
  detail::Cell* cells_end_ = nullptr;
  detail::BuilderFrame* frame_ = nullptr;
  detail::BuilderFrame* frames_end_ = nullptr;
  detail::KeyStep* no_keys_ = nullptr;  // before the first key
  detail::SlabWriter slab_;
  detail::RecentContainers recent_;
  std::unique_ptr<detail::BuilderStore> store_;
};

class ListBuilder {
 public:
  void append(Value item);
  void append_list(const Value& list);  // shares the list's nodes; O(log n)
  std::size_t size() const noexcept { return tree_.size() + pending_.size(); }
  Value build();  // the builder is empty after it

 private:
  void flush();

  Value tree_ = Value::empty_list();
  std::vector<Value> pending_;  // fewer than a leaf
};

class MapBuilder {
 public:
  void set(std::string_view key, Value value);  // a key that is there is replaced
  // All its keys come after those set so far; shares nodes; O(log n).
  void append_sorted(const Value& map);
  std::size_t size() const noexcept { return tree_.size() + keys_.size(); }
  Value build();  // the builder is empty after it

 private:
  void flush();

  Value tree_ = Value::empty_map();
  // Fewer than a leaf; ascending, and after all in the tree.
  std::vector<Value> keys_;
  std::vector<Value> values_;
};

}  // namespace stet
