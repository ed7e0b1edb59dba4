// The version record. Fields in DAG-CBOR's order of keys: kind, root, skip?, bytes, nonce, author,
// labels?, schema?, source?, message, parents, time_ms, generation.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "history/record.hpp"
#include "stet/history.hpp"

namespace stet {

namespace {

using dag_cbor::Major;
using dag_cbor::Reader;

constexpr std::string_view kRecord = "version";
constexpr std::size_t kFieldsAlways = 9;
constexpr std::uint64_t kTimeMax = std::numeric_limits<std::int64_t>::max();

void append_number(std::uint64_t number, Bytes& out) {
  dag_cbor::append_head(Major::unsigned_integer, number, out);
}

void append_key(std::string_view key, Bytes& out) { dag_cbor::append_text(key, out); }

void append_root(const tree::Root& root, Bytes& out) {
  append_key("kind", out);
  append_number(static_cast<std::uint64_t>(root.kind), out);
  append_key("root", out);
  dag_cbor::append_link(root.id, out);
}

void append_labels(const std::map<std::string, std::string>& labels, Bytes& out) {
  std::vector<std::pair<std::string_view, std::string_view>> sorted(labels.begin(), labels.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& left, const auto& right) {
    return std::pair(left.first.size(), left.first) < std::pair(right.first.size(), right.first);
  });
  append_key("labels", out);
  dag_cbor::append_head(Major::map, sorted.size(), out);
  for (const auto& [label, text] : sorted) {
    dag_cbor::append_text(label, out);
    dag_cbor::append_text(text, out);
  }
}

void append_source(const Source& source, Bytes& out) {
  append_key("source", out);
  dag_cbor::append_head(Major::map, 3, out);
  append_root(source.root, out);
  append_key("format", out);
  dag_cbor::append_text(source.format, out);
}

void append_optional_texts(const Version& version, Bytes& out) {
  if (!version.labels.empty()) append_labels(version.labels, out);
  if (version.schema) {
    append_key("schema", out);
    dag_cbor::append_text(*version.schema, out);
  }
  if (version.source) append_source(*version.source, out);
}

void append_time(std::int64_t time_ms, Bytes& out) {
  append_key("time_ms", out);
  if (time_ms >= 0) return append_number(static_cast<std::uint64_t>(time_ms), out);
  dag_cbor::append_head(Major::negative_integer, ~static_cast<std::uint64_t>(time_ms), out);
}

Result<std::int64_t> read_time(Reader& reader) {
  std::optional<std::int64_t> time_ms;
  if (const auto since_1970 = reader.read_unsigned(); since_1970.ok()) {
    if (*since_1970 <= kTimeMax) time_ms = static_cast<std::int64_t>(*since_1970);
  } else {
    STET_TRY(const Value value, reader.read_value());
    time_ms = value.to_int64();
  }
  if (time_ms) return *time_ms;
  return record::corrupt(kRecord, "its time is not an integer of 64 bits");
}

Result<Nonce> read_nonce(Reader& reader) {
  STET_TRY(const BytesView bytes, reader.read_bytes());
  Nonce nonce;
  if (bytes.size() != nonce.size()) return record::corrupt(kRecord, "its nonce is not 8 bytes");
  std::copy(bytes.begin(), bytes.end(), nonce.begin());
  return nonce;
}

Result<std::map<std::string, std::string>> read_labels(Reader& reader) {
  std::map<std::string, std::string> labels;
  STET_CHECK(
      record::read_map(reader, kRecord, [&](std::string_view label, Reader& from) -> Result<bool> {
        STET_TRY(labels[std::string(label)], record::read_string(from));
        return true;
      }));
  if (labels.empty()) return record::corrupt(kRecord, "it has an empty map of labels");
  return labels;
}

Result<Source> read_source(Reader& reader) {
  Source source;
  int fields = 0;
  STET_CHECK(
      record::read_map(reader, kRecord, [&](std::string_view key, Reader& from) -> Result<bool> {
        ++fields;
        if (key == "kind") {
          STET_TRY(source.root.kind, record::read_kind(from));
        } else if (key == "root") {
          STET_TRY(source.root.id, from.read_id());
        } else if (key == "format") {
          STET_TRY(source.format, record::read_string(from));
        } else {
          return false;
        }
        return true;
      }));
  if (fields != 3) return record::corrupt(kRecord, "its source is not whole");
  return source;
}

// Reads one field of a record into `version`, and counts those that are always there.
Result<bool> read_field(std::string_view key, Reader& from, Version& version, std::size_t& fields) {
  if (key == "skip") {
    STET_TRY(version.skip, from.read_id());
    return true;
  }
  if (key == "labels") {
    STET_TRY(version.labels, read_labels(from));
    return true;
  }
  if (key == "schema") {
    STET_TRY(version.schema, record::read_string(from));
    return true;
  }
  if (key == "source") {
    STET_TRY(version.source, read_source(from));
    return true;
  }
  ++fields;
  if (key == "kind") {
    STET_TRY(version.root.kind, record::read_kind(from));
  } else if (key == "root") {
    STET_TRY(version.root.id, from.read_id());
  } else if (key == "bytes") {
    STET_TRY(version.bytes, from.read_unsigned());
  } else if (key == "nonce") {
    STET_TRY(version.nonce, read_nonce(from));
  } else if (key == "author") {
    STET_TRY(version.author, record::read_string(from));
  } else if (key == "message") {
    STET_TRY(version.message, record::read_string(from));
  } else if (key == "parents") {
    STET_TRY(version.parents, record::read_ids(from));
  } else if (key == "time_ms") {
    STET_TRY(version.time_ms, read_time(from));
  } else if (key == "generation") {
    STET_TRY(version.generation, from.read_unsigned());
  } else {
    return false;
  }
  return true;
}

}  // namespace

Bytes encode_version(const Version& version) {
  Bytes out;
  out.reserve(256 + version.message.size());
  const std::size_t optional_fields = (version.skip ? 1 : 0) + (version.labels.empty() ? 0 : 1) +
                                      (version.schema ? 1 : 0) + (version.source ? 1 : 0);
  dag_cbor::append_head(Major::map, kFieldsAlways + optional_fields, out);
  append_root(version.root, out);
  if (version.skip) {
    append_key("skip", out);
    dag_cbor::append_link(*version.skip, out);
  }
  append_key("bytes", out);
  append_number(version.bytes, out);
  append_key("nonce", out);
  dag_cbor::append_bytes(version.nonce, out);
  append_key("author", out);
  dag_cbor::append_text(version.author, out);
  append_optional_texts(version, out);
  append_key("message", out);
  dag_cbor::append_text(version.message, out);
  append_key("parents", out);
  record::append_ids(version.parents, out);
  append_time(version.time_ms, out);
  append_key("generation", out);
  append_number(version.generation, out);
  return out;
}

Result<Version> decode_version(BytesView bytes) {
  if (bytes.size() > kVersionBytesMax) {
    return record::corrupt(kRecord, fmt::format("it is longer than {} bytes", kVersionBytesMax));
  }
  Version version;
  std::size_t fields = 0;
  STET_CHECK(
      record::read_whole(bytes, kRecord, [&](std::string_view key, Reader& from) -> Result<bool> {
        return read_field(key, from, version, fields);
      }));
  if (fields != kFieldsAlways) return record::corrupt(kRecord, "a field is missing");
  if (version.skip && version.parents.size() != 1) {
    return record::corrupt(kRecord, "it has a skip without exactly one parent");
  }
  if (version.parents.empty() != (version.generation == 0)) {
    return record::corrupt(kRecord, "its generation does not fit its parents");
  }
  return version;
}

}  // namespace stet
