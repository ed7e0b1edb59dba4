#include "engine/file_properties.hpp"
#include "fuzz/fuzz_main.hpp"

STET_FUZZ(stet::fuzz::file_property);
