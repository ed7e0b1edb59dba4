// What must hold for any bytes that come from elsewhere as records, archives or schemas. The fuzz
// targets try to break these, and store_properties_test.cpp runs them over the corpus. Each gives
// what is wrong, or "".
#pragma once

#include <string>

#include "stet/base/bytes.hpp"

namespace stet::fuzz {

// A record that is accepted is written as the same bytes: versions, boundaries and their lists.
std::string version_property(BytesView input);
std::string boundary_property(BytesView input);
// A record of the packing layer unpacks to a chunk whose plain record unpacks to it again.
std::string record_property(BytesView input);
// A delta against a base that is always the same, likewise.
std::string delta_property(BytesView input);
// A pack that opens gives each record the id that it unpacks to, and can be made again of them.
std::string pack_property(BytesView input);
// An archive that is taken in leaves a whole store, and taking it in again changes nothing. The
// index is written as the same bytes.
std::string import_property(BytesView input);
// A schema that compiles judges any document or says why it can't.
std::string schema_property(BytesView input);

}  // namespace stet::fuzz
