#include "store/archive_index.hpp"

#include <fmt/format.h>

#include "stet/codec.hpp"
#include "stet/store/spec.hpp"

namespace stet {

namespace {

using dag_cbor::Major;
using dag_cbor::Reader;

constexpr std::string_view kMark = "stet";
constexpr std::uint64_t kFormat = 1;

Error bad_index(std::string_view message) {
  return {ErrorCode::invalid, fmt::format("the archive's index is damaged: {}", message)};
}

Result<void> expect_key(Reader& reader, std::string_view key) {
  STET_TRY(const std::string_view found, reader.read_text());
  if (found == key) return {};
  return bad_index(fmt::format("'{}' stands where '{}' should", found, key));
}

Result<ArchiveIndex::Entry> read_entry(Reader& reader) {
  ArchiveIndex::Entry entry;
  STET_TRY(const std::uint64_t fields, reader.begin_map());
  if (fields != 3) return bad_index("an entry has not 3 fields");
  STET_CHECK(expect_key(reader, "name"));
  STET_TRY(const std::string_view name, reader.read_text());
  entry.name = name;
  STET_CHECK(check_name(entry.name));
  STET_CHECK(expect_key(reader, "version"));
  STET_TRY(entry.version, reader.read_id());
  STET_CHECK(expect_key(reader, "boundary"));
  STET_TRY(const BytesView boundary, reader.skip_value());
  STET_TRY(entry.boundary, decode_boundary(boundary));
  return entry;
}

// Whether the block begins as an index does; the reader is then behind its format number.
Result<bool> read_mark(Reader& reader) {
  const auto fields = reader.begin_map();
  if (!fields.ok()) return false;
  const auto key = reader.read_text();
  if (!key.ok() || *key != kMark) return false;
  const auto format = reader.read_unsigned();
  if (!format.ok()) return false;
  if (*format > kFormat) {
    return Error(ErrorCode::newer_format,
                 fmt::format("the archive is of format {}, and this version of Stet reads {}: use "
                             "a newer one",
                             *format, kFormat));
  }
  return *fields == 2 && *format == kFormat;
}

}  // namespace

Bytes encode_index(const ArchiveIndex& index) {
  Bytes out;
  dag_cbor::append_head(Major::map, 2, out);
  dag_cbor::append_text(kMark, out);
  dag_cbor::append_head(Major::unsigned_integer, kFormat, out);
  dag_cbor::append_text("documents", out);
  dag_cbor::append_head(Major::list, index.documents.size(), out);
  for (const ArchiveIndex::Entry& entry : index.documents) {
    dag_cbor::append_head(Major::map, 3, out);
    dag_cbor::append_text("name", out);
    dag_cbor::append_text(entry.name, out);
    dag_cbor::append_text("version", out);
    dag_cbor::append_link(entry.version, out);
    dag_cbor::append_text("boundary", out);
    const Bytes boundary = encode_boundary(entry.boundary);
    out.insert(out.end(), boundary.begin(), boundary.end());
  }
  return out;
}

Result<std::optional<ArchiveIndex>> decode_index(BytesView bytes) {
  Reader reader(bytes);
  STET_TRY(const bool is_index, read_mark(reader));
  if (!is_index) return std::optional<ArchiveIndex>();
  STET_CHECK(expect_key(reader, "documents"));
  STET_TRY(const std::uint64_t count, reader.begin_list());
  ArchiveIndex index;
  for (std::uint64_t i = 0; i < count; ++i) {
    STET_TRY(ArchiveIndex::Entry entry, read_entry(reader));
    index.documents.push_back(std::move(entry));
  }
  STET_CHECK(reader.expect_end());
  return std::optional(std::move(index));
}

}  // namespace stet
