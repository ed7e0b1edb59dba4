#include "value/slab.hpp"

#include <cassert>
#include <new>

#include "value/slab_pool.hpp"

namespace stet::detail {
namespace {

// A slab that nobody holds keeps the next of its kind where its count was.
class DeadSlabs {
 public:
  void drop(Slab* slab) noexcept {
    // A count of one is ours alone, so it needn't be written.
    if (slab->count.load(std::memory_order_acquire) == 1 ||
        slab->count.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      slab->count.store(reinterpret_cast<std::uintptr_t>(first_), std::memory_order_relaxed);
      first_ = slab;
    }
  }
  Slab* take() noexcept {
    Slab* slab = first_;
    if (slab != nullptr) {
      first_ = reinterpret_cast<Slab*>(slab->count.load(std::memory_order_relaxed));
    }
    return slab;
  }

 private:
  Slab* first_ = nullptr;
};

void drop_cells(std::span<const Cell> cells, DeadSlabs& dead) noexcept {
  for (const Cell& cell : cells) {
    if (cell.owns()) dead.drop(object_of(cell)->slab());
  }
}

void drop_content(Slab* slab, DeadSlabs& dead) noexcept {
  auto* object = reinterpret_cast<Object*>(slab_content(slab));
  if (object->sort == ObjectSort::keys) {
    drop_cells({static_cast<Keys*>(object)->cells(), object->count}, dead);
  } else if (object->sort != ObjectSort::text) {
    auto* node = static_cast<Node*>(object);
    drop_cells({node->cells(), node->count}, dead);
    if (node->is_map() && node->keys() != nullptr) dead.drop(node->keys()->slab());
  }
}

}  // namespace

Slab* allocate_slab(std::size_t bytes, SlabSort sort) {
  const std::size_t whole = sizeof(Slab) + bytes;
  void* memory = ::operator new(whole);
  return new (memory) Slab{1, whole | (sort == SlabSort::single ? Slab::kSingle : 0)};
}

Slab* allocate_pooled_slab() {
  void* const memory = take_pooled_slab();
  if (memory == nullptr) return allocate_slab(kSlabBytes - sizeof(Slab), SlabSort::packed);
  return new (memory) Slab{1, kSlabBytes | Slab::kPooled};
}

void release_slab(Slab* slab) noexcept {
  DeadSlabs dead;
  dead.drop(slab);
  while (Slab* next = dead.take()) {
    if (next->is_pooled()) {
      give_pooled_slab_back(next);
      continue;
    }
    if (next->is_single()) drop_content(next, dead);
    ::operator delete(next);
  }
}

Node* make_node(ObjectSort sort, std::uint8_t height, std::size_t count) {
  const bool is_map = sort == ObjectSort::map_node;
  Slab* slab = allocate_slab(node_bytes(is_map, count), SlabSort::single);
  auto* node = new (slab_content(slab))
      Node{{sizeof(Slab), static_cast<std::uint16_t>(count), height, sort}};
  if (is_map) node->set_keys(nullptr);
  std::memset(static_cast<void*>(node->cells()), 0, count * sizeof(Cell));
  return node;
}

Keys* make_keys(std::size_t count) {
  Slab* slab = allocate_slab(keys_bytes(count), SlabSort::single);
  auto* keys = new (slab_content(slab))
      Keys{{sizeof(Slab), static_cast<std::uint16_t>(count), 0, ObjectSort::keys}};
  std::memset(static_cast<void*>(keys->cells()), 0, count * sizeof(Cell));
  return keys;
}

Cell make_chars(Tag tag, std::string_view chars) {
  assert(tag == Tag::text || tag == Tag::bytes || tag == Tag::link);
  if (chars.size() <= kShortMax && tag != Tag::link) {
    return short_cell(tag == Tag::text ? Tag::short_text : Tag::short_bytes, chars.data(),
                      chars.size());
  }
  Slab* slab = allocate_slab(text_bytes(chars.size()), SlabSort::single);
  auto* object = new (slab_content(slab)) Object{sizeof(Slab), 0, 0, ObjectSort::text};
  std::memcpy(object + 1, chars.data(), chars.size());
  return {head_of(tag, chars.size()), reinterpret_cast<std::uintptr_t>(object)};
}

void retain_all(std::span<const Cell> cells) noexcept {
  Slab* run = nullptr;
  std::uint64_t length = 0;
  for (const Cell& cell : cells) {
    if (!cell.owns()) continue;
    Slab* slab = object_of(cell)->slab();
    if (slab == run) {
      ++length;
      continue;
    }
    if (run != nullptr) run->count.fetch_add(length, std::memory_order_relaxed);
    run = slab;
    length = 1;
  }
  if (run != nullptr) run->count.fetch_add(length, std::memory_order_relaxed);
}

}  // namespace stet::detail
