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

std::optional<Id> Boundary::joined_to(const Id& id) const {
  const auto join =
      std::lower_bound(joins.begin(), joins.end(), id,
                       [](const auto& entry, const Id& at) { return entry.first < at; });
  if (join == joins.end() || join->first != id) return std::nullopt;
  return join->second;
}

Bytes encode_boundary(const Boundary& boundary) {
  Bytes out;
  const std::uint64_t fields = 3u + (boundary.gone ? 1u : 0u) + (boundary.joins.empty() ? 0u : 1u);
  dag_cbor::append_head(dag_cbor::Major::map, fields, out);
  if (boundary.gone) {
    dag_cbor::append_text("gone", out);
    dag_cbor::append_link(*boundary.gone, out);
  }
  dag_cbor::append_text("thin", out);
  record::append_ids(boundary.thin, out);
  if (!boundary.joins.empty()) {
    dag_cbor::append_text("joins", out);
    dag_cbor::append_head(dag_cbor::Major::list, 2 * boundary.joins.size(), out);
    for (const auto& [upper, lower] : boundary.joins) {
      dag_cbor::append_link(upper, out);
      dag_cbor::append_link(lower, out);
    }
  }
  dag_cbor::append_text("shallow", out);
  record::append_ids(boundary.shallow, out);
  dag_cbor::append_text("generation", out);
  dag_cbor::append_head(dag_cbor::Major::unsigned_integer, boundary.generation, out);
  return out;
}

namespace {

Result<std::vector<std::pair<Id, Id>>> read_joins(dag_cbor::Reader& from) {
  STET_TRY(const std::vector<Id> ids, record::read_ids(from));
  if (ids.empty() || ids.size() % 2 != 0) {
    return record::corrupt(kRecord, "its joins are no pairs");
  }
  std::vector<std::pair<Id, Id>> joins;
  for (std::size_t i = 0; i < ids.size(); i += 2) joins.emplace_back(ids[i], ids[i + 1]);
  return joins;
}

// Whether the key is known.
Result<bool> read_field(std::string_view key, dag_cbor::Reader& from, Boundary& boundary) {
  if (key == "gone") {
    STET_TRY(boundary.gone, from.read_id());
  } else if (key == "thin") {
    STET_TRY(boundary.thin, record::read_ids(from));
  } else if (key == "joins") {
    STET_TRY(boundary.joins, read_joins(from));
  } else if (key == "shallow") {
    STET_TRY(boundary.shallow, record::read_ids(from));
  } else if (key == "generation") {
    STET_TRY(boundary.generation, from.read_unsigned());
  } else {
    return false;
  }
  return true;
}

}  // namespace

Result<Boundary> decode_boundary(BytesView bytes) {
  Boundary boundary;
  std::size_t required = 0;
  STET_CHECK(record::read_whole(bytes, kRecord,
                                [&](std::string_view key, dag_cbor::Reader& from) -> Result<bool> {
                                  if (key != "gone" && key != "joins") ++required;
                                  return read_field(key, from, boundary);
                                }));
  if (required != 3) return record::corrupt(kRecord, "a field is missing");
  const bool joins_ascend = std::adjacent_find(boundary.joins.begin(), boundary.joins.end(),
                                               [](const auto& one, const auto& next) {
                                                 return one.first >= next.first;
                                               }) == boundary.joins.end();
  if (!strictly_ascending(boundary.thin) || !strictly_ascending(boundary.shallow) ||
      !joins_ascend) {
    return record::corrupt(kRecord, "its ids are not in order");
  }
  return boundary;
}

Bytes encode_gone(std::span<const Id> ids) {
  const std::span<const Id> kept = ids.last(std::min(ids.size(), kGoneMax));
  Bytes out;
  dag_cbor::append_head(dag_cbor::Major::bytes, kept.size() * kIdBytes, out);
  for (const Id& id : kept) out.insert(out.end(), id.bytes.begin(), id.bytes.end());
  return out;
}

Result<std::vector<Id>> decode_gone(BytesView bytes) {
  constexpr std::string_view kList = "list of versions that are gone";
  dag_cbor::Reader reader(bytes);
  const auto read = reader.read_bytes();
  if (!read.ok() || !reader.expect_end().ok() || read->size() % kIdBytes != 0) {
    return record::corrupt(kList, "it is not made of ids");
  }
  std::vector<Id> ids(read->size() / kIdBytes);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const BytesView id = read->subspan(i * kIdBytes, kIdBytes);
    std::copy(id.begin(), id.end(), ids[i].bytes.begin());
  }
  return ids;
}

}  // namespace stet
