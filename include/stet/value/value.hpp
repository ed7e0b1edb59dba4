// Value: the JSON data model plus bytes and links, integers kept apart from floats. Immutable.
//
// A Value is 16 bytes, cheap to copy (one relaxed count) and safe to share between threads. Lists
// and maps are persistent trees: an edit copies a few nodes and shares the rest. Maps are in
// DAG-CBOR's order everywhere: shorter keys first, then bytewise.
//
// ValueRef (stet/value/ranges.hpp) is a borrowed Value without a count. Iteration and lookup give
// it; walking borrows, keeping converts with `to_value()`.
//
// Thread rule: distinct handles may be used from distinct threads without a lock.
// Source: spec "The value in memory"; RFC 8949 and the DAG-CBOR specification for the data model.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "stet/base.hpp"
#include "stet/value/ranges.hpp"

namespace stet {

std::string_view kind_name(Kind kind) noexcept;

class Path;

class Value {
 public:
  Value() noexcept = default;  // null
  Value(std::nullptr_t) noexcept {}
  template <std::same_as<bool> B>  // a template, so that pointers don't convert
  Value(B value) noexcept : cell_{detail::simple_head(value ? 2 : 1), 0} {}
  template <std::integral I>
    requires(!std::same_as<I, bool> && sizeof(I) <= 8)
  Value(I value) noexcept : cell_(integer_cell(value)) {}
  Value(double value);            // throws UnserializableError unless finite
  Value(std::string_view value);  // throws InvalidError unless valid UTF-8
  Value(const char* value) : Value(std::string_view(value)) {}
  Value(const std::string& value) : Value(std::string_view(value)) {}
  static Result<Value> text(std::string_view text);  // invalid, with the offset, unless UTF-8
  static Result<Value> number(double number);        // unserializable unless finite
  static Value negative_integer(std::uint64_t n) noexcept;  // −1 − n, n < 2⁶³
  static Value bytes(BytesView bytes);
  static Value link(const Cid& cid);
  static Value empty_list() noexcept { return Value(detail::Cell{kEmptyList, 0}); }
  static Value empty_map() noexcept { return Value(detail::Cell{kEmptyMap, 0}); }
  static Value list(std::initializer_list<Value> items);
  // The last of equal keys wins. Throws InvalidError unless the keys are valid UTF-8.
  static Value map(std::initializer_list<std::pair<std::string_view, Value>> members);

  Value(const Value& other) noexcept : cell_(other.cell_) { detail::retain(cell_); }
  Value(Value&& other) noexcept : cell_(std::exchange(other.cell_, detail::Cell{})) {}
  Value& operator=(const Value& other) noexcept {
    Value copy(other);
    std::swap(cell_, copy.cell_);
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    Value moved(std::move(other));
    std::swap(cell_, moved.cell_);
    return *this;
  }
  ~Value() { detail::release(cell_); }

  ValueRef ref() const noexcept { return ValueRef(&cell_); }
  Kind kind() const noexcept { return ref().kind(); }
  bool is_null() const noexcept { return ref().is_null(); }
  bool is_boolean() const noexcept { return ref().is_boolean(); }
  bool is_integer() const noexcept { return ref().is_integer(); }
  bool is_floating() const noexcept { return ref().is_floating(); }
  bool is_text() const noexcept { return ref().is_text(); }
  bool is_bytes() const noexcept { return ref().is_bytes(); }
  bool is_link() const noexcept { return ref().is_link(); }
  bool is_list() const noexcept { return ref().is_list(); }
  bool is_map() const noexcept { return ref().is_map(); }

  // Scalars: nothing where the kind differs (or the integer doesn't fit). Views live as long as
  // this handle (short texts are inside it).
  std::optional<bool> to_bool() const noexcept { return ref().to_bool(); }
  std::optional<std::int64_t> to_int64() const noexcept { return ref().to_int64(); }
  std::optional<std::uint64_t> to_uint64() const noexcept { return ref().to_uint64(); }
  std::optional<double> to_double() const noexcept { return ref().to_double(); }  // floating only
  std::optional<std::string_view> to_text() const noexcept { return ref().to_text(); }
  std::optional<BytesView> to_bytes() const noexcept { return ref().to_bytes(); }
  std::optional<Cid> to_link() const { return ref().to_link(); }

  // Containers. size(): items or members; 0 for scalars.
  std::size_t size() const noexcept { return ref().size(); }
  std::optional<Value> item(std::size_t index) const;               // O(log n)
  std::optional<Value> member(std::string_view key) const;          // O(log n)
  ItemRange items() const noexcept { return ref().items(); }        // empty unless a list
  MemberRange members() const noexcept { return ref().members(); }  // empty unless a map

  // Edits give a new Value. Precondition: kind and index fit (assertion), keys are valid UTF-8.
  // The && forms change nodes in place where nobody else holds them.
  Value with_item(std::size_t index, Value item) const&;
  Value with_item(std::size_t index, Value item) &&;
  Value insert_item(std::size_t index, Value item) const&;  // index == size() appends
  Value insert_item(std::size_t index, Value item) &&;
  Value append(Value item) const&;
  Value append(Value item) &&;
  Value without_item(std::size_t index) const&;
  Value without_item(std::size_t index) &&;
  Value with_member(std::string_view key, Value value) const&;
  Value with_member(std::string_view key, Value value) &&;
  Value without_member(std::string_view key) const&;  // the same where it isn't there
  Value without_member(std::string_view key) &&;

  // By path. Errors: not_found (with the path), invalid (a step that the container can't take).
  Result<Value> at(const Path& path) const;
  // Replaces, or adds a member, or appends at "-".
  Result<Value> with(const Path& path, Value value) const&;
  Result<Value> with(const Path& path, Value value) &&;
  // RFC 6902 "add": lists shift.
  Result<Value> insert(const Path& path, Value value) const&;
  Result<Value> insert(const Path& path, Value value) &&;
  Result<Value> without(const Path& path) const&;
  Result<Value> without(const Path& path) &&;

  // 1 and 1.0 differ; −0.0 and 0.0 differ (they are different documents).
  friend bool operator==(const Value& a, const Value& b) { return a.ref() == b.ref(); }
  // A total order: by kind, then numbers by value (−0.0 before 0.0), texts and bytes bytewise,
  // containers lexicographic (maps by key, in map order, then value).
  friend std::strong_ordering operator<=>(const Value& a, const Value& b) {
    return a.ref() <=> b.ref();
  }
  std::size_t hash() const { return ref().hash(); }  // in this process only
  // True: equal, known in O(1).
  bool same_node(const Value& other) const noexcept { return ref().same_node(other.ref()); }
  // For figures; counts shared parts once, and whole slabs that a part of is held.
  std::size_t memory_bytes() const { return ref().memory_bytes(); }

  // The value room's own: takes over the count that the cell owns; gives it up.
  explicit Value(detail::Cell cell) noexcept : cell_(cell) {}
  detail::Cell release_cell() noexcept { return std::exchange(cell_, detail::Cell{}); }
  const detail::Cell& cell() const noexcept { return cell_; }

 private:
  static constexpr std::uint64_t kEmptyList = detail::head_of(detail::Tag::list);
  static constexpr std::uint64_t kEmptyMap = detail::head_of(detail::Tag::map);

  template <std::integral I>
  static detail::Cell integer_cell(I value) noexcept {
    if constexpr (std::signed_integral<I>) {
      if (value < 0) {
        return {detail::head_of(detail::Tag::negative),
                ~static_cast<std::uint64_t>(static_cast<std::int64_t>(value))};
      }
    }
    return {detail::head_of(detail::Tag::integer), static_cast<std::uint64_t>(value)};
  }

  detail::Cell cell_{};
};
static_assert(sizeof(Value) == 16);

inline ValueRef::ValueRef(const Value& value) noexcept : cell_(&value.cell()) {}

inline Value ValueRef::to_value() const {
  detail::retain(*cell_);
  return Value(*cell_);
}

inline std::optional<Value> Value::item(std::size_t index) const {
  const auto found = ref().item(index);
  if (!found) return std::nullopt;
  return found->to_value();
}
inline std::optional<Value> Value::member(std::string_view key) const {
  const auto found = ref().member(key);
  if (!found) return std::nullopt;
  return found->to_value();
}

// Gives memory that is kept for later values and saves (at most 64 MB) back to the system. Any
// thread.
void release_unused_memory() noexcept;

}  // namespace stet
