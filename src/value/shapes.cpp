#include "value/shapes.hpp"

#include <algorithm>
#include <numeric>

#include "value/slab.hpp"

namespace stet::detail {

std::size_t key_text_bytes(std::string_view key) noexcept {
  return key.size() <= kShortMax ? 0 : text_bytes(key.size());
}

Cell place_key(SlabWriter& slab, std::string_view key) noexcept {
  if (key.size() <= kShortMax) return short_cell(Tag::short_text, key.data(), key.size());
  const Object* const object = slab.add_text(key);
  return {head_of(Tag::text, key.size()), reinterpret_cast<std::uintptr_t>(object)};
}

void KeyStep::expect_encoded(std::string_view key) noexcept {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (key.size() + 1 > 2 * kWord) return;
  std::array<char, 2 * kWord> encoded{};
  encoded[0] = static_cast<char>(0x60 | key.size());  // of a text, RFC 8949
  std::copy(key.begin(), key.end(), encoded.begin() + 1);
  const std::size_t bytes = key.size() + 1;
  std::memcpy(&front, encoded.data(), kWord);
  front_mask = ~std::uint64_t{0};
  if (bytes < kWord) front_mask >>= 8 * (kWord - bytes);
  if (bytes <= kWord) return;
  rear_offset = bytes - kWord;
  std::memcpy(&rear, encoded.data() + rear_offset, kWord);
}

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
  next.next.fill(&gathered_);
  next.before = &shape;
  next.count = static_cast<std::uint8_t>(shape.count + 1);
  next.ascending = shape.ascending && (shape.count == 0 || compare_keys(shape.last_key, key) < 0);
  if (next.ascending) next.expect_encoded(key);
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
    shape.end = shape.ascending ? Shape::End::sorted : Shape::End::unsorted;
  }
  std::size_t bytes = keys_bytes(shape.count);
  for (std::size_t i = 0; i < shape.count; ++i) bytes += key_text_bytes(keys[i]);
  shape.slab_bytes = static_cast<std::uint32_t>(bytes);
}

std::string_view Shapes::duplicate_key(const Shape& shape) noexcept {
  const auto keys = keys_of(shape);
  const auto found = std::adjacent_find(shape.order.begin(), shape.order.begin() + shape.count,
                                        [&](auto a, auto b) { return keys[a] == keys[b]; });
  return keys[*found];
}

Keys* Shapes::keys_in_slab(Shape& shape, SlabWriter& slab) {
  if (shape.in_slab != nullptr) return shape.in_slab;
  placed_.push_back(&shape);
  if (shape.is_lasting) make_shared_keys(shape);
  shape.in_slab = slab.add_keys(shape.count);
  Cell* const cells = shape.in_slab->cells();
  if (shape.shared.get() == nullptr) {
    const auto keys = keys_of(shape);
    for (std::size_t i = 0; i < shape.count; ++i) {
      cells[i] = place_key(slab, keys[shape.order[i]]);
    }
  } else {
    const Cell* const shared = shape.shared.get()->cells();
    for (std::size_t i = 0; i < shape.count; ++i) {
      cells[i] = shared[i].owns() ? place_key(slab, chars_of(shared[i])) : shared[i];
    }
  }
  if (shape.end == Shape::End::sorted) shape.sorted_keys = shape.in_slab;
  return shape.in_slab;
}

void Shapes::make_shared_keys(Shape& shape) {
  if (shape.shared.get() != nullptr) return;
  const auto keys = keys_of(shape);
  KeysHandle made(make_keys(shape.count));
  for (std::size_t i = 0; i < shape.count; ++i) {
    made.get()->cells()[i] = make_chars(Tag::text, keys[shape.order[i]]);
  }
  shape.shared = std::move(made);
}

KeysHandle Shapes::shared_keys(Shape& shape) {
  make_shared_keys(shape);
  return KeysHandle::sharing(shape.shared.get());
}

void Shapes::forget_slab() noexcept {
  for (Shape* shape : placed_) {
    shape->in_slab = shape->sorted_keys = nullptr;
    shape->is_lasting = true;
  }
  placed_.clear();
}

void Shapes::forget_all() noexcept {
  placed_.clear();
  shapes_.clear();
  empty_.after = nullptr;
  empty_.alternatives = 0;
  for (Shape* shape : {&empty_, &gathered_}) shape->next.fill(&gathered_);
}

}  // namespace stet::detail
