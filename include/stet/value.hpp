// The value room's door: immutable documents and what can be done with them in memory.
// Pure: no I/O, no hashing of content for ids, nothing of storage.
#pragma once

#include "stet/value/builder.hpp"  // IWYU pragma: export
#include "stet/value/changes.hpp"  // IWYU pragma: export
#include "stet/value/patch.hpp"    // IWYU pragma: export
#include "stet/value/path.hpp"     // IWYU pragma: export
#include "stet/value/value.hpp"    // IWYU pragma: export
