// Everything that an application needs: #include "stet/stet.hpp" and link stet::stet.
#pragma once

#include "stet/codec.hpp"  // IWYU pragma: export
#include "stet/store.hpp"  // IWYU pragma: export
#include "stet/value.hpp"  // IWYU pragma: export
