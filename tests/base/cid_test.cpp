#include <gtest/gtest.h>

#include "base/multibase.hpp"
#include "stet/base.hpp"

namespace stet {
namespace {

TEST(Id, OfAnEmptyMapIsTheCidThatIpldGivesIt) {
  const Bytes empty_map = {0xa0};
  EXPECT_EQ(id_of(empty_map).to_string(),
            "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua");
}

TEST(Id, ParsesWhatItPrints) {
  const Id id = id_of(as_bytes("stet"));
  ASSERT_TRUE(Id::parse(id.to_string()).ok());
  EXPECT_EQ(*Id::parse(id.to_string()), id);
  EXPECT_EQ(Id::parse(id.to_string().substr(1)).error().code(), ErrorCode::invalid);
  std::string upper = id.to_string();
  for (char& letter : upper) letter = static_cast<char>(std::toupper(letter));
  EXPECT_TRUE(Cid::parse(upper).ok()) << "another spelling of the same CID";
  EXPECT_EQ(Id::parse(upper).error().code(), ErrorCode::invalid) << "ids have one";
  EXPECT_TRUE(id.to_string().ends_with(id.short_form(52)));
}

TEST(Cid, OfVersion0IsWrittenInBase58) {
  const std::string text = "QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR";
  const auto cid = Cid::parse(text);
  ASSERT_TRUE(cid.ok());
  EXPECT_EQ(cid->version(), 0u);
  EXPECT_EQ(cid->to_string(), text);
  EXPECT_FALSE(cid->to_id().has_value());
}

TEST(Cid, RefusesTrailingBytesAndCutOnes) {
  const auto whole = cid_bytes_of(id_of(as_bytes("x")));
  EXPECT_TRUE(Cid::from_bytes(whole).ok());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(Cid::from_bytes(BytesView(whole).first(length)).ok()) << length;
  }
  Bytes longer(whole.begin(), whole.end());
  longer.push_back(0);
  EXPECT_FALSE(Cid::from_bytes(longer).ok());
}

TEST(Multibase, EveryKnownBaseGivesTheSameBytes) {
  const Bytes hello(as_bytes("hello world").begin(), as_bytes("hello world").end());
  for (const char* text :
       {"f68656c6c6f20776f726c64", "F68656C6C6F20776F726C64", "bnbswy3dpeb3w64tmmq",
        "BNBSWY3DPEB3W64TMMQ", "zStV1DL6CwTryKyV", "maGVsbG8gd29ybGQ",
        "MaGVsbG8gd29ybGQ=", "uaGVsbG8gd29ybGQ", "UaGVsbG8gd29ybGQ="}) {
    const auto bytes = multibase::decode(text);
    ASSERT_TRUE(bytes.ok()) << text;
    EXPECT_EQ(*bytes, hello) << text;
  }
  EXPECT_FALSE(multibase::decode("b1").ok());
  EXPECT_FALSE(multibase::decode("").ok());
}

TEST(Error, ThrowsTheTypeOfItsCode) {
  const Result<int> missing = Error(ErrorCode::not_found, "no such thing").in_document("song");
  EXPECT_THROW((void)missing.value(), NotFoundError);
  EXPECT_THROW((void)missing.value(), Error);
  EXPECT_EQ(missing.error().to_string(), "no such thing (document song)");
}

}  // namespace
}  // namespace stet
