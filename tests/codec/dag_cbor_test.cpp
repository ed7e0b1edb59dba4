#include "stet/codec/dag_cbor.hpp"

#include <gtest/gtest.h>

#include "codec/codec_help.hpp"
#include "support/hex.hpp"

namespace stet {
namespace {

using test::from_hex;
using test::to_hex;

Result<Value> decode_hex(std::string_view hex, const DecodeLimits& limits = {}) {
  return dag_cbor::decode(from_hex(hex), limits);
}

// The code and offset of the refusal, as "invalid@3"; "accepted" where there is none.
std::string refusal(std::string_view hex, const DecodeLimits& limits = {}) {
  const auto decoded = decode_hex(hex, limits);
  if (decoded.ok()) return "accepted";
  const auto offset = decoded.error().context().offset;
  return std::string(error_code_name(decoded.error().code())) + "@" +
         (offset ? std::to_string(*offset) : "?");
}

TEST(DagCbor, EncodesEachKindInItsShortestForm) {
  const struct {
    Value value;
    const char* hex;
  } cases[] = {
      {nullptr, "f6"},
      {false, "f4"},
      {true, "f5"},
      {0, "00"},
      {23, "17"},
      {24, "1818"},
      {255, "18ff"},
      {256, "190100"},
      {65535, "19ffff"},
      {65536, "1a00010000"},
      {0xffff'ffffu, "1affffffff"},
      {std::uint64_t{1} << 32, "1b0000000100000000"},
      {std::uint64_t{18446744073709551615u}, "1bffffffffffffffff"},
      {-1, "20"},
      {-24, "37"},
      {-25, "3818"},
      {std::numeric_limits<std::int64_t>::min(), "3b7fffffffffffffff"},
      {1.0, "fb3ff0000000000000"},
      {-0.0, "fb8000000000000000"},
      {5e-324, "fb0000000000000001"},
      {"", "60"},
      {"水", "63e6b0b4"},
      {Value::bytes(from_hex("01ff")), "4201ff"},
      {Value::list({1, Value::list({}), "a"}), "8301806161"},
      {Value::map({{"b", 1}, {"aa", 2}, {"a", 3}}), "a36161036162016261610 2"},
  };
  for (const auto& [value, hex] : cases) {
    EXPECT_EQ(to_hex(dag_cbor::encode(value)), to_hex(from_hex(hex)));
    const auto back = decode_hex(hex);
    ASSERT_TRUE(back.ok()) << hex << ": " << back.error().to_string();
    EXPECT_EQ(*back, value) << hex;
    EXPECT_EQ(dag_cbor::encoded_size(value.ref()), from_hex(hex).size()) << hex;
  }
}

TEST(DagCbor, AppendsWithinABoundOrNotAtAll) {
  Bytes cid(36, 0x55);
  const std::uint8_t front[] = {0x01, 0x71, 0x12, 0x20};
  std::copy(std::begin(front), std::end(front), cid.begin());
  const Value values[] = {
      Value(1000),
      Value(1.5),
      Value("a text that is longer than a cell"),
      Value(std::string(5000, 'x')),
      Value::bytes(Bytes(300, 1)),
      Value::link(Cid::from_bytes(cid).value()),
      Value::map({{"a", Value::list({1, "two", 3.0})}, {"a key longer than its cell", nullptr}})};
  for (const Value& value : values) {
    const Bytes whole = dag_cbor::encode(value);
    for (std::size_t bound = 0; bound <= std::min(whole.size() + 2, dag_cbor::kBoundedBytesMax);
         ++bound) {
      Bytes out = {7};
      EXPECT_EQ(dag_cbor::append_within(value, bound, 2, out), whole.size() <= bound);
      if (whole.size() > bound) {
        EXPECT_EQ(out, Bytes{7});
      } else {
        EXPECT_EQ(Bytes(out.begin() + 1, out.end()), whole);
      }
    }
  }
  Bytes out;
  EXPECT_FALSE(dag_cbor::append_within(values[6], 100, 1, out)) << "two containers deep";
}

TEST(DagCbor, WritesLinksAsTag42OverAnIdentityMultibase) {
  const Id id = id_of(as_bytes("linked"));
  const Bytes bytes = dag_cbor::encode(Value::link(Cid::of(id)));
  EXPECT_EQ(to_hex(bytes).substr(0, 18), "d82a58250001711220");
  const auto back = dag_cbor::decode(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->to_link()->to_id(), id);
  EXPECT_EQ(dag_cbor::encoded_size(back->ref()), bytes.size());
}

TEST(DagCbor, RefusesEveryEncodingButTheCanonicalOne) {
  for (const char* hex : {
           "",                    // nothing
           "1817",                // 23 in two bytes
           "1900ff",              // 255 in three
           "1a0000ffff",          //
           "1b00000000ffffffff",  //
           "5801 00",             // a length in two bytes that fits one
           "5f4101ff",            // indefinite bytes
           "7f6161ff",            // indefinite text
           "9f01ff",              // indefinite list
           "bf616101ff",          // indefinite map
           "1c",                  // reserved heads
           "ff",                  //
           "f97e00",              // half floats
           "f93c00",              //
           "fa3f800000",          // single floats
           "f7",                  // undefined
           "f0",
           "f820",                  // other simple values
           "c100",                  // other tags
           "d82a00",                // a link that is no bytes
           "d82a4100",              // an empty CID
           "d82a450171122000",      // no identity multibase
           "d9002a4100",            // tag 42 not in its shortest form
           "62c328",                // bad UTF-8
           "63eda080",              // a surrogate
           "a1 01 02",              // a key that is no text
           "a2 6161 01 6161 02",    // a duplicate key
           "a2 6162 01 6161 02",    // keys out of order
           "a2 626161 01 6162 02",  // the longer key first
           "0000",                  // two items
           "6261",                  // cut off
           "82 01",
           "a1 6161",
           "19 01",
           "fb 0000",
       }) {
    EXPECT_EQ(refusal(hex).substr(0, 7), "invalid") << hex << ": " << refusal(hex);
  }
}

TEST(DagCbor, SaysWhatTheModelCannotHold) {
  EXPECT_EQ(refusal("3b8000000000000000"), "unserializable@0");    // -2^63 - 1
  EXPECT_EQ(refusal("81fb7ff0000000000000"), "unserializable@1");  // infinity
  EXPECT_EQ(refusal("81fb7ff8000000000000"), "unserializable@1");  // NaN
}

TEST(DagCbor, PointsAtTheItemThatIsWrong) {
  EXPECT_EQ(refusal("83 01 02 1817"), "invalid@3");
  EXPECT_EQ(refusal("a2 6161 01 6161 02"), "invalid@4");
  EXPECT_EQ(refusal("01 02"), "invalid@1");
}

TEST(DagCbor, LengthsThatLieAreRefusedBeforeAnythingIsReserved) {
  EXPECT_EQ(refusal("9b 7fffffffffffffff"), "invalid@0");
  EXPECT_EQ(refusal("bb ffffffffffffffff 6161 01"), "invalid@0");
  EXPECT_EQ(refusal("5b 00000fffffffffff 00"), "invalid@0");
  EXPECT_EQ(refusal("7a ffffffff 00"), "invalid@0");
  // Each list claims the rest of the input, so together they claim more than there is.
  EXPECT_EQ(refusal("83 83 83 01 02 03"), "invalid@1");
}

TEST(DagCbor, NestedListsThatEachClaimTheRestStayWithinTheInputsMemory) {
  constexpr std::size_t kLists = 900;
  constexpr std::size_t kItems = 2'000'000;
  Bytes input;
  for (std::size_t i = 0; i < kLists; ++i) {
    dag_cbor::append_head(dag_cbor::Major::list, kItems - 5 * i, input);
  }
  input.resize(kItems, 0xf6);
  EXPECT_FALSE(dag_cbor::decode(input).ok());
}

TEST(DagCbor, LimitsAreNamedWhenTheyArePassed) {
  DecodeLimits limits;
  limits.depth_max = 3;
  EXPECT_EQ(refusal("81818100", limits), "accepted");
  EXPECT_EQ(refusal("8181818100", limits), "too_large@3");
  EXPECT_EQ(refusal("a16161a16161a16161a16161f6", limits), "too_large@9");
  EXPECT_NE(decode_hex("8181818100", limits).error().message().find("depth_max, 3"),
            std::string::npos);

  limits = {};
  limits.members_max = 3;
  EXPECT_EQ(refusal("83010203", limits), "accepted");
  EXPECT_EQ(refusal("82 01 820203", limits), "too_large@2");

  limits = {};
  limits.input_bytes_max = 2;
  EXPECT_EQ(refusal("8101", limits), "accepted");
  EXPECT_EQ(decode_hex("820102", limits).error().code(), ErrorCode::too_large);
}

TEST(DagCbor, HundredThousandLevelsAreRefusedWhateverTheLimitSays) {
  Bytes input(100'000, 0x81);
  input.push_back(0);
  EXPECT_EQ(dag_cbor::decode(input).error().code(), ErrorCode::too_large);
  DecodeLimits limits;
  limits.depth_max = 1'000'000;
  const auto refused = dag_cbor::decode(input, limits);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::too_large);
  EXPECT_EQ(*refused.error().context().offset, kDepthCeiling);
}

TEST(DagCbor, ValuesDeeperThanAStackAreWritten) {
  Value value = 7;
  constexpr std::size_t kDepth = 100'000;
  for (std::size_t i = 0; i < kDepth; ++i) value = Value::list({std::move(value)});
  EXPECT_EQ(dag_cbor::encode(value).size(), kDepth + 1);
  EXPECT_EQ(dag_cbor::encoded_size(value.ref()), kDepth + 1);
}

TEST(DagCbor, RandomValuesComeBackEqual) {
  std::mt19937_64 random(test::test_seed());
  for (int i = 0; i < test::rounds(3000); ++i) {
    const Value value = test::random_value(random, 5);
    const Bytes bytes = dag_cbor::encode(value);
    const auto back = dag_cbor::decode(bytes);
    ASSERT_TRUE(back.ok()) << back.error().to_string();
    ASSERT_EQ(*back, value) << to_hex(bytes);
    ASSERT_EQ(dag_cbor::encoded_size(value.ref()), bytes.size());
  }
}

TEST(DagCbor, DamagedInputIsRefusedOrIsAnotherCanonicalEncoding) {
  std::mt19937_64 random(test::test_seed());
  int accepted = 0;
  for (int i = 0; i < test::rounds(20000); ++i) {
    Bytes bytes = dag_cbor::encode(test::random_value(random, 3));
    for (auto flips = 1 + random() % 3; flips > 0; --flips) {
      bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
    }
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    const auto decoded = dag_cbor::decode(bytes);
    if (!decoded.ok()) continue;
    ++accepted;
    ASSERT_EQ(to_hex(dag_cbor::encode(*decoded)), to_hex(bytes));
  }
  EXPECT_GT(accepted, 0);
}

TEST(DagCborReader, ReadsPieceByPiece) {
  const Id id = id_of(as_bytes("x"));
  Bytes bytes;
  dag_cbor::append_head(dag_cbor::Major::list, 5, bytes);
  dag_cbor::append_head(dag_cbor::Major::unsigned_integer, 300, bytes);
  dag_cbor::append_text("text", bytes);
  dag_cbor::append_bytes(from_hex("0102"), bytes);
  dag_cbor::append_link(id, bytes);
  dag_cbor::append(Value::map({{"a", 1.5}}).ref(), bytes);

  dag_cbor::Reader reader(bytes);
  EXPECT_EQ(reader.begin_list().value(), 5u);
  EXPECT_EQ(reader.read_unsigned().value(), 300u);
  EXPECT_EQ(reader.read_text().value(), "text");
  EXPECT_EQ(reader.read_bytes().value().size(), 2u);
  EXPECT_EQ(reader.read_id().value(), id);
  const std::size_t at = reader.offset();
  EXPECT_EQ(reader.skip_value().value().size(), bytes.size() - at);
  EXPECT_TRUE(reader.at_end());
  EXPECT_TRUE(reader.expect_end().ok());
  EXPECT_FALSE(reader.read_value().ok());
}

TEST(DagCborReader, AWrongKindIsAnErrorThatMovesNothing) {
  const Bytes bytes = from_hex("82 01 6161");
  dag_cbor::Reader reader(bytes);
  ASSERT_TRUE(reader.begin_list().ok());
  EXPECT_EQ(*reader.read_text().error().context().offset, 1u);
  EXPECT_EQ(reader.offset(), 1u);
  EXPECT_EQ(reader.read_value().value(), Value(1));
  EXPECT_FALSE(reader.read_unsigned().ok());
  EXPECT_FALSE(reader.read_id().ok());
  EXPECT_FALSE(reader.begin_map().ok());
  EXPECT_FALSE(reader.expect_end().ok());
  EXPECT_EQ(reader.read_text().value(), "a");
}

TEST(DagCborReader, ReadIdTakesOnlyIds) {
  const Bytes raw = dag_cbor::encode(Value::link(
      Cid::from_bytes(from_hex("01551220" + to_hex(id_of(as_bytes("x")).bytes))).value()));
  EXPECT_EQ(dag_cbor::Reader(raw).read_id().error().code(), ErrorCode::invalid);
}

}  // namespace
}  // namespace stet
