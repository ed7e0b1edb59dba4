// The layer room's door: stages between the tree and an engine. Each is a Backend over a Backend.
#pragma once

#include "stet/layer/packing.hpp"  // IWYU pragma: export
