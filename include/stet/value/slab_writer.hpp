// SlabWriter: places objects one after the other in a packed slab, where they stay. Not for
// callers.
//
// What is placed refers only to what was placed before it in the same slab. The writer holds one
// count; whoever keeps an object of the slab adds his own, and other threads may read what is
// placed while more is added behind it.
#pragma once

#include <new>
#include <span>

#include "stet/value/cell.hpp"

namespace stet::detail {

// Small enough that a kept leaf keeps little else, large enough that few containers lie across.
inline constexpr std::size_t kSlabBytes = 32 * 1024 - 64;

class SlabWriter {
 public:
  SlabWriter() = default;
  ~SlabWriter() { drop(); }
  SlabWriter(const SlabWriter&) = delete;
  SlabWriter& operator=(const SlabWriter&) = delete;

  bool has_room(std::size_t bytes) const noexcept {
    return static_cast<std::size_t>(end_ - at_) >= bytes;
  }
  // Nobody else has a count on the slab.
  bool is_sole() const noexcept { return slab_->count.load(std::memory_order_acquire) == 1; }
  // A slab of its own from here on, with room for `bytes` at least. The old one keeps what it holds
  // as long as somebody has a count on it.
  void open(std::size_t bytes);
  // Counts of those who keep objects of the slab.
  void retain(std::uint64_t counts) noexcept {
    if (counts != 0) slab_->count.fetch_add(counts, std::memory_order_relaxed);
  }

  // Null where there is no room. The cells are copied; what they own lies in this slab.
  Node* add_list(std::uint8_t height, std::span<const Cell> cells) noexcept {
    char* const place = take(sizeof(Node) + cells.size_bytes());
    if (place == nullptr) return nullptr;
    copy_cells(cells, place + sizeof(Node));
    return new (place) Node{header(place, cells.size(), height, ObjectSort::list_node)};
  }
  Node* add_map(Keys* keys, std::span<const Cell> cells) noexcept {
    char* const place = take(sizeof(Node) + sizeof keys + cells.size_bytes());
    if (place == nullptr) return nullptr;
    std::memcpy(place + sizeof(Node), &keys, sizeof keys);
    copy_cells(cells, place + sizeof(Node) + sizeof keys);
    return new (place) Node{header(place, cells.size(), 0, ObjectSort::map_node)};
  }
  // Preconditions: room for them. Keys are null cells; long ones must be placed as texts.
  Object* add_text(std::string_view chars) noexcept;
  Keys* add_keys(std::size_t count) noexcept;

  // All that was placed, moved to a slab that is just as large, with the caller's count on it; the
  // writer begins anew. `root` is moved with it. Precondition: nobody has a count on this slab.
  void move_out(Cell& root);
  // Forgets what was placed where nobody else has a count; else leaves the slab.
  void clear() noexcept;

 private:
  Object header(const char* place, std::size_t count, std::uint8_t height,
                ObjectSort sort) const noexcept {
    const auto back = static_cast<std::uint32_t>(place - reinterpret_cast<const char*>(slab_));
    return {back, static_cast<std::uint16_t>(count), height, sort};
  }
  char* take(std::size_t bytes) noexcept {
    if (!has_room(bytes)) [[unlikely]]
      return nullptr;
    return std::exchange(at_, at_ + bytes);
  }
  // Most nodes are too small for a call to pay.
  static void copy_cells(std::span<const Cell> cells, char* to) noexcept {
    auto* place = reinterpret_cast<Cell*>(to);
    for (const Cell& cell : cells) *place++ = cell;
  }
  void drop() noexcept;

  Slab* slab_ = nullptr;
  std::size_t opened_ = 0;  // slabs, by now
  char* at_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace stet::detail
