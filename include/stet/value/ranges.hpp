// ValueRef, a borrowed Value; and the ranges that walk lists and maps by it.
//
// A ValueRef is the address of a cell. Taken from a Value it is valid while that handle lives and
// is neither moved nor assigned; reached through a container (item, member, a range) it is valid
// while anybody holds the container. Text views have the same life as the ref they came from.
#pragma once

#include <compare>
#include <iterator>
#include <optional>

#include "stet/base/id.hpp"
#include "stet/value/cell.hpp"

namespace stet {

// A text of at most so many bytes, reached through a ref or as a key, lies within its cell: so many
// bytes can be read at its begin, whatever its size.
inline constexpr std::size_t kCellTextBytes = detail::kShortMax;

class Value;
class ItemRange;
class MemberRange;

class ValueRef {
 public:
  ValueRef() noexcept : cell_(&detail::kNullCell) {}
  ValueRef(const Value& value) noexcept;  // NOLINT(google-explicit-constructor)

  Kind kind() const noexcept { return detail::kind_of(*cell_); }
  bool is_null() const noexcept { return kind() == Kind::null; }
  bool is_boolean() const noexcept { return kind() == Kind::boolean; }
  bool is_integer() const noexcept { return kind() == Kind::integer; }
  bool is_floating() const noexcept { return kind() == Kind::floating; }
  bool is_text() const noexcept { return kind() == Kind::text; }
  bool is_bytes() const noexcept { return kind() == Kind::bytes; }
  bool is_link() const noexcept { return kind() == Kind::link; }
  bool is_list() const noexcept { return cell_->tag() == detail::Tag::list; }
  bool is_map() const noexcept { return cell_->tag() == detail::Tag::map; }

  std::optional<bool> to_bool() const noexcept;
  std::optional<std::int64_t> to_int64() const noexcept;
  std::optional<std::uint64_t> to_uint64() const noexcept;
  // The n of −1 − n, for integers below zero.
  std::optional<std::uint64_t> to_negative() const noexcept;
  std::optional<double> to_double() const noexcept;
  std::optional<std::string_view> to_text() const noexcept;
  std::optional<BytesView> to_bytes() const noexcept;
  std::optional<BytesView> link_bytes() const noexcept;  // the CID's
  std::optional<Cid> to_link() const;

  std::size_t size() const noexcept { return is_list() || is_map() ? cell_->size() : 0; }
  std::optional<ValueRef> item(std::size_t index) const noexcept;
  std::optional<ValueRef> member(std::string_view key) const noexcept;
  ItemRange items() const noexcept;
  MemberRange members() const noexcept;

  Value to_value() const;
  std::size_t hash() const;
  bool same_node(ValueRef other) const noexcept;
  std::size_t memory_bytes() const;

  friend bool operator==(ValueRef a, ValueRef b);
  friend std::strong_ordering operator<=>(ValueRef a, ValueRef b);

  const detail::Cell& cell() const noexcept { return *cell_; }  // the value room's own
  explicit ValueRef(const detail::Cell* cell) noexcept : cell_(cell) {}

 private:
  const detail::Cell* cell_;
};

struct Member {
  std::string_view key;  // lives as long as the map
  ValueRef value;
};

// A forward walk that visits each leaf once; reaching a leaf costs O(log n).
class ItemIterator {
 public:
  using value_type = ValueRef;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::forward_iterator_tag;

  ItemIterator() noexcept = default;
  ItemIterator(const detail::Node* root, std::size_t begin, std::size_t end) noexcept
      : root_(root), next_(begin), end_(end) {
    load();
  }
  ValueRef operator*() const noexcept { return ValueRef(cell_); }
  ItemIterator& operator++() noexcept {
    if (++cell_ == leaf_end_) load();
    return *this;
  }
  ItemIterator operator++(int) noexcept {
    ItemIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(std::default_sentinel_t) const noexcept { return cell_ == nullptr; }
  bool operator==(const ItemIterator& other) const noexcept { return cell_ == other.cell_; }

 protected:
  // The leaf that holds item next_; short lists are one leaf.
  void load() noexcept {
    cell_ = leaf_end_ = nullptr;
    if (next_ == end_) return;
    detail::LeafPlace place{root_, next_};
    if (root_->height != 0) [[unlikely]]
      place = detail::leaf_at(root_, next_);
    const std::size_t in_leaf = place.leaf->count - place.offset;
    const std::size_t count = in_leaf < end_ - next_ ? in_leaf : end_ - next_;
    cell_ = place.leaf->cells() + place.offset;
    leaf_end_ = cell_ + count;
    next_ += count;
  }

  const detail::Cell* cell_ = nullptr;
  const detail::Cell* leaf_end_ = nullptr;
  const detail::Node* root_ = nullptr;
  std::size_t next_ = 0, end_ = 0;
};

class ItemRange {
 public:
  ItemRange() noexcept = default;
  ItemRange(const detail::Node* root, std::size_t begin, std::size_t end) noexcept
      : root_(root), begin_(begin), end_(end) {}
  ItemIterator begin() const noexcept { return {root_, begin_, end_}; }
  std::default_sentinel_t end() const noexcept { return {}; }
  std::size_t size() const noexcept { return end_ - begin_; }
  bool empty() const noexcept { return begin_ == end_; }
  // Items [begin, end) of this range. Precondition: begin ≤ end ≤ size().
  ItemRange slice(std::size_t begin, std::size_t end) const noexcept {
    return {root_, begin_ + begin, begin_ + end};
  }

 private:
  const detail::Node* root_ = nullptr;
  std::size_t begin_ = 0, end_ = 0;
};

class MemberIterator {
 public:
  using value_type = Member;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::forward_iterator_tag;

  MemberIterator() noexcept = default;
  MemberIterator(const detail::Node* root, std::size_t begin, std::size_t end) noexcept
      : root_(root), next_(begin), end_(end) {
    load();
  }
  Member operator*() const noexcept { return {detail::chars_of(*key_), ValueRef(cell_)}; }
  MemberIterator& operator++() noexcept {
    ++key_;
    if (++cell_ == leaf_end_) load();
    return *this;
  }
  MemberIterator operator++(int) noexcept {
    MemberIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(std::default_sentinel_t) const noexcept { return cell_ == nullptr; }
  bool operator==(const MemberIterator& other) const noexcept { return cell_ == other.cell_; }

 private:
  void load() noexcept {
    cell_ = leaf_end_ = nullptr;
    if (next_ == end_) return;
    detail::LeafPlace place{root_, next_};
    if (root_->height != 0) [[unlikely]]
      place = detail::leaf_at(root_, next_);
    const std::size_t in_leaf = place.leaf->count - place.offset;
    const std::size_t count = in_leaf < end_ - next_ ? in_leaf : end_ - next_;
    cell_ = place.leaf->cells() + place.offset;
    key_ = place.leaf->keys()->cells() + place.offset;
    leaf_end_ = cell_ + count;
    next_ += count;
  }

  const detail::Cell* cell_ = nullptr;
  const detail::Cell* leaf_end_ = nullptr;
  const detail::Cell* key_ = nullptr;
  const detail::Node* root_ = nullptr;
  std::size_t next_ = 0, end_ = 0;
};

class MemberRange {
 public:
  MemberRange() noexcept = default;
  MemberRange(const detail::Node* root, std::size_t begin, std::size_t end) noexcept
      : root_(root), begin_(begin), end_(end) {}
  MemberIterator begin() const noexcept { return {root_, begin_, end_}; }
  std::default_sentinel_t end() const noexcept { return {}; }
  std::size_t size() const noexcept { return end_ - begin_; }
  bool empty() const noexcept { return begin_ == end_; }
  MemberRange slice(std::size_t begin, std::size_t end) const noexcept {
    return {root_, begin_ + begin, begin_ + end};
  }

 private:
  const detail::Node* root_ = nullptr;
  std::size_t begin_ = 0, end_ = 0;
};

inline std::optional<bool> ValueRef::to_bool() const noexcept {
  if (kind() != Kind::boolean) return std::nullopt;
  return cell_->nibble() == 2;
}
inline std::optional<std::uint64_t> ValueRef::to_uint64() const noexcept {
  if (cell_->tag() != detail::Tag::integer) return std::nullopt;
  return cell_->body;
}
inline std::optional<std::uint64_t> ValueRef::to_negative() const noexcept {
  if (cell_->tag() != detail::Tag::negative) return std::nullopt;
  return cell_->body;
}
inline std::optional<std::int64_t> ValueRef::to_int64() const noexcept {
  if (cell_->tag() == detail::Tag::negative) return static_cast<std::int64_t>(~cell_->body);
  if (cell_->tag() != detail::Tag::integer || cell_->body >> 63 != 0) return std::nullopt;
  return static_cast<std::int64_t>(cell_->body);
}
inline std::optional<double> ValueRef::to_double() const noexcept {
  if (cell_->tag() != detail::Tag::floating) return std::nullopt;
  return std::bit_cast<double>(cell_->body);
}
inline std::optional<std::string_view> ValueRef::to_text() const noexcept {
  if (kind() != Kind::text) return std::nullopt;
  return detail::chars_of(*cell_);
}
inline std::optional<BytesView> ValueRef::to_bytes() const noexcept {
  if (kind() != Kind::bytes) return std::nullopt;
  return as_bytes(detail::chars_of(*cell_));
}
inline std::optional<BytesView> ValueRef::link_bytes() const noexcept {
  if (kind() != Kind::link) return std::nullopt;
  return as_bytes(detail::chars_of(*cell_));
}
inline std::optional<ValueRef> ValueRef::item(std::size_t index) const noexcept {
  if (!is_list() || index >= cell_->size()) return std::nullopt;
  const auto place = detail::leaf_at(detail::node_of(*cell_), index);
  return ValueRef(place.leaf->cells() + place.offset);
}
inline std::optional<ValueRef> ValueRef::member(std::string_view key) const noexcept {
  if (!is_map() || cell_->size() == 0) return std::nullopt;
  const detail::Cell* found = detail::find_member(detail::node_of(*cell_), key);
  if (found == nullptr) return std::nullopt;
  return ValueRef(found);
}
inline ItemRange ValueRef::items() const noexcept {
  if (!is_list()) return {};
  return {detail::node_of(*cell_), 0, cell_->size()};
}
inline MemberRange ValueRef::members() const noexcept {
  if (!is_map()) return {};
  return {detail::node_of(*cell_), 0, cell_->size()};
}
inline bool ValueRef::same_node(ValueRef other) const noexcept {
  return cell_->head == other.cell_->head && cell_->body == other.cell_->body;
}

}  // namespace stet
