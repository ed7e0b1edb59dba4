// ipld/codec-fixtures: one value in several codecs, each file named by its CID.
#include "conformance/tally.hpp"
#include "stet/codec.hpp"
#include "support/hex.hpp"
#include "support/shared_data.hpp"

namespace stet {
namespace {

namespace fs = std::filesystem;

// CIDv1 of a codec (as varint bytes) and sha2-256.
std::string cid_text(std::string_view codec_hex, BytesView bytes) {
  const std::string digest = test::to_hex(id_of(bytes).bytes);
  const Bytes cid = test::from_hex("01" + std::string(codec_hex) + "1220" + digest);
  return Cid::from_bytes(cid).value().to_string();
}

std::optional<fs::path> file_of(const fs::path& folder, std::string_view extension) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == extension) return entry.path();
  }
  return std::nullopt;
}

TEST(IpldFixtures, DagCborAndDagJsonAgreeToTheByte) {
  STET_NEEDS_SHARED();
  test::Tally tally("ipld codec-fixtures");
  for (const auto& entry :
       fs::directory_iterator(test::shared_folder() / "conformance/ipld-codec-fixtures/fixtures")) {
    const std::string name = entry.path().filename().string();
    if (file_of(entry, ".dag-pb")) {
      tally.does_not_apply(
          "dag-pb files: Stet has no dag-pb codec (their dag-cbor and dag-json do)");
    }
    const auto cbor_path = file_of(entry, ".dag-cbor");
    const auto json_path = file_of(entry, ".dag-json");
    ASSERT_TRUE(cbor_path && json_path) << name;
    const Bytes cbor = test::read_file(*cbor_path);
    const Bytes json = test::read_file(*json_path);

    const auto from_cbor = dag_cbor::decode(cbor);
    const auto from_json = decode_dag_json(json);
    tally.check(from_cbor.ok(), name + " dag-cbor",
                from_cbor.ok() ? "" : from_cbor.error().to_string());
    tally.check(from_json.ok(), name + " dag-json",
                from_json.ok() ? "" : from_json.error().to_string());
    if (!from_cbor.ok() || !from_json.ok()) continue;
    EXPECT_EQ(*from_cbor, *from_json) << name;

    EXPECT_EQ(dag_cbor::encode(*from_json), cbor) << name;
    const auto json_again = encode_dag_json(*from_cbor);
    ASSERT_TRUE(json_again.ok()) << name;
    EXPECT_EQ(*json_again, as_text(json)) << name;
    EXPECT_EQ(cid_text("71", cbor), cbor_path->stem().string());
    EXPECT_EQ(id_of(cbor).to_string(), cbor_path->stem().string());
    EXPECT_EQ(cid_text("a902", json), json_path->stem().string());
  }
}

TEST(IpldFixtures, NegativeFixturesAreRefused) {
  STET_NEEDS_SHARED();
  test::Tally tally("ipld codec-fixtures, negative");
  const fs::path folder =
      test::shared_folder() / "conformance/ipld-codec-fixtures/negative-fixtures/dag-json/decode";
  for (const auto& entry : fs::directory_iterator(folder)) {
    const Value cases = decode_json(test::read_file(entry.path())).value();
    for (const ValueRef fixture : cases.items()) {
      const Bytes input = test::from_hex(*fixture.member("hex")->to_text());
      tally.check(!decode_dag_json(input).ok(), *fixture.member("name")->to_text());
    }
  }
}

}  // namespace
}  // namespace stet
