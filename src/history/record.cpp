#include "history/record.hpp"

#include <fmt/format.h>

#include <optional>

namespace stet::record {

namespace {

bool before_in_map_order(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return left.size() < right.size();
  return left < right;
}

Error with_record_named(const Error& error, std::string_view what) {
  if (error.code() == ErrorCode::newer_format || error.code() == ErrorCode::corrupt) return error;
  return {ErrorCode::corrupt, fmt::format("a {} is damaged: {}", what, error.message()),
          error.context()};
}

Result<void> read_fields(
    dag_cbor::Reader& reader, std::string_view what,
    const std::function<Result<bool>(std::string_view key, dag_cbor::Reader& reader)>& field) {
  STET_TRY(const std::uint64_t count, reader.begin_map());
  std::optional<std::string_view> last;
  for (std::uint64_t i = 0; i < count; ++i) {
    STET_TRY(const std::string_view key, reader.read_text());
    if (last && !before_in_map_order(*last, key)) {
      return corrupt(what, fmt::format("field '{}' is out of order", key));
    }
    last = key;
    STET_TRY(const bool known, field(key, reader));
    if (!known) {
      return Error(ErrorCode::newer_format,
                   fmt::format("a {} has the field '{}', which this version of Stet does not know: "
                               "use a newer one",
                               what, key));
    }
  }
  return {};
}

}  // namespace

Error corrupt(std::string_view what, std::string_view message) {
  return {ErrorCode::corrupt, fmt::format("a {} is damaged: {}", what, message)};
}

Result<void> read_map(
    dag_cbor::Reader& reader, std::string_view what,
    const std::function<Result<bool>(std::string_view key, dag_cbor::Reader& reader)>& field) {
  if (auto read = read_fields(reader, what, field); !read.ok()) {
    return with_record_named(read.error(), what);
  }
  return {};
}

Result<void> read_whole(
    BytesView bytes, std::string_view what,
    const std::function<Result<bool>(std::string_view key, dag_cbor::Reader& reader)>& field) {
  dag_cbor::Reader reader(bytes);
  STET_CHECK(read_map(reader, what, field));
  if (auto end = reader.expect_end(); !end.ok()) return with_record_named(end.error(), what);
  return {};
}

Result<tree::RootKind> read_kind(dag_cbor::Reader& reader) {
  STET_TRY(const std::uint64_t kind, reader.read_unsigned());
  if (kind == static_cast<std::uint64_t>(tree::RootKind::plain)) return tree::RootKind::plain;
  if (kind == static_cast<std::uint64_t>(tree::RootKind::node)) return tree::RootKind::node;
  return Error(ErrorCode::newer_format, fmt::format("a root is of kind {}, which this version of "
                                                    "Stet does not know: use a newer one",
                                                    kind));
}

Result<std::vector<Id>> read_ids(dag_cbor::Reader& reader) {
  STET_TRY(const std::uint64_t count, reader.begin_list());
  std::vector<Id> ids;
  for (std::uint64_t i = 0; i < count; ++i) {
    STET_TRY(const Id id, reader.read_id());
    ids.push_back(id);
  }
  return ids;
}

Result<std::string> read_string(dag_cbor::Reader& reader) {
  STET_TRY(const std::string_view text, reader.read_text());
  return std::string(text);
}

void append_ids(const std::vector<Id>& ids, Bytes& out) {
  dag_cbor::append_head(dag_cbor::Major::list, ids.size(), out);
  for (const Id& id : ids) dag_cbor::append_link(id, out);
}

}  // namespace stet::record
