#include "value/scratch.hpp"

#include <algorithm>
#include <cassert>
#include <string>
#include <vector>

namespace stet::detail {
namespace {

// A map node's keys are an offset until it is sealed.
std::uint64_t keys_offset(const Node* node) noexcept {
  std::uint64_t offset;
  std::memcpy(&offset, node + 1, sizeof offset);
  return offset;
}
void set_keys_offset(Node* node, std::uint64_t offset) noexcept {
  std::memcpy(node + 1, &offset, sizeof offset);
}

std::size_t bytes_of(const Object* object) noexcept {
  if (object->sort == ObjectSort::text) return text_bytes(object->count);
  return node_bytes(object->sort == ObjectSort::map_node, object->count);
}

void move_cells(Cell* cells, std::size_t count, std::uint64_t distance) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t local = cells[i].is_local() ? ~std::uint64_t{0} : 0;
    cells[i].head -= kLocalStep & local;
    cells[i].body += distance & local;
  }
}

}  // namespace

void Scratch::grow(std::size_t bytes) {
  const std::size_t capacity = std::max(capacity_ * 2, size_ + bytes + 16384);
  auto memory = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ != 0) std::memcpy(memory.get(), memory_.get(), size_);
  memory_ = std::move(memory);
  capacity_ = capacity;
}

std::uint32_t Scratch::add_text(std::string_view chars) {
  const std::uint32_t offset = size();
  auto* object = new (add(text_bytes(chars.size())))
      Object{0, static_cast<std::uint16_t>(chars.size()), 0, ObjectSort::text};
  std::memcpy(object + 1, chars.data(), chars.size());
  return offset;
}

std::uint32_t Scratch::add_keys(std::size_t count) {
  const std::uint32_t offset = size();
  auto* keys = new (add(keys_bytes(count)))
      Keys{{0, static_cast<std::uint16_t>(count), 0, ObjectSort::keys}};
  std::memset(static_cast<void*>(keys->cells()), 0, count * sizeof(Cell));
  return offset;
}

void Scratch::set_key(std::uint32_t keys, std::size_t index, std::string_view key) {
  Cell cell;
  if (key.size() <= kShortMax) {
    cell = short_cell(Tag::short_text, key.data(), key.size());
  } else {
    cell = {head_of(Tag::local_text, key.size()), add_text(key)};
    object_at(keys)->back = 1;
  }
  static_cast<Keys*>(object_at(keys))->cells()[index] = cell;
}

std::uint32_t Scratch::copy_keys(std::uint32_t from) {
  const std::size_t count = object_at(from)->count;
  const std::uint32_t to = add_keys(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Cell cell = static_cast<Keys*>(object_at(from))->cells()[i];
    std::string key(
        cell.is_local()
            ? std::string_view(reinterpret_cast<const char*>(object_at(cell.body) + 1), cell.size())
            : chars_of(cell));
    set_key(to, i, key);
  }
  return to;
}

void Scratch::adopt_outer_keys(std::uint32_t begin) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> adopted;
  const std::size_t end = size_;
  for (std::size_t at = begin; at < end; at += bytes_of(object_at(at))) {
    if (object_at(at)->sort != ObjectSort::map_node) continue;
    const std::uint64_t keys = keys_offset(static_cast<Node*>(object_at(at)));
    if (keys >= begin) continue;
    auto found = std::find_if(adopted.begin(), adopted.end(),
                              [&](const auto& pair) { return pair.first == keys; });
    if (found == adopted.end()) {
      const std::uint32_t copy = copy_keys(static_cast<std::uint32_t>(keys));
      found = adopted.insert(adopted.end(), {keys, copy});
    }
    set_keys_offset(static_cast<Node*>(object_at(at)), found->second);
  }
}

Slab* Scratch::seal(std::uint32_t begin, bool has_outer_keys) {
  if (has_outer_keys) adopt_outer_keys(begin);
  Slab* slab = allocate_slab(size_ - begin, SlabSort::packed);
  char* content = slab_content(slab);
  // From an offset in the scratch to an address in the slab. The scratch is in the cache, the slab
  // isn't, so references are moved before the copy.
  const std::uint64_t distance = reinterpret_cast<std::uintptr_t>(content) - begin;
  for (std::size_t at = begin; at < size_;) {
    Object* object = object_at(at);
    const bool holds_local = object->back != 0;
    object->back = static_cast<std::uint32_t>(sizeof(Slab) + at - begin);
    at += bytes_of(object);
    if (object->sort == ObjectSort::text) continue;
    if (object->sort == ObjectSort::map_node) {
      auto* node = static_cast<Node*>(object);
      set_keys_offset(node, keys_offset(node) + distance);
    }
    if (!holds_local) continue;
    // The cells of nodes and keys reach to the object's end.
    auto* cells = reinterpret_cast<Cell*>(memory_.get() + at) - object->count;
    move_cells(cells, object->count, distance);
  }
  std::memcpy(content, memory_.get() + begin, size_ - begin);
  size_ = begin;
  return slab;
}

Cell Scratch::sealed(const Cell& local, Slab* slab, std::uint32_t begin) noexcept {
  assert(local.is_local() && local.body >= begin);
  return {local.head - kLocalStep,
          reinterpret_cast<std::uintptr_t>(slab_content(slab)) + (local.body - begin)};
}

}  // namespace stet::detail
