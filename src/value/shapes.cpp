#include "value/shapes.hpp"

#include <algorithm>
#include <numeric>

namespace stet::detail {

Shape* Shapes::after(Shape& shape, std::string_view key) {
  for (Shape* next = shape.after; next != nullptr; next = next->alternative) {
    if (next->is(key)) return next;
  }
  if (shape.count == kLeafMax || shape.alternatives == kAlternativesMax ||
      shapes_.size() == kShapesMax || key.size() > kKeyBytesMax) {
    return nullptr;
  }
  Shape& next = shapes_.emplace_back();
  next.last_key = key;
  next.chars = next.last_key.data();
  next.size = key.size();
  next.expected = next.inside = &gathered_;
  next.before = &shape;
  next.first = shape.count == 0 ? &next : shape.first;
  next.count = static_cast<std::uint8_t>(shape.count + 1);
  next.alternative = shape.after;
  shape.after = &next;
  ++shape.alternatives;
  return &next;
}

std::array<std::string_view, kLeafMax> Shapes::keys_of(const Shape& shape) noexcept {
  std::array<std::string_view, kLeafMax> keys;
  for (const Shape* at = &shape; at->count != 0; at = at->before) {
    keys[at->count - 1u] = at->last_key;
  }
  return keys;
}

void Shapes::learn_end(Shape& shape) {
  const auto keys = keys_of(shape);
  const auto begin = shape.order.begin(), end = begin + shape.count;
  std::iota(begin, end, std::uint8_t{0});
  std::sort(begin, end, [&](auto a, auto b) { return compare_keys(keys[a], keys[b]) < 0; });
  const auto equal = [&](auto a, auto b) { return keys[a] == keys[b]; };
  if (std::adjacent_find(begin, end, equal) != end) {
    shape.end = Shape::End::duplicate;
  } else {
    shape.end = std::is_sorted(begin, end) ? Shape::End::sorted : Shape::End::unsorted;
  }
}

std::string_view Shapes::duplicate_key(const Shape& shape) noexcept {
  const auto keys = keys_of(shape);
  const auto found = std::adjacent_find(shape.order.begin(), shape.order.begin() + shape.count,
                                        [&](auto a, auto b) { return keys[a] == keys[b]; });
  return keys[*found];
}

std::uint32_t Shapes::keys_in_scratch(Shape& shape, Scratch& scratch) {
  if (shape.in_scratch == Scratch::kNowhere) {
    const auto keys = keys_of(shape);
    placed_.push_back(&shape);
    shape.in_scratch = scratch.add_keys(shape.count);
    for (std::size_t i = 0; i < shape.count; ++i) {
      scratch.set_key(shape.in_scratch, i, keys[shape.order[i]]);
    }
  }
  return shape.in_scratch;
}

KeysHandle Shapes::shared_keys(Shape& shape) {
  if (shape.shared.get() == nullptr) {
    const auto keys = keys_of(shape);
    KeysHandle made(make_keys(shape.count));
    for (std::size_t i = 0; i < shape.count; ++i) {
      made.get()->cells()[i] = make_chars(Tag::text, keys[shape.order[i]]);
    }
    shape.shared = std::move(made);
  }
  return KeysHandle::sharing(shape.shared.get());
}

void Shapes::forget_scratch(std::uint32_t size) noexcept {
  std::erase_if(placed_, [size](Shape* shape) {
    if (shape->in_scratch < size) return false;
    shape->in_scratch = Scratch::kNowhere;
    return true;
  });
}

void Shapes::forget_all() noexcept {
  placed_.clear();
  shapes_.clear();
  empty_.after = nullptr;
  empty_.alternatives = 0;
  for (Shape* shape : {&empty_, &gathered_}) shape->expected = shape->inside = &gathered_;
}

}  // namespace stet::detail
