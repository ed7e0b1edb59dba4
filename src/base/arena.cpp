#include "base/arena.hpp"

#include <sys/mman.h>

#include <array>
#include <cstdint>
#include <mutex>

#include "base/poison.hpp"

namespace stet {

namespace {

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

void unmap_arena(void* arena) noexcept {
  unpoison(arena, kArenaBytes);
  munmap(arena, kArenaBytes);
}

class Kept {
 public:
  void* take() noexcept {
    const std::lock_guard lock(mutex_);
    if (count_ == 0) return nullptr;
    void* const arena = arenas_[--count_];
    unpoison(arena, kArenaBytes);
    return arena;
  }
  // False: there are enough.
  bool keep(void* arena) noexcept {
    const std::lock_guard lock(mutex_);
    if (count_ == arenas_.size()) return false;
    madvise(arena, kArenaBytes, MADV_FREE);
    poison(arena, kArenaBytes);
    arenas_[count_++] = arena;
    return true;
  }
  void release() noexcept {
    const std::lock_guard lock(mutex_);
    while (count_ != 0) unmap_arena(arenas_[--count_]);
  }

 private:
  std::mutex mutex_;
  std::array<void*, kArenasKeptMax> arenas_{};  // guarded by mutex_
  std::size_t count_ = 0;                       // guarded by mutex_
};

// Never destroyed: values of static life give arenas back after everything else.
Kept& kept() noexcept {
  alignas(Kept) static std::array<std::byte, sizeof(Kept)> memory;
  static Kept* const made = new (memory.data()) Kept;
  return *made;
}

}  // namespace

void* take_arena() noexcept {
  void* const arena = kept().take();
  return arena != nullptr ? arena : map_arena();
}

void give_arena_back(void* arena) noexcept {
  if (!kept().keep(arena)) unmap_arena(arena);
}

void release_unused_arenas() noexcept { kept().release(); }

}  // namespace stet
