// Equality, order, hash and size. Values may be nested deeper than the stack, so the containers
// that are being walked are kept in vectors.
#include <unordered_set>
#include <vector>

#include "stet/value/value.hpp"
#include "value/compare.hpp"

namespace stet {
namespace {

using detail::Cell;
using detail::Node;
using detail::Tag;

std::strong_ordering order_of(int comparison) noexcept { return comparison <=> 0; }

// Maps a double's bits to an integer that orders as the number does, −0.0 before 0.0.
std::uint64_t ordered_bits(std::uint64_t bits) noexcept {
  return bits >> 63 != 0 ? ~bits : bits | 1ull << 63;
}

std::strong_ordering compare_chars(std::string_view a, std::string_view b) noexcept {
  return order_of(a.compare(b));
}

// Precondition: one kind, no containers.
std::strong_ordering compare_scalars(const Cell& a, const Cell& b) noexcept {
  switch (detail::kind_of(a)) {
    case Kind::integer: {
      const bool a_below = a.tag() == Tag::negative, b_below = b.tag() == Tag::negative;
      if (a_below != b_below) {
        return a_below ? std::strong_ordering::less : std::strong_ordering::greater;
      }
      return a_below ? b.body <=> a.body : a.body <=> b.body;
    }
    case Kind::floating:
      return ordered_bits(a.body) <=> ordered_bits(b.body);
    case Kind::text:
    case Kind::bytes:
    case Kind::link:
      return compare_chars(detail::chars_of(a), detail::chars_of(b));
    default:
      return a.head <=> b.head;  // null and booleans
  }
}

bool equal_scalars(const Cell& a, const Cell& b) noexcept {
  if (a.head != b.head) return false;
  if (a.body == b.body) return true;
  return a.tag() >= Tag::text && detail::chars_of(a) == detail::chars_of(b);
}

// A pair of containers under way, by their items or members, or by the subtrees that they are made
// of, where these cover the same places: then those that are shared are passed over.
struct Walk {
  Walk(ValueRef a, ValueRef b) noexcept {
    if (a.is_list()) {
      a_items = a.items().begin();
      b_items = b.items().begin();
    } else {
      is_map = true;
      a_members = a.members().begin();
      b_members = b.members().begin();
    }
  }
  explicit Walk(const Node* a, const Node* b) noexcept
      : subtrees(a->count), a_subtrees(a->cells()), b_subtrees(b->cells()) {}

  bool is_map = false;
  std::size_t subtrees = 0;  // left
  const Cell* a_subtrees = nullptr;
  const Cell* b_subtrees = nullptr;
  ItemIterator a_items, b_items;
  MemberIterator a_members, b_members;
};

bool have_subtrees_in_place(const Node* a, const Node* b) noexcept {
  if (a->height == 0 || a->height != b->height || a->count != b->count) return false;
  for (std::size_t i = 0; i < a->count; ++i) {
    if (a->cells()[i].head != b->cells()[i].head) return false;  // of other sizes
  }
  return true;
}

// An integer as a double, where it is one exactly.
std::optional<double> exact_double(const Cell& cell) noexcept {
  if (cell.tag() == Tag::floating) return std::bit_cast<double>(cell.body);
  const std::uint64_t magnitude = cell.body + (cell.tag() == Tag::negative ? 1 : 0);
  const int spare_bits = std::countl_zero(magnitude) + std::countr_zero(magnitude);
  if (magnitude != 0 && spare_bits < 64 - 53) return std::nullopt;
  const auto number = static_cast<double>(magnitude);
  return cell.tag() == Tag::integer ? number : -number;
}

bool is_number(Kind kind) noexcept { return kind == Kind::integer || kind == Kind::floating; }

bool same_number(const Cell& a, const Cell& b) noexcept {
  if (a.tag() == b.tag() && a.tag() != Tag::floating) return a.body == b.body;
  const auto x = exact_double(a), y = exact_double(b);
  return x && y && *x == *y;
}

enum class Question : std::uint8_t { order, equality, equality_as_json };

class Comparison {
 public:
  explicit Comparison(Question question) noexcept : question_(question) {}

  std::strong_ordering run(ValueRef a, ValueRef b) {
    auto result = enter(a, b);
    while (result == 0 && !walks_.empty()) result = step();
    return result;
  }

 private:
  std::strong_ordering enter(ValueRef a, ValueRef b) {
    if (a.same_node(b)) return std::strong_ordering::equal;
    const Kind kind = a.kind();
    if (question_ == Question::equality_as_json && is_number(kind) && is_number(b.kind())) {
      return same_number(a.cell(), b.cell()) ? std::strong_ordering::equal
                                             : std::strong_ordering::less;
    }
    if (kind != b.kind()) return kind <=> b.kind();
    if (kind < Kind::list) {
      if (question_ == Question::order) return compare_scalars(a.cell(), b.cell());
      return equal_scalars(a.cell(), b.cell()) ? std::strong_ordering::equal
                                               : std::strong_ordering::less;
    }
    // Containers of different sizes need no look inside to be unequal.
    if (question_ != Question::order && a.size() != b.size()) return a.size() <=> b.size();
    open(a, b);
    return std::strong_ordering::equal;
  }

  void open(ValueRef a, ValueRef b) {
    if (question_ != Question::order && a.size() > detail::kLeafMax) {
      const Node* const a_node = detail::node_of(a.cell());
      const Node* const b_node = detail::node_of(b.cell());
      if (have_subtrees_in_place(a_node, b_node)) {
        walks_.emplace_back(a_node, b_node);
        return;
      }
    }
    walks_.emplace_back(a, b);
  }

  std::strong_ordering step() {
    Walk& walk = walks_.back();
    if (walk.a_subtrees != nullptr) return step_subtrees(walk);
    return walk.is_map ? step_members(walk) : step_items(walk);
  }

  std::strong_ordering step_subtrees(Walk& walk) {
    if (walk.subtrees == 0) return ended(true, true);
    --walk.subtrees;
    const ValueRef a(walk.a_subtrees++), b(walk.b_subtrees++);
    return enter(a, b);
  }

  std::strong_ordering step_items(Walk& walk) {
    const bool a_ended = walk.a_items == std::default_sentinel;
    const bool b_ended = walk.b_items == std::default_sentinel;
    if (a_ended || b_ended) return ended(a_ended, b_ended);
    const ValueRef a = *walk.a_items, b = *walk.b_items;
    ++walk.a_items;
    ++walk.b_items;
    return enter(a, b);
  }

  std::strong_ordering step_members(Walk& walk) {
    const bool a_ended = walk.a_members == std::default_sentinel;
    const bool b_ended = walk.b_members == std::default_sentinel;
    if (a_ended || b_ended) return ended(a_ended, b_ended);
    const Member a = *walk.a_members, b = *walk.b_members;
    if (const int keys = detail::compare_keys(a.key, b.key); keys != 0) return order_of(keys);
    ++walk.a_members;
    ++walk.b_members;
    return enter(a.value, b.value);
  }

  std::strong_ordering ended(bool a_ended, bool b_ended) {
    walks_.pop_back();
    return b_ended <=> a_ended;
  }

  Question question_;
  std::vector<Walk> walks_;
};

class Hasher {
 public:
  void mix(std::uint64_t word) noexcept {
    state_ = (state_ ^ word) * 0x9e3779b97f4a7c15u;
    state_ ^= state_ >> 32;
  }
  void mix(std::string_view chars) noexcept {
    mix(chars.size());
    std::size_t i = 0;
    for (; i + 8 <= chars.size(); i += 8) {
      std::uint64_t word;
      std::memcpy(&word, chars.data() + i, 8);
      mix(word);
    }
    std::uint64_t tail = 0;
    if (i < chars.size()) std::memcpy(&tail, chars.data() + i, chars.size() - i);
    mix(tail);
  }
  std::uint64_t state() const noexcept { return state_; }

 private:
  std::uint64_t state_ = 0x243f6a8885a308d3u;
};

}  // namespace

bool operator==(ValueRef a, ValueRef b) {
  const Cell& x = a.cell();
  const Cell& y = b.cell();
  if (x.head != y.head) return false;  // kind and size
  if (x.body == y.body) return true;
  if (x.tag() < Tag::list) return equal_scalars(x, y);
  return Comparison(Question::equality).run(a, b) == 0;
}

std::strong_ordering operator<=>(ValueRef a, ValueRef b) {
  return Comparison(Question::order).run(a, b);
}

bool detail::equal_as_json(ValueRef a, ValueRef b) {
  return Comparison(Question::equality_as_json).run(a, b) == 0;
}

std::size_t ValueRef::hash() const {
  struct Open {
    ItemIterator items;
    MemberIterator members;
  };
  Hasher hasher;
  std::vector<Open> open;
  const auto enter = [&](ValueRef value) {
    hasher.mix(static_cast<std::uint64_t>(value.kind()));
    if (value.is_list() || value.is_map()) {
      hasher.mix(value.size());
      open.push_back({value.items().begin(), value.members().begin()});
    } else if (value.is_text() || value.is_bytes() || value.is_link()) {
      hasher.mix(detail::chars_of(value.cell()));
    } else {
      hasher.mix(value.cell().head);
      hasher.mix(value.cell().body);
    }
  };
  enter(*this);
  while (!open.empty()) {
    Open& top = open.back();
    if (top.items != std::default_sentinel) {
      const ValueRef item = *top.items++;
      enter(item);
    } else if (top.members != std::default_sentinel) {
      const Member member = *top.members++;
      hasher.mix(member.key);
      enter(member.value);
    } else {
      open.pop_back();
    }
  }
  return hasher.state();
}

std::size_t ValueRef::memory_bytes() const {
  std::size_t bytes = sizeof(Value);
  std::unordered_set<const detail::Slab*> seen;
  std::vector<const detail::Object*> open;
  const auto enter = [&](const detail::Object* object) {
    if (!seen.insert(object->slab()).second) return;
    bytes += object->slab()->bytes();
    // A packed slab refers to nothing outside of itself.
    if (object->slab()->is_single() && object->sort != detail::ObjectSort::text) {
      open.push_back(object);
    }
  };
  if (cell_->owns()) enter(detail::object_of(*cell_));
  while (!open.empty()) {
    const detail::Object* object = open.back();
    open.pop_back();
    const Cell* cells = static_cast<const detail::Keys*>(object)->cells();
    if (object->sort != detail::ObjectSort::keys) {
      const auto* node = static_cast<const detail::Node*>(object);
      cells = node->cells();
      if (node->is_map()) enter(node->keys());
    }
    for (std::size_t i = 0; i < object->count; ++i) {
      if (cells[i].owns()) enter(detail::object_of(cells[i]));
    }
  }
  return bytes;
}

}  // namespace stet
