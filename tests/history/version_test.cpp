#include <gtest/gtest.h>

#include "stet/codec.hpp"
#include "stet/history.hpp"

namespace stet {
namespace {

Id id_named(std::string_view text) { return id_of(as_bytes(text)); }

Version full_version() {
  Version version;
  version.root = {id_named("root"), tree::RootKind::node};
  version.parents = {id_named("parent")};
  version.generation = 7;
  version.skip = id_named("skip");
  version.time_ms = -12'345;
  version.author = "Clara";
  version.message = "a new second theme";
  version.nonce = {1, 2, 3, 4, 5, 6, 7, 8};
  version.bytes = 22'000'000;
  version.source = Source{{id_named("source"), tree::RootKind::plain}, "json"};
  version.schema = "score";
  version.labels = {{"branch", "main"}, {"z", ""}, {"key", "c minor"}};
  return version;
}

TEST(VersionRecord, ReadsBackWhatItWrote) {
  const Version version = full_version();
  const Bytes record = encode_version(version);
  const auto read = decode_version(record);
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_EQ(*read, version);
  EXPECT_EQ(encode_version(*read), record);
}

TEST(VersionRecord, IsADagCborMapWithTheNamesOfTheSpecification) {
  const auto value = dag_cbor::decode(encode_version(full_version()));
  ASSERT_TRUE(value.ok()) << value.error().to_string();
  for (const char* field : {"kind", "root", "skip", "bytes", "nonce", "author", "labels", "schema",
                            "source", "message", "parents", "time_ms", "generation"}) {
    EXPECT_TRUE(value->member(field).has_value()) << field;
  }
  EXPECT_EQ(value->size(), 13u);
}

TEST(VersionRecord, LeavesOutWhatIsAbsent) {
  Version version = full_version();
  version.parents.clear();
  version.generation = 0;
  version.skip.reset();
  version.source.reset();
  version.schema.reset();
  version.labels.clear();
  const Bytes record = encode_version(version);
  EXPECT_EQ(dag_cbor::decode(record)->size(), 9u);
  EXPECT_EQ(*decode_version(record), version);
}

TEST(VersionRecord, WithAnUnknownFieldIsOfANewerFormat) {
  auto value = *dag_cbor::decode(encode_version(full_version()));
  const Bytes newer = dag_cbor::encode(value.with_member("colour", Value("red")));
  EXPECT_EQ(decode_version(newer).error().code(), ErrorCode::newer_format);
}

TEST(VersionRecord, IsRefusedWithAnyByteMissing) {
  const Bytes record = encode_version(full_version());
  for (std::size_t length = 0; length < record.size(); ++length) {
    EXPECT_FALSE(decode_version(BytesView(record).first(length)).ok()) << length;
  }
}

TEST(VersionRecord, WithAFlippedBitReadsAsItWroteOrNotAtAll) {
  const Bytes record = encode_version(full_version());
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    Bytes damaged = record;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    const auto read = decode_version(damaged);
    if (read.ok()) {
      EXPECT_EQ(encode_version(*read), damaged) << bit;
    }
  }
}

TEST(VersionRecord, ThatContradictsItselfIsDamage) {
  Version first_with_generation = full_version();
  first_with_generation.parents.clear();
  EXPECT_EQ(decode_version(encode_version(first_with_generation)).error().code(),
            ErrorCode::corrupt);
  Version merged_with_skip = full_version();
  merged_with_skip.parents.push_back(id_named("other"));
  EXPECT_EQ(decode_version(encode_version(merged_with_skip)).error().code(), ErrorCode::corrupt);
  const auto value = *dag_cbor::decode(encode_version(full_version()));
  const Bytes lacking = dag_cbor::encode(value.without_member("author"));
  EXPECT_EQ(decode_version(lacking).error().code(), ErrorCode::corrupt);
}

TEST(BoundaryRecord, ReadsBackWhatItWrote) {
  Boundary boundary{.generation = 12, .shallow = {id_named("a")}, .thin = {}};
  boundary.thin = {id_named("b"), id_named("c")};
  std::sort(boundary.thin.begin(), boundary.thin.end());
  const auto read = decode_boundary(encode_boundary(boundary));
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_EQ(*read, boundary);
  std::swap(boundary.thin[0], boundary.thin[1]);
  EXPECT_EQ(decode_boundary(encode_boundary(boundary)).error().code(), ErrorCode::corrupt);
}

}  // namespace
}  // namespace stet
