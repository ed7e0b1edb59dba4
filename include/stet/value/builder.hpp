// Builders: large values made fast.
//
// ValueBuilder takes a document as a stream of events and makes slabs of cells; it is what decoders
// use. ListBuilder and MapBuilder gather Values, and join whole lists and maps without copying
// items. Thread rule: a builder belongs to one thread at a time.
#pragma once

#include <cassert>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "stet/value/value.hpp"

namespace stet {

inline constexpr std::size_t kUnknownCount = ~std::size_t{0};

namespace detail {

// The keys of the open map so far, seen from the last of them. An earlier map with the same keys
// tells which one is expected next.
struct KeyStep {
  static constexpr std::size_t kNone = ~std::size_t{0};

  const char* chars = nullptr;
  std::size_t size = kNone;     // of the last key; kNone is no key's
  KeyStep* expected = nullptr;  // with one key more

  bool is(std::string_view key) const noexcept {
    if (key.size() != size) return false;
    if (size > 16) return std::memcmp(chars, key.data(), size) == 0;
    return size >= 8   ? same<std::uint64_t>(key.data())
           : size >= 4 ? same<std::uint32_t>(key.data())
                       : same_few(key.data());
  }

 private:
  // Two loads that overlap cover sizes from one word to two.
  template <class Word>
  bool same(const char* other) const noexcept {
    Word a, b, c, d;
    std::memcpy(&a, chars, sizeof a);
    std::memcpy(&b, other, sizeof b);
    std::memcpy(&c, chars + size - sizeof c, sizeof c);
    std::memcpy(&d, other + size - sizeof d, sizeof d);
    return ((a ^ b) | (c ^ d)) == 0;
  }
  bool same_few(const char* other) const noexcept {
    return size == 0 || (chars[0] == other[0] && chars[size / 2] == other[size / 2] &&
                         chars[size - 1] == other[size - 1]);
  }
};

class BuilderState;

}  // namespace detail

// Trusts its caller: texts are valid UTF-8, floats finite, containers begun and ended in pairs,
// each member one key and one value, one value in all. Depth isn't limited here.
// The scratch holds what isn't packed into slabs yet: bounded for lists whatever their length, and
// by 32 bytes a member for the map that is open.
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
  void begin_list(std::size_t count);
  void end_list();
  void begin_map(std::size_t count);
  // Before each member's value.
  void key(std::string_view key) {
    detail::KeyStep* const next = keys_->expected;
    if (next->is(key)) [[likely]] {
      keys_ = next;
    } else {
      unexpected_key(key);
    }
  }
  // Keys may come in any order; sorts them. False where two are equal: duplicate_key() says which,
  // and the builder takes nothing more until reset().
  [[nodiscard]] bool end_map();
  const std::string& duplicate_key() const noexcept;
  // Keys came strictly ascending in map order, as the caller has checked.
  void end_sorted_map();

  // Precondition: exactly one value came. Ready for the next document after it; the scratch and
  // what was learned about keys are kept.
  Value finish();
  void reset() noexcept;  // drops what came

 private:
  friend class detail::BuilderState;

  void push(detail::Cell cell) {
    if (top_ == limit_) [[unlikely]]
      make_room();
    *top_++ = cell;
  }
  void make_room();
  void push_chars(detail::Tag tag, std::string_view chars);
  void unexpected_key(std::string_view key);

  // Apart on purpose: loads and stores of two at once would wait for fresh stores of one.
  detail::Cell* top_ = nullptr;      // of the pending cells
  detail::KeyStep* keys_ = nullptr;  // of the map that is open
  detail::Cell* limit_ = nullptr;    // where pending cells must be looked after
  std::unique_ptr<detail::BuilderState> state_;
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
