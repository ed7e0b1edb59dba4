// Value: the JSON data model plus bytes and links, integers kept apart from floats. Immutable.
//
// A Value is 16 bytes, cheap to copy (one relaxed count) and safe to share between threads. Lists
// and maps are persistent trees: an edit copies a few nodes and shares the rest. Maps are in
// DAG-CBOR's order everywhere: shorter keys first, then bytewise.
//
// ValueRef is a borrowed Value of 16 bytes: no count, valid while the Value that it was taken from
// (or another that shares the node) lives. Iteration and lookup give it; walking borrows, keeping
// converts with `to_value()`.
//
// Thread rule: distinct handles may be used from distinct threads without a lock.
// Source: spec "The value in memory"; RFC 8949 and the DAG-CBOR specification for the data model.
#pragma once
// DRAFT: fixes names and meanings for the other rooms; private parts, templates and further members
// are the value room's to choose, and this line goes when they are there.

#include <compare>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include "stet/base.hpp"

namespace stet {

enum class Kind : std::uint8_t { null, boolean, integer, floating, text, bytes, link, list, map };
std::string_view kind_name(Kind kind) noexcept;

class Path;
class ValueRef;
class ItemRange;    // of ValueRef
class MemberRange;  // of Member {std::string_view key; ValueRef value}

class Value {
 public:
  Value() noexcept;  // null
  Value(std::nullptr_t) noexcept;
  Value(bool) noexcept;
  template <std::integral I>
  Value(I) noexcept;        // any integer type of up to 64 bits
  Value(double);            // throws UnserializableError unless finite
  Value(std::string_view);  // throws InvalidError unless valid UTF-8
  Value(const char*);
  static Result<Value> text(std::string_view text);
  static Result<Value> number(double number);      // unserializable unless finite
  static Value negative_integer(std::uint64_t n);  // −1 − n, n < 2⁶³
  static Value bytes(BytesView bytes);
  static Value link(const Cid& cid);
  static Value empty_list() noexcept;
  static Value empty_map() noexcept;
  static Value list(std::initializer_list<Value> items);
  static Value map(std::initializer_list<std::pair<std::string_view, Value>>
                       members);  // last of equal keys wins

  ValueRef ref() const noexcept;  // Value also converts to ValueRef
  Kind kind() const noexcept;
  bool is_null() const noexcept;  // … is_boolean, is_integer, is_floating, is_text, is_bytes,
                                  // is_link, is_list, is_map

  // Scalars: nothing where the kind differs (or the integer doesn't fit). Views live as long as
  // this handle (short texts are inside it).
  std::optional<bool> to_bool() const noexcept;
  std::optional<std::int64_t> to_int64() const noexcept;
  std::optional<std::uint64_t> to_uint64() const noexcept;
  std::optional<double> to_double() const noexcept;  // floating only
  std::optional<std::string_view> to_text() const& noexcept;
  std::optional<BytesView> to_bytes() const& noexcept;
  std::optional<Cid> to_link() const;

  // Containers. size(): items or members; 0 for scalars.
  std::size_t size() const noexcept;
  std::optional<Value> item(std::size_t index) const;       // O(log n)
  std::optional<Value> member(std::string_view key) const;  // O(log n)
  ItemRange items() const& noexcept;                        // empty unless a list
  MemberRange members() const& noexcept;                    // empty unless a map

  // Edits give a new Value. Precondition: kind and index fit (assertion). Each has a && form that
  // changes in place where nobody else holds the node.
  Value with_item(std::size_t index, Value item) const&;
  Value insert_item(std::size_t index, Value item) const&;  // index == size() appends
  Value append(Value item) const&;
  Value without_item(std::size_t index) const&;
  Value with_member(std::string_view key, Value value) const&;
  Value without_member(std::string_view key) const&;

  // By path. Errors: not_found (with the path), invalid (a step that the container can't take).
  Result<Value> at(const Path& path) const;
  Result<Value> with(const Path& path,
                     Value value) const&;  // replaces, or adds a member, or appends at "-"
  Result<Value> insert(const Path& path, Value value) const&;  // RFC 6902 "add": lists shift
  Result<Value> without(const Path& path) const&;

  // 1 and 1.0 differ; −0.0 and 0.0 differ (they are different documents).
  friend bool operator==(const Value&, const Value&) noexcept;
  // A total order: by kind, then numbers by value, texts and bytes bytewise, containers
  // lexicographic.
  friend std::strong_ordering operator<=>(const Value&, const Value&) noexcept;
  std::size_t hash() const noexcept;                  // in this process only
  bool same_node(const Value& other) const noexcept;  // true: equal, known in O(1)
  std::size_t memory_bytes() const;                   // for figures; counts shared parts once
};

// ValueRef has the same readers (kind, is_*, to_*, size, item → ValueRef, member → ValueRef, items,
// members, same_node), plus to_value().

}  // namespace stet
