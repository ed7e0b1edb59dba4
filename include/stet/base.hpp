// The base room's door: what every other room speaks in.
#pragma once

#include "stet/base/bytes.hpp"     // IWYU pragma: export
#include "stet/base/error.hpp"     // IWYU pragma: export
#include "stet/base/id.hpp"        // IWYU pragma: export
#include "stet/base/progress.hpp"  // IWYU pragma: export
#include "stet/base/world.hpp"     // IWYU pragma: export
