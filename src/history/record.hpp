// Reading the records of the history room: DAG-CBOR maps with known fields in canonical order.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "stet/codec.hpp"
#include "stet/tree.hpp"

namespace stet::record {

// Calls `field` for each key, after checking that keys ascend in map order; `field` reads the value
// and answers false for a key that it doesn't know, which is newer_format. Whatever else is wrong
// is corrupt. `what` names the record in messages.
Result<void> read_map(
    dag_cbor::Reader& reader, std::string_view what,
    const std::function<Result<bool>(std::string_view key, dag_cbor::Reader& reader)>& field);
// As read_map, with nothing before or after the map.
Result<void> read_whole(
    BytesView bytes, std::string_view what,
    const std::function<Result<bool>(std::string_view key, dag_cbor::Reader& reader)>& field);

Result<tree::RootKind> read_kind(dag_cbor::Reader& reader);
Result<std::vector<Id>> read_ids(dag_cbor::Reader& reader);
Result<std::string> read_string(dag_cbor::Reader& reader);
Error corrupt(std::string_view what, std::string_view message);

void append_ids(const std::vector<Id>& ids, Bytes& out);

}  // namespace stet::record
