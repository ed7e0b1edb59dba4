#include "value/slab_pool.hpp"

#include <sys/mman.h>

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

#include "stet/value/value.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define STET_POISONS_SLABS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STET_POISONS_SLABS 1
#endif
#endif
#ifdef STET_POISONS_SLABS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes) (static_cast<void>(at), static_cast<void>(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) (static_cast<void>(at), static_cast<void>(bytes))
#endif

namespace stet::detail {

namespace {

constexpr std::size_t kArenaBytes = 2u << 20;
constexpr std::size_t kHeaderBytes = 4096;
constexpr std::size_t kArenaSlabs = (kArenaBytes - kHeaderBytes) / kSlabBytes;
constexpr std::size_t kEmptyArenasMax = 32;  // kept
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

// Nothing where there is no memory. The address is found by mapping twice as much.
void* map_arena() noexcept {
  void* const mapped = mmap(nullptr, 2 * kArenaBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  const auto begin = reinterpret_cast<std::uintptr_t>(mapped);
  const std::uintptr_t aligned = (begin + kArenaBytes - 1) & ~(kArenaBytes - 1);
  const std::size_t before = aligned - begin;
  const std::size_t behind = kArenaBytes - before;
  if (before != 0) munmap(mapped, before);
  if (behind != 0) munmap(reinterpret_cast<void*>(aligned + kArenaBytes), behind);
  void* const arena = reinterpret_cast<void*>(aligned);
  madvise(arena, kArenaBytes, MADV_HUGEPAGE);  // where there are none, small pages serve
  return arena;
}

class Pool {
 public:
  void* take() noexcept {
    std::unique_lock lock(mutex_);
    if (partial_ == nullptr) {
      void* memory = empty_count_ != 0 ? empty_[--empty_count_] : nullptr;
      lock.unlock();  // the first touch takes long
      if (memory == nullptr) memory = map_arena();
      if (memory == nullptr) return nullptr;
      ASAN_UNPOISON_MEMORY_REGION(memory, kHeaderBytes);
      auto* const arena = new (memory) Arena;
      lock.lock();
      add(arena);
    }
    Arena& arena = *partial_;
    const auto index = static_cast<unsigned>(std::countr_zero(arena.free));
    arena.free &= arena.free - 1;
    if (arena.free == 0) remove(arena);
    ASAN_UNPOISON_MEMORY_REGION(arena.slab(index), kSlabBytes);
    return arena.slab(index);
  }

  void give_back(void* slab) noexcept {
    Arena& arena = *arena_of(slab);
    ASAN_POISON_MEMORY_REGION(slab, kSlabBytes);
    const std::lock_guard lock(mutex_);
    if (arena.free == 0) add(&arena);
    arena.free |= std::uint64_t{1} << arena.index_of(slab);
    if (arena.free == kAllFree) {
      remove(arena);
      keep_or_unmap(&arena);
    }
  }

  void release_unused() noexcept {
    const std::lock_guard lock(mutex_);
    while (empty_count_ != 0) unmap(empty_[--empty_count_]);
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
  // What an empty arena held, its header too, may be gone when it is used again.
  void keep_or_unmap(void* arena) noexcept {
    if (empty_count_ == kEmptyArenasMax) return unmap(arena);
    madvise(arena, kArenaBytes, MADV_FREE);
    empty_[empty_count_++] = arena;
  }
  static void unmap(void* arena) noexcept {
    ASAN_UNPOISON_MEMORY_REGION(arena, kArenaBytes);
    munmap(arena, kArenaBytes);
  }

  std::mutex mutex_;
  Arena* partial_ = nullptr;                    // guarded by mutex_
  std::array<void*, kEmptyArenasMax> empty_{};  // guarded by mutex_
  std::size_t empty_count_ = 0;                 // guarded by mutex_
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

void release_unused_memory() noexcept { detail::pool().release_unused(); }

}  // namespace stet
