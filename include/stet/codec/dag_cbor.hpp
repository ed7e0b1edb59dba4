// DAG-CBOR: the strict subset of CBOR (RFC 8949) that IPLD specifies, and that all chunks are in.
//
// Accepted input is exactly what encode gives: shortest heads, definite lengths, keys sorted by
// length and then bytewise and without duplicates, floats of 64 bits and finite, tag 42 only, valid
// UTF-8, one item and nothing after it. So encode(decode(x)) == x for every x that decodes.
#pragma once

#include "stet/codec/limits.hpp"
#include "stet/value.hpp"

namespace stet::dag_cbor {

// Errors, with the offset: invalid; too_large, naming the limit; unserializable for integers below
// −2⁶³ and floats that are not finite.
Result<Value> decode(BytesView input, const DecodeLimits& limits = {});
Bytes encode(const Value& value);
void append(ValueRef value, Bytes& out);
// As append, where the encoding has at most `bytes_max` bytes (at most kBoundedBytesMax) and nests
// at most `depth_max` containers. Else false, and `out` is as before; that costs no more than
// bytes_max, whatever the value is.
inline constexpr std::size_t kBoundedBytesMax = 4096;
[[nodiscard]] bool append_within(ValueRef value, std::size_t bytes_max, unsigned depth_max,
                                 Bytes& out);
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

// A strict pull reader over one buffer, for rooms that read chunks piece by piece. Errors are as
// decode's; after one the position is unchanged. The limits hold for each read on its own. Borrows
// the input.
class Reader {
 public:
  explicit Reader(BytesView input, const DecodeLimits& limits = {})
      : input_(input), limits_(limits) {}
  bool at_end() const noexcept { return offset_ == input_.size(); }
  std::size_t offset() const noexcept { return offset_; }
  Result<std::uint64_t> read_unsigned();
  // Counts that the rest of the input can hold.
  Result<std::uint64_t> begin_list();
  Result<std::uint64_t> begin_map();     // the caller checks the order of keys
  Result<std::string_view> read_text();  // into the input
  Result<BytesView> read_bytes();        // into the input
  Result<Id> read_id();                  // a link that is an Id
  Result<Value> read_value();
  Result<void> read_into(ValueBuilder& builder);  // one item
  Result<BytesView> skip_value();                 // checks it; its bytes in the input
  Result<void> expect_end();

 private:
  template <class Sink, class Step>
  Result<void> advance(Sink& sink, Step step);
  Result<std::uint64_t> read_head(Major major, const char* rule, unsigned item_bytes_min);

  BytesView input_;
  DecodeLimits limits_;
  std::size_t offset_ = 0;
};

}  // namespace stet::dag_cbor
