#include <gtest/gtest.h>

#include <set>

#include "codec/codec_help.hpp"
#include "stet/codec.hpp"
#include "support/hex.hpp"

namespace stet {
namespace {

TEST(Codecs, AreFoundByNameAndByExtension) {
  std::set<std::string_view> names;
  for (const Codec* codec : codecs()) {
    EXPECT_TRUE(names.insert(codec->name()).second);
    EXPECT_EQ(find_codec(codec->name()), codec);
    for (const std::string_view extension : codec->extensions()) {
      EXPECT_EQ(codec_for_path("folder.d/song" + std::string(extension)), codec);
    }
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"json", "dag-json", "dag-cbor", "bytes"}));
  EXPECT_EQ(codec_for_path("a.JSON"), find_codec("json"));
  EXPECT_EQ(codec_for_path("a.cbor"), find_codec("dag-cbor"));
  EXPECT_EQ(codec_for_path("a.dag-json"), find_codec("dag-json"));
  EXPECT_EQ(codec_for_path("a.xml"), nullptr);
  EXPECT_EQ(codec_for_path("json"), nullptr);
  EXPECT_EQ(codec_for_path(""), nullptr);
  EXPECT_EQ(find_codec("yaml"), nullptr);
}

TEST(Codecs, EachWritesWhatItReads) {
  const Value value = Value::map({{"list", Value::list({1, 1.5, "text"})}});
  for (const char* name : {"json", "dag-json", "dag-cbor"}) {
    const Codec* codec = find_codec(name);
    const auto bytes = codec->encode(value, {});
    ASSERT_TRUE(bytes.ok()) << name;
    EXPECT_EQ(codec->decode(*bytes, {}).value(), value) << name;
  }
}

TEST(Codecs, BytesTakesAnythingAndGivesItBack) {
  const Codec* codec = find_codec("bytes");
  for (const Bytes& input : {Bytes{}, test::from_hex("00ff7b"), Bytes(100'000, 7)}) {
    const auto value = codec->decode(input, {});
    ASSERT_TRUE(value.ok());
    EXPECT_TRUE(value->is_bytes());
    EXPECT_EQ(codec->encode(*value, {}).value(), input);
  }
  DecodeLimits limits;
  limits.input_bytes_max = 1;
  EXPECT_EQ(codec->decode(Bytes(2), limits).error().code(), ErrorCode::too_large);
  EXPECT_EQ(codec->encode(Value("text"), {}).error().code(), ErrorCode::unserializable);
}

}  // namespace
}  // namespace stet
