// The boundary record. Fields: thin, shallow, generation.
#include <algorithm>

#include "history/record.hpp"
#include "stet/history.hpp"

namespace stet {

namespace {
constexpr std::string_view kRecord = "history boundary";

bool strictly_ascending(const std::vector<Id>& ids) {
  return std::adjacent_find(ids.begin(), ids.end(), std::greater_equal<>()) == ids.end();
}
}  // namespace

bool Boundary::is_shallow(const Id& id) const {
  return std::binary_search(shallow.begin(), shallow.end(), id);
}

bool Boundary::is_thin(const Id& id) const {
  return std::binary_search(thin.begin(), thin.end(), id);
}

Bytes encode_boundary(const Boundary& boundary) {
  Bytes out;
  dag_cbor::append_head(dag_cbor::Major::map, 3, out);
  dag_cbor::append_text("thin", out);
  record::append_ids(boundary.thin, out);
  dag_cbor::append_text("shallow", out);
  record::append_ids(boundary.shallow, out);
  dag_cbor::append_text("generation", out);
  dag_cbor::append_head(dag_cbor::Major::unsigned_integer, boundary.generation, out);
  return out;
}

Result<Boundary> decode_boundary(BytesView bytes) {
  Boundary boundary;
  int fields = 0;
  STET_CHECK(record::read_whole(bytes, kRecord,
                                [&](std::string_view key, dag_cbor::Reader& from) -> Result<bool> {
                                  ++fields;
                                  if (key == "thin") {
                                    STET_TRY(boundary.thin, record::read_ids(from));
                                  } else if (key == "shallow") {
                                    STET_TRY(boundary.shallow, record::read_ids(from));
                                  } else if (key == "generation") {
                                    STET_TRY(boundary.generation, from.read_unsigned());
                                  } else {
                                    return false;
                                  }
                                  return true;
                                }));
  if (fields != 3) return record::corrupt(kRecord, "a field is missing");
  if (!strictly_ascending(boundary.thin) || !strictly_ascending(boundary.shallow)) {
    return record::corrupt(kRecord, "its ids are not in order");
  }
  return boundary;
}

}  // namespace stet
