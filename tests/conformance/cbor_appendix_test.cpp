// cbor/test-vectors: RFC 7049, appendix A. DAG-CBOR is a strict subset, so each case is either read
// and written back to the byte, or refused for one of the reasons below.
#include <nlohmann/json.hpp>

#include <map>

#include "conformance/tally.hpp"
#include "stet/codec.hpp"
#include "support/hex.hpp"
#include "support/shared_data.hpp"

namespace stet {
namespace {

using Json = nlohmann::json;

struct Refusal {
  ErrorCode code;
  const char* why;
};
constexpr Refusal kHalf = {ErrorCode::invalid, "a float of 16 bits; DAG-CBOR has 64 only"};
constexpr Refusal kSingle = {ErrorCode::invalid, "a float of 32 bits; DAG-CBOR has 64 only"};
constexpr Refusal kNotFinite = {ErrorCode::unserializable, "a float that is not finite"};
constexpr Refusal kSmall = {ErrorCode::unserializable, "an integer below -2^63"};
constexpr Refusal kSimple = {ErrorCode::invalid, "a simple value but false, true and null"};
constexpr Refusal kTag = {ErrorCode::invalid, "a tag but 42"};
constexpr Refusal kIndefinite = {ErrorCode::invalid, "an indefinite length"};

const std::map<std::string, Refusal> kRefused = {
    {"3bffffffffffffffff", kSmall},
    {"f90000", kHalf},
    {"f93c00", kHalf},
    {"f93e00", kHalf},
    {"f90400", kHalf},
    {"f97e00", kHalf},
    {"fa47c35000", kSingle},
    {"fa7f800000", kSingle},
    {"faff800000", kSingle},
    {"fb7ff8000000000000", kNotFinite},
    {"f0", kSimple},
    {"f8ff", kSimple},
    {"c11a514b67b0", kTag},
    {"d74401020304", kTag},
    {"d82076687474703a2f2f7777772e6578616d706c652e636f6d", kTag},
    {"7f657374726561646d696e67ff", kIndefinite},
    {"9f018202039f0405ffff", kIndefinite},
    {"83018202039f0405ff", kIndefinite},
    {"9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", kIndefinite},
    {"826161bf61626163ff", kIndefinite},
};

TEST(CborAppendixA, EachCaseIsReadToTheByteOrRefusedForItsReason) {
  STET_NEEDS_SHARED();
  test::Tally tally("cbor appendix A");
  const Json cases =
      Json::parse(test::read_file(test::shared_folder() / "conformance/cbor/appendix_a_even.json"));
  for (const Json& test : cases) {
    const auto hex = test["hex"].get<std::string>();
    const Bytes input = test::from_hex(hex);
    const auto decoded = dag_cbor::decode(input);
    if (const auto refused = kRefused.find(hex); refused != kRefused.end()) {
      tally.does_not_apply(refused->second.why);
      ASSERT_FALSE(decoded.ok()) << hex;
      EXPECT_EQ(decoded.error().code(), refused->second.code) << hex;
      continue;
    }
    tally.check(decoded.ok() && dag_cbor::encode(*decoded) == input, hex,
                decoded.ok() ? "" : decoded.error().to_string());
    if (decoded.ok() && test.contains("decoded")) {
      EXPECT_EQ(*decoded, decode_json(as_bytes(test["decoded"].dump())).value()) << hex;
    }
  }
}

}  // namespace
}  // namespace stet
