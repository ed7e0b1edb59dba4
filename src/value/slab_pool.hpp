// Slabs of large values: cut from arenas of 2 MB, which the system backs with huge pages where it
// can. Fresh memory then costs a sixth of what it does page by page, and walking a value misses the
// TLB less often. Small values keep to malloc.
//
// An arena keeps the system's memory as long as one of its slabs lives; slabs that are given back
// are used again first. Arenas without a slab are kept up to a bound, marked as memory that the
// system may take, for the next value.
// Thread rule: any thread.
#pragma once

#include "stet/value/slab_writer.hpp"

namespace stet::detail {

// Of kSlabBytes. Null where the system gives no memory.
void* take_pooled_slab() noexcept;
void give_pooled_slab_back(void* slab) noexcept;

}  // namespace stet::detail
