#include <array>
#include <cctype>

#include "stet/codec.hpp"

namespace stet {

namespace {

Bytes bytes_of(std::string_view text) {
  const BytesView view = as_bytes(text);
  return {view.begin(), view.end()};
}

class JsonCodec final : public Codec {
 public:
  std::string_view name() const override { return "json"; }
  std::span<const std::string_view> extensions() const override {
    static constexpr std::array<std::string_view, 1> kExtensions = {".json"};
    return kExtensions;
  }
  Result<Value> decode(BytesView input, const DecodeLimits& limits) const override {
    return decode_json(input, limits);
  }
  Result<Bytes> encode(const Value& value, const EncodeOptions& options) const override {
    return bytes_of(encode_json(value, options.layout));
  }
};

class DagJsonCodec final : public Codec {
 public:
  std::string_view name() const override { return "dag-json"; }
  std::span<const std::string_view> extensions() const override {
    static constexpr std::array<std::string_view, 1> kExtensions = {".dag-json"};
    return kExtensions;
  }
  Result<Value> decode(BytesView input, const DecodeLimits& limits) const override {
    return decode_dag_json(input, limits);
  }
  Result<Bytes> encode(const Value& value, const EncodeOptions&) const override {
    STET_TRY(const std::string text, encode_dag_json(value));
    return bytes_of(text);
  }
};

class DagCborCodec final : public Codec {
 public:
  std::string_view name() const override { return "dag-cbor"; }
  std::span<const std::string_view> extensions() const override {
    static constexpr std::array<std::string_view, 2> kExtensions = {".dag-cbor", ".cbor"};
    return kExtensions;
  }
  Result<Value> decode(BytesView input, const DecodeLimits& limits) const override {
    return dag_cbor::decode(input, limits);
  }
  Result<Bytes> encode(const Value& value, const EncodeOptions&) const override {
    return dag_cbor::encode(value);
  }
};

// Anything at all, as one value of kind bytes.
class BytesCodec final : public Codec {
 public:
  std::string_view name() const override { return "bytes"; }
  std::span<const std::string_view> extensions() const override { return {}; }
  Result<Value> decode(BytesView input, const DecodeLimits& limits) const override {
    if (input.size() > limits.input_bytes_max) {
      return Error(ErrorCode::too_large, "the input passes the limit input_bytes_max, " +
                                             std::to_string(limits.input_bytes_max));
    }
    return Value::bytes(input);
  }
  Result<Bytes> encode(const Value& value, const EncodeOptions&) const override {
    if (const auto bytes = value.to_bytes()) return Bytes(bytes->begin(), bytes->end());
    return Error(ErrorCode::unserializable,
                 "only a document that is bytes can be written as bytes, "
                 "and this one is of kind " +
                     std::string(kind_name(value.kind())) + ": choose json, dag-json or dag-cbor");
  }
};

bool ends_with_ignoring_case(std::string_view text, std::string_view ending) {
  if (text.size() < ending.size()) return false;
  const std::string_view tail = text.substr(text.size() - ending.size());
  return std::equal(tail.begin(), tail.end(), ending.begin(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == static_cast<unsigned char>(b);
  });
}

}  // namespace

std::span<const Codec* const> codecs() {
  static const JsonCodec json;
  static const DagJsonCodec dag_json;
  static const DagCborCodec dag_cbor;
  static const BytesCodec bytes;
  static const std::array<const Codec*, 4> all = {&json, &dag_json, &dag_cbor, &bytes};
  return all;
}

const Codec* find_codec(std::string_view name) {
  for (const Codec* codec : codecs()) {
    if (codec->name() == name) return codec;
  }
  return nullptr;
}

const Codec* codec_for_path(std::string_view path) {
  for (const Codec* codec : codecs()) {
    for (const std::string_view extension : codec->extensions()) {
      if (ends_with_ignoring_case(path, extension)) return codec;
    }
  }
  return nullptr;
}

}  // namespace stet
