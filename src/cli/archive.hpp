// A CAR archive as the file format of one document.
#pragma once

#include <memory>
#include <string>

#include "stet/base.hpp"
#include "stet/codec.hpp"
#include "stet/value.hpp"

namespace stet::cli {

// An archive that holds the document as one dag-cbor block, its root.
Bytes archive_of_document(const Value& document);

// The one document that an archive holds: one of Stet's exports, or a foreign archive with one
// root, whose links stay links. Errors: as Store::import_car; invalid where there are several.
Result<Value> document_of_archive(BytesView archive, const DecodeLimits& limits);

// An archive in a file, or from standard input ("-") or a pipe: those go to a temporary file
// without a name first, since an archive is read twice. Throws as read_bytes.
std::unique_ptr<car::Source> open_archive(const std::string& path, const DecodeLimits& limits);

}  // namespace stet::cli
