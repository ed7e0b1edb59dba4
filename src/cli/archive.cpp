#include "cli/archive.hpp"

#include <fmt/format.h>

#include <array>

#include "stet/codec.hpp"
#include "stet/store.hpp"

namespace stet::cli {

Bytes archive_of_document(const Value& document) {
  const Bytes encoded = dag_cbor::encode(document);
  const std::array<Cid, 1> root = {Cid::of(id_of(encoded))};
  Bytes archive;
  car::append_header(root, archive);
  car::append_block(root[0], encoded, archive);
  return archive;
}

Result<Value> document_of_archive(BytesView archive) {
  STET_TRY(Store scratch, Store::open("mem:"));
  STET_TRY(const Imported imported, scratch.import_car(archive, {.name = "document"}));
  if (imported.documents.size() != 1) {
    return Error(
        ErrorCode::invalid,
        fmt::format("the archive holds {} documents, not one: 'stet import' takes them all",
                    imported.documents.size()));
  }
  return scratch.load(imported.documents.front());
}

}  // namespace stet::cli
