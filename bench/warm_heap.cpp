#include "warm_heap.hpp"

#include <malloc.h>

#include "stet/value.hpp"

namespace stet::bench {

namespace {

constexpr int kKeptBytes = 1 << 30;
constexpr int kDefaultTrimBytes = 128 * 1024;  // glibc's own, as is the next
constexpr int kDefaultMappingsMax = 65536;

}  // namespace

WarmHeap::WarmHeap() {
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  mallopt(M_MMAP_MAX, 0);
}

WarmHeap::~WarmHeap() {
  mallopt(M_TRIM_THRESHOLD, kDefaultTrimBytes);
  mallopt(M_MMAP_MAX, kDefaultMappingsMax);
  cool_heap();
}

void cool_heap() {
  malloc_trim(0);
  release_unused_memory();
}

}  // namespace stet::bench
