// The codec room's door: bytes of a format ⇄ Value. A format is one Codec in one file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "stet/codec/car.hpp"       // IWYU pragma: export
#include "stet/codec/dag_cbor.hpp"  // IWYU pragma: export
#include "stet/codec/limits.hpp"    // IWYU pragma: export
#include "stet/value.hpp"

namespace stet {

enum class TextLayout : std::uint8_t { pretty, compact };  // 2 spaces a level; one line

struct EncodeOptions {
  TextLayout layout = TextLayout::pretty;  // formats that are text
};

// Stateless; one static instance a format. Thread-safe.
class Codec {
 public:
  virtual ~Codec() = default;
  virtual std::string_view name() const = 0;                         // "json", as --from takes it
  virtual std::span<const std::string_view> extensions() const = 0;  // ".json"
  // Errors: invalid with offset (and line and column in the message, for text), too_large naming
  // the limit, unserializable for numbers that the model can't hold. Memory, depth and time stay
  // within `limits` whatever the input is.
  virtual Result<Value> decode(BytesView input, const DecodeLimits& limits) const = 0;
  virtual Result<Bytes> encode(const Value& value, const EncodeOptions& options) const = 0;
};

std::span<const Codec* const> codecs();              // json, dag-json, dag-cbor, bytes …
const Codec* find_codec(std::string_view name);      // null where there is none
const Codec* codec_for_path(std::string_view path);  // by extension; null where unknown

Result<Value> decode_json(BytesView text, const DecodeLimits& limits = {});
std::string encode_json(const Value& value, TextLayout layout = TextLayout::pretty);
Result<Value> decode_dag_json(BytesView text, const DecodeLimits& limits = {});
// Canonical: compact, keys sorted bytewise, no newline. Errors: unserializable, with the path,
// where a key "/" would read back as a link or as bytes; too_large above kDepthCeiling.
Result<std::string> encode_dag_json(const Value& value);

}  // namespace stet
