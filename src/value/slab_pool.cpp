#include "value/slab_pool.hpp"

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

#include "base/arena.hpp"
#include "base/poison.hpp"
#include "stet/value/value.hpp"

namespace stet::detail {

namespace {

constexpr std::size_t kHeaderBytes = 4096;
constexpr std::size_t kArenaSlabs = (kArenaBytes - kHeaderBytes) / kSlabBytes;
constexpr std::uint64_t kAllFree = ~std::uint64_t{0};
static_assert(kArenaSlabs == 64, "a bit of a word for each");

// At the front of its 2 MB, at an address that is a multiple of them.
struct Arena {
  std::uint64_t free = kAllFree;  // a bit a slab
  Arena* next = nullptr;          // of those with free slabs; a ring
  Arena* previous = nullptr;

  char* slab(unsigned index) noexcept {
    return reinterpret_cast<char*>(this) + kHeaderBytes + index * kSlabBytes;
  }
  unsigned index_of(const void* slab) noexcept {
    const auto offset = static_cast<const char*>(slab) - this->slab(0);
    return static_cast<unsigned>(static_cast<std::size_t>(offset) / kSlabBytes);
  }
};

Arena* arena_of(void* slab) noexcept {
  return reinterpret_cast<Arena*>(reinterpret_cast<std::uintptr_t>(slab) & ~(kArenaBytes - 1));
}

class Pool {
 public:
  void* take() noexcept {
    std::unique_lock lock(mutex_);
    if (partial_ == nullptr) {
      lock.unlock();  // the first touch takes long
      void* const memory = take_arena();
      if (memory == nullptr) return nullptr;
      auto* const arena = new (memory) Arena;
      poison(arena->slab(0), kArenaBytes - kHeaderBytes);
      lock.lock();
      add(arena);
    }
    Arena& arena = *partial_;
    const auto index = static_cast<unsigned>(std::countr_zero(arena.free));
    arena.free &= arena.free - 1;
    if (arena.free == 0) remove(arena);
    unpoison(arena.slab(index), kSlabBytes);
    return arena.slab(index);
  }

  void give_back(void* slab) noexcept {
    Arena& arena = *arena_of(slab);
    poison(slab, kSlabBytes);
    const std::lock_guard lock(mutex_);
    if (arena.free == 0) add(&arena);
    arena.free |= std::uint64_t{1} << arena.index_of(slab);
    if (arena.free == kAllFree) {
      remove(arena);
      unpoison(&arena, kArenaBytes);
      give_arena_back(&arena);
    }
  }

 private:
  void add(Arena* arena) noexcept {
    arena->next = partial_ != nullptr ? partial_ : arena;
    arena->previous = partial_ != nullptr ? partial_->previous : arena;
    arena->next->previous = arena;
    arena->previous->next = arena;
    partial_ = arena;
  }
  void remove(Arena& arena) noexcept {
    if (partial_ == &arena) partial_ = arena.next != &arena ? arena.next : nullptr;
    arena.next->previous = arena.previous;
    arena.previous->next = arena.next;
  }

  std::mutex mutex_;
  Arena* partial_ = nullptr;  // guarded by mutex_
};

// Never destroyed: values of static life give slabs back after everything else.
Pool& pool() noexcept {
  alignas(Pool) static std::array<std::byte, sizeof(Pool)> memory;
  static Pool* const made = new (memory.data()) Pool;
  return *made;
}

}  // namespace

void* take_pooled_slab() noexcept { return pool().take(); }
void give_pooled_slab_back(void* slab) noexcept { pool().give_back(slab); }

}  // namespace stet::detail

namespace stet {

void release_unused_memory() noexcept { release_unused_arenas(); }

}  // namespace stet
