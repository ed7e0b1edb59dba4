// Replaces operator new of the program that includes this, in one source: allocations of a thread
// are counted, and can be made to fail. Not under a sanitizer, which has its own.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <new>

namespace stet::test {

inline thread_local std::uint64_t allocations = 0;       // by this thread
inline thread_local std::int64_t allocations_left = -1;  // then one fails; negative: none does

inline void* allocate(std::size_t size) {
  ++allocations;
  if (allocations_left == 0) {
    allocations_left = -1;
    throw std::bad_alloc();
  }
  if (allocations_left > 0) --allocations_left;
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace stet::test

void* operator new(std::size_t size) { return stet::test::allocate(size); }
void* operator new[](std::size_t size) { return stet::test::allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
