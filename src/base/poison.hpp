// Memory that nobody may touch, for AddressSanitizer to say who does; nothing in other builds.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define STET_HAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STET_HAS_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef STET_HAS_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace stet {

#ifdef STET_HAS_ADDRESS_SANITIZER
inline void poison(const void* at, std::size_t bytes) noexcept {
  __asan_poison_memory_region(at, bytes);
}
inline void unpoison(const void* at, std::size_t bytes) noexcept {
  __asan_unpoison_memory_region(at, bytes);
}
#else
inline void poison(const void*, std::size_t) noexcept {}
inline void unpoison(const void*, std::size_t) noexcept {}
#endif

}  // namespace stet
