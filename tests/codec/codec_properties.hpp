// What must hold for any input of each decoder. The fuzz targets try to break these, and
// tests/codec/corpus_test.cpp runs them over the corpus. Each gives what is wrong, or "".
#pragma once

#include <string>

#include "stet/base/bytes.hpp"

namespace stet::fuzz {

// What decodes, encodes to the same bytes; checking without building accepts the same.
std::string dag_cbor_property(BytesView input);
// What decodes is JSON to another parser too, and comes back equal from both layouts.
std::string json_property(BytesView input);
// What decodes can be written, and comes back equal.
std::string dag_json_property(BytesView input);
// What is read and written again is read the same.
std::string car_property(BytesView input);
// The input is PATH NUL DOCUMENT NUL PATCH. Paths come back equal; a patched document is what the
// diff to it makes.
std::string patch_property(BytesView input);

}  // namespace stet::fuzz
