#include "fuzz/fuzz_main.hpp"
#include "tree/tree_properties.hpp"

STET_FUZZ(stet::fuzz::tree_property);
