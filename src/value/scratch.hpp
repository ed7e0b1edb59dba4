// Scratch: where a builder lays out objects before they are packed into a slab. Objects refer to
// each other by offsets into the scratch (cells with local tags, and the keys of map nodes). Until
// an object is sealed its `back` says whether it may hold local cells.
#pragma once

#include <memory>
#include <span>

#include "value/slab.hpp"

namespace stet::detail {

class Scratch {
 public:
  static constexpr std::uint32_t kNowhere = ~std::uint32_t{0};

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(size_); }
  void cut(std::uint32_t size) noexcept { size_ = size; }

  // Each gives the object's offset. Cells are copied; those of a map are in the order of its keys.
  // `holds_local`: some of the cells may be local.
  std::uint32_t add_list(std::uint8_t height, std::span<const Cell> cells, bool holds_local) {
    const std::uint32_t offset = size();
    auto* node = new (add(node_bytes(false, cells.size()))) Node{
        {holds_local, static_cast<std::uint16_t>(cells.size()), height, ObjectSort::list_node}};
    copy_cells(cells, reinterpret_cast<Cell*>(node + 1));
    return offset;
  }
  // A map node's keys are an offset until it is sealed.
  std::uint32_t add_map(std::uint32_t keys, std::span<const Cell> cells, bool holds_local) {
    const std::uint32_t offset = size();
    auto* node = new (add(node_bytes(true, cells.size())))
        Node{{holds_local, static_cast<std::uint16_t>(cells.size()), 0, ObjectSort::map_node}};
    const std::uint64_t keys_offset = keys;
    std::memcpy(node + 1, &keys_offset, sizeof keys_offset);
    copy_cells(cells,
               reinterpret_cast<Cell*>(reinterpret_cast<char*>(node + 1) + sizeof keys_offset));
    return offset;
  }
  std::uint32_t add_text(std::string_view chars);
  // Room for `count` keys, which set_key fills; long ones follow the object.
  std::uint32_t add_keys(std::size_t count);
  void set_key(std::uint32_t keys, std::size_t index, std::string_view key);

  // Packs all from `begin` on into a slab with one count and cuts it off. Maps in it whose keys lie
  // before `begin` get their own copy; `has_outer_keys` says that there may be some.
  Slab* seal(std::uint32_t begin, bool has_outer_keys);

  // The cell of a local object after its part of the scratch was sealed.
  static Cell sealed(const Cell& local, Slab* slab, std::uint32_t begin) noexcept;

 private:
  char* add(std::size_t bytes) {
    if (capacity_ - size_ < bytes) [[unlikely]]
      grow(bytes);
    char* place = memory_.get() + size_;
    size_ += bytes;
    return place;
  }
  void grow(std::size_t bytes);
  // Most nodes are too small for a call to pay.
  static void copy_cells(std::span<const Cell> from, Cell* to) noexcept {
    for (const Cell& cell : from) *to++ = cell;
  }
  Object* object_at(std::size_t offset) noexcept {
    return reinterpret_cast<Object*>(memory_.get() + offset);
  }
  std::uint32_t copy_keys(std::uint32_t from);
  void adopt_outer_keys(std::uint32_t begin);

  std::unique_ptr<char[]> memory_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace stet::detail
