// Slabs of large values, cut from arenas (base/arena.hpp). Small values keep to malloc.
//
// An arena keeps the system's memory as long as one of its slabs lives; slabs that are given back
// are used again first.
// Thread rule: any thread.
#pragma once

#include "stet/value/slab_writer.hpp"

namespace stet::detail {

// Of kSlabBytes. Null where the system gives no memory.
void* take_pooled_slab() noexcept;
void give_pooled_slab_back(void* slab) noexcept;

}  // namespace stet::detail
