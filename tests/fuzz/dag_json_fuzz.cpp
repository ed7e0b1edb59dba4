#include "codec/codec_properties.hpp"
#include "fuzz/fuzz_main.hpp"

STET_FUZZ(stet::fuzz::dag_json_property);
