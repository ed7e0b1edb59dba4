#include <fmt/format.h>

#include "codec/dag_cbor_decoder.hpp"

namespace stet::dag_cbor {

namespace {

// The CIDs that documents mostly hold: version 1, dag-cbor or raw, sha2-256.
constexpr std::size_t kUsualCidBytes = 36;

Error too_large_input(std::size_t bytes, const DecodeLimits& limits) {
  return {ErrorCode::too_large,
          fmt::format("DAG-CBOR of {} bytes passes the limit input_bytes_max, {}", bytes,
                      limits.input_bytes_max)};
}

}  // namespace

bool is_cid(BytesView bytes) {
  const bool is_usual = bytes.size() == kUsualCidBytes && bytes[0] == 0x01 &&
                        (bytes[1] == 0x71 || bytes[1] == 0x55) && bytes[2] == 0x12 &&
                        bytes[3] == kIdBytes;
  return is_usual || Cid::from_bytes(bytes).ok();
}

Error error_of(const Failure& failure, const std::uint8_t* input_begin,
               const DecodeLimits& limits) {
  const auto offset = static_cast<std::uint64_t>(failure.at - input_begin);
  std::string message = fmt::format("bad DAG-CBOR: {}", failure.rule);
  if (failure.code == ErrorCode::too_large) {
    const bool is_depth = std::string_view(failure.rule) == "depth_max";
    message =
        fmt::format("DAG-CBOR passes the limit {}, {}", failure.rule,
                    is_depth ? std::min(limits.depth_max, kDepthCeiling) : limits.members_max);
  }
  return Error(failure.code, std::move(message)).at_offset(offset);
}

Result<Value> decode(BytesView input, const DecodeLimits& limits) {
  if (input.size() > limits.input_bytes_max) return too_large_input(input.size(), limits);
  ValueBuilder builder;
  Reader reader(input, limits);
  STET_CHECK(reader.read_into(builder));
  STET_CHECK(reader.expect_end());
  return builder.finish();
}

// Runs one step of a decoder at the read position: step(decoder, at, end) gives where it ended.
template <class Sink, class Step>
Result<void> Reader::advance(Sink& sink, Step step) {
  const std::uint8_t* const begin = input_.data();
  const std::uint8_t* const end = begin + input_.size();
  Decoder<Sink> decoder(sink, limits_);
  const std::uint8_t* next = at_end() ? decoder.fail(end, "the input ends where an item must begin")
                                      : step(decoder, begin + offset_, end);
  if (next == nullptr) return error_of(decoder.failure(), begin, limits_);
  offset_ = static_cast<std::size_t>(next - begin);
  return {};
}

Result<std::uint64_t> Reader::read_head(Major major, const char* rule, unsigned item_bytes_min) {
  std::uint64_t argument = 0;
  CheckOnly sink;
  STET_CHECK(advance(sink, [&](auto& decoder, auto at, auto end) {
    if (*at >> 5 != static_cast<unsigned>(major)) return decoder.fail(at, rule);
    return item_bytes_min == 0 ? decoder.head(at, end, argument)
                               : decoder.count(at, end, item_bytes_min, argument);
  }));
  return argument;
}

Result<std::uint64_t> Reader::read_unsigned() {
  return read_head(Major::unsigned_integer, "an unsigned integer was expected here", 0);
}
Result<std::uint64_t> Reader::begin_list() {
  return read_head(Major::list, "a list was expected here", 1);
}
Result<std::uint64_t> Reader::begin_map() {
  return read_head(Major::map, "a map was expected here", 2);
}

Result<std::string_view> Reader::read_text() {
  std::string_view text;
  CheckOnly sink;
  STET_CHECK(
      advance(sink, [&](auto& decoder, auto at, auto end) { return decoder.text(at, end, text); }));
  return text;
}

Result<BytesView> Reader::read_bytes() {
  BytesView bytes;
  CheckOnly sink;
  STET_CHECK(advance(
      sink, [&](auto& decoder, auto at, auto end) { return decoder.bytes(at, end, bytes); }));
  return bytes;
}

Result<Id> Reader::read_id() {
  Id id;
  CheckOnly sink;
  STET_CHECK(advance(sink, [&](auto& decoder, auto at, auto end) {
    BytesView cid;
    const auto next = decoder.link(at, end, cid);
    if (next == nullptr) return next;
    const bool is_id = cid.size() == kIdCidBytes && is_cid(cid) && cid[1] == 0x71 && cid[2] == 0x12;
    if (!is_id) return decoder.fail(at, "this link is no id (CIDv1, dag-cbor, sha2-256)");
    std::copy(cid.end() - kIdBytes, cid.end(), id.bytes.begin());
    return next;
  }));
  return id;
}

Result<void> Reader::read_into(ValueBuilder& builder) {
  return advance(builder, [](auto& decoder, auto at, auto end) { return decoder.item(at, end); });
}

Result<Value> Reader::read_value() {
  ValueBuilder builder;
  STET_CHECK(read_into(builder));
  return builder.finish();
}

Result<BytesView> Reader::skip_value() {
  const std::size_t begin = offset_;
  CheckOnly sink;
  STET_CHECK(advance(sink, [](auto& decoder, auto at, auto end) { return decoder.item(at, end); }));
  return input_.subspan(begin, offset_ - begin);
}

Result<void> Reader::expect_end() {
  if (at_end()) return {};
  return Error(ErrorCode::invalid, "bad DAG-CBOR: there are bytes after the item")
      .at_offset(offset_);
}

}  // namespace stet::dag_cbor
