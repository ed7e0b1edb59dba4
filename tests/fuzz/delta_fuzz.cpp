#include "fuzz/fuzz_main.hpp"
#include "store/store_properties.hpp"

STET_FUZZ(stet::fuzz::delta_property);
