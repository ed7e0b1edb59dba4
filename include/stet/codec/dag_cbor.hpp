// DAG-CBOR: the strict subset of CBOR (RFC 8949) that IPLD specifies, and that all chunks are in.
//
// Accepted input is exactly what encode gives: shortest heads, definite lengths, keys sorted by
// length and then bytewise and without duplicates, floats of 64 bits and finite, tag 42 only, valid
// UTF-8, one item and nothing after it. So encode(decode(x)) == x for every x that decodes.
#pragma once

#include "stet/codec/limits.hpp"
#include "stet/value.hpp"

namespace stet::dag_cbor {

Result<Value> decode(BytesView input, const DecodeLimits& limits = {});
Bytes encode(const Value& value);
void append(ValueRef value, Bytes& out);
std::uint64_t encoded_size(ValueRef value);

// Heads, for rooms that write chunks piece by piece. Shortest form.
enum class Major : std::uint8_t {
  unsigned_integer,
  negative_integer,
  bytes,
  text,
  list,
  map,
  tag,
  simple
};
void append_head(Major major, std::uint64_t argument, Bytes& out);
void append_text(std::string_view text, Bytes& out);
void append_bytes(BytesView bytes, Bytes& out);
void append_link(const Id& id, Bytes& out);

// A strict pull reader over one buffer, for rooms that read chunks piece by piece. Every error is
// `invalid` with the offset. `read_value` checks as decode does.
class Reader {
 public:
  explicit Reader(BytesView input, const DecodeLimits& limits = {});
  bool at_end() const noexcept;
  std::size_t offset() const noexcept;
  Result<std::uint64_t> read_unsigned();
  Result<std::uint64_t> begin_list();    // count
  Result<std::uint64_t> begin_map();     // count; the caller checks the order of keys
  Result<std::string_view> read_text();  // into the input
  Result<BytesView> read_bytes();        // into the input
  Result<Id> read_id();                  // a link that is an Id
  Result<Value> read_value();
  Result<void> read_into(ValueBuilder& builder);  // one item
  Result<BytesView> skip_value();                 // checks it; its bytes in the input
  Result<void> expect_end();
};

}  // namespace stet::dag_cbor
