#include "stet/value/slab_writer.hpp"

#include <algorithm>
#include <cassert>

#include "value/slab.hpp"

namespace stet::detail {
namespace {

// Who has filled so many makes something large.
constexpr std::size_t kUnpooledSlabs = 8;

std::size_t bytes_of(const Object* object) noexcept {
  switch (object->sort) {
    case ObjectSort::text:
      return text_bytes(object->count);
    case ObjectSort::keys:
      return keys_bytes(object->count);
    default:
      return node_bytes(object->sort == ObjectSort::map_node, object->count);
  }
}

// Moves what the object refers to. `distance` is added to addresses.
void move_references(Object* object, std::uint64_t distance) noexcept {
  if (object->sort == ObjectSort::text) return;
  Cell* cells = static_cast<Keys*>(object)->cells();
  if (object->sort != ObjectSort::keys) {
    auto* node = static_cast<Node*>(object);
    cells = node->cells();
    if (node->is_map()) {
      node->set_keys(
          reinterpret_cast<Keys*>(reinterpret_cast<std::uintptr_t>(node->keys()) + distance));
    }
  }
  for (std::size_t i = 0; i < object->count; ++i) {
    cells[i].body += cells[i].owns() ? distance : 0;
  }
}

}  // namespace

void SlabWriter::drop() noexcept {
  if (slab_ != nullptr) release_slab(slab_);
  slab_ = nullptr;
}

void SlabWriter::open(std::size_t bytes) {
  constexpr std::size_t kRoom = kSlabBytes - sizeof(Slab);
  const std::size_t room = std::max(bytes, kRoom);
  const bool is_pooled = room == kRoom && opened_ >= kUnpooledSlabs;
  Slab* const opened = is_pooled ? allocate_pooled_slab() : allocate_slab(room, SlabSort::packed);
  ++opened_;
  drop();
  slab_ = opened;
  at_ = slab_content(slab_);
  end_ = at_ + room;
}

Object* SlabWriter::add_text(std::string_view chars) noexcept {
  char* const place = take(text_bytes(chars.size()));
  assert(place != nullptr);
  std::memcpy(place + sizeof(Object), chars.data(), chars.size());
  return new (place) Object{header(place, chars.size(), 0, ObjectSort::text)};
}

Keys* SlabWriter::add_keys(std::size_t count) noexcept {
  char* const place = take(keys_bytes(count));
  assert(place != nullptr);
  std::memset(place + sizeof(Keys), 0, count * sizeof(Cell));
  return new (place) Keys{header(place, count, 0, ObjectSort::keys)};
}

void SlabWriter::move_out(Cell& root) {
  char* const begin = slab_content(slab_);
  const auto bytes = static_cast<std::size_t>(at_ - begin);
  Slab* const exact = allocate_slab(bytes, SlabSort::packed);
  const std::uint64_t distance =
      reinterpret_cast<std::uintptr_t>(exact) - reinterpret_cast<std::uintptr_t>(slab_);
  // This slab is in the cache, the other isn't, so references are moved before the copy.
  for (char* at = begin; at != at_;) {
    auto* const object = reinterpret_cast<Object*>(at);
    at += bytes_of(object);
    move_references(object, distance);
  }
  std::memcpy(slab_content(exact), begin, bytes);
  root.body += distance;
  at_ = begin;
}

void SlabWriter::clear() noexcept {
  if (slab_ == nullptr) return;
  if (slab_->count.load(std::memory_order_acquire) == 1) {
    at_ = slab_content(slab_);
  } else {
    drop();
    at_ = end_ = nullptr;
  }
}

}  // namespace stet::detail
