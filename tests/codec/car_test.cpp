#include "stet/codec/car.hpp"

#include <gtest/gtest.h>

#include "codec/codec_help.hpp"
#include "support/hex.hpp"

namespace stet {
namespace {

using test::from_hex;
using test::to_hex;

Bytes bytes_of(std::string_view text) {
  const BytesView view = as_bytes(text);
  return {view.begin(), view.end()};
}

Cid cid_of_hex(std::string hex, BytesView digest) {
  hex += to_hex(digest);
  return Cid::from_bytes(from_hex(hex)).value();
}

Cid raw_cid(BytesView bytes) { return cid_of_hex("01551220", id_of(bytes).bytes); }

struct Sample {
  Bytes first = dag_cbor::encode(Value::map({{"a", 1}}));
  Bytes second = bytes_of("raw bytes");
  Cid first_cid = Cid::of(id_of(first));
  Cid second_cid = raw_cid(second);
  Bytes header;
  Bytes archive;

  Sample() {
    const Cid roots[] = {first_cid, second_cid};
    car::append_header(roots, header);
    archive = header;
    car::append_block(first_cid, first, archive);
    car::append_block(second_cid, second, archive);
  }
};

void append_little_endian(std::uint64_t value, Bytes& out) {
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

Bytes wrap_v2(const Bytes& inner, std::uint64_t offset, std::uint64_t size) {
  Bytes archive = from_hex("0aa16776657273696f6e02");
  archive.resize(archive.size() + 16);
  append_little_endian(offset, archive);
  append_little_endian(size, archive);
  append_little_endian(0, archive);
  archive.resize(std::max<std::size_t>(archive.size(), 60));
  archive.insert(archive.end(), inner.begin(), inner.end());
  archive.resize(archive.size() + 9, 0xee);  // an index, which nobody reads
  return archive;
}

void expect_sample(const Result<car::Archive>& read, const Sample& sample) {
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_EQ(read->roots, (std::vector<Cid>{sample.first_cid, sample.second_cid}));
  ASSERT_EQ(read->blocks.size(), 2u);
  EXPECT_EQ(read->blocks[0].cid, sample.first_cid);
  EXPECT_EQ(to_hex(read->blocks[0].bytes), to_hex(sample.first));
  EXPECT_EQ(read->blocks[1].cid, sample.second_cid);
  EXPECT_EQ(to_hex(read->blocks[1].bytes), to_hex(sample.second));
}

TEST(Car, ReadsWhatItWrites) {
  const Sample sample;
  expect_sample(car::read(sample.archive), sample);
}

TEST(Car, WritesTheBytesOfTheSpecification) {
  Bytes out;
  car::append_header({}, out);
  EXPECT_EQ(to_hex(out), "11a265726f6f7473806776657273696f6e01");
}

TEST(Car, ReadsTheArchiveInsideVersion2) {
  const Sample sample;
  expect_sample(car::read(wrap_v2(sample.archive, 60, sample.archive.size())), sample);
}

TEST(Car, RefusesAVersion2WhoseDataLieOutside) {
  const Sample sample;
  const auto size = sample.archive.size();
  for (const auto& [offset, length] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {0, size}, {50, size}, {60, size + 100}, {~0ull, size}, {60, ~0ull}, {~0ull, ~0ull}}) {
    const auto read = car::read(wrap_v2(sample.archive, offset, length));
    EXPECT_FALSE(read.ok()) << offset << " " << length;
  }
}

TEST(Car, NamesWhatItDoesNotRead) {
  const Sample sample;
  const Id digest = id_of(sample.second);
  const auto refusal = [&](const char* prefix, std::size_t digest_bytes = kIdBytes) {
    const Cid cid = cid_of_hex(prefix, BytesView(digest.bytes).first(digest_bytes));
    Bytes archive = sample.header;
    car::append_block(cid, sample.second, archive);
    const auto read = car::read(archive);
    EXPECT_FALSE(read.ok());
    EXPECT_EQ(read.error().code(), ErrorCode::invalid);
    EXPECT_EQ(read.error().context().offset, sample.header.size());
    return read.error().message();
  };
  EXPECT_NE(refusal("01701220").find("dag-pb (0x70)"), std::string::npos);
  EXPECT_NE(refusal("1220").find("dag-pb (0x70)"), std::string::npos);
  EXPECT_NE(refusal("0155a0e40220").find("blake2b-256 (0xb220)"), std::string::npos);
  EXPECT_NE(refusal("0155000a", 10).find("identity (0x0)"), std::string::npos);
  EXPECT_NE(refusal("018d011220").find("codec (0x8d)"), std::string::npos);
}

TEST(Car, EveryFlippedBitOfABlockIsFound) {
  const Sample sample;
  for (std::size_t i = sample.header.size(); i < sample.archive.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes damaged = sample.archive;
      damaged[i] ^= static_cast<std::uint8_t>(1u << bit);
      const auto read = car::read(damaged);
      ASSERT_FALSE(read.ok()) << i << " " << bit;
      EXPECT_TRUE(read.error().context().offset.has_value());
    }
  }
}

TEST(Car, EveryTruncationInsideASectionIsFound) {
  const Sample sample;
  const std::size_t first_end =
      sample.header.size() + 1 + sample.first_cid.bytes().size() + sample.first.size();
  for (std::size_t size = 0; size < sample.archive.size(); ++size) {
    const auto read = car::read(BytesView(sample.archive).first(size));
    EXPECT_EQ(read.ok(), size == sample.header.size() || size == first_end) << size;
  }
}

TEST(Car, ReadsTheHeaderWithinItsCallersLimits) {
  Bytes out;
  car::append_header({}, out);
  EXPECT_TRUE(car::read(out, {.depth_max = 2}).ok());
  EXPECT_FALSE(car::read(out, {.depth_max = 1}).ok());
  const std::vector<Cid> roots(3, Cid::of(id_of({})));
  out.clear();
  car::append_header(roots, out);
  EXPECT_TRUE(car::read(out, {.members_max = 3}).ok());
  EXPECT_EQ(car::read(out, {.members_max = 2}).error().code(), ErrorCode::too_large);
}

TEST(Car, RefusesBadHeaders) {
  for (const char* hex : {
           "00",                                           // a header of no bytes
           "01a0",                                         // an empty map
           "01f6",                                         // no map
           "11a265726f6f7473806776657273696f6e02",         // version 2 without its pragma
           "11a265726f6f7473f66776657273696f6e01",         // roots that are no list
           "12a265726f6f747381016776657273696f6e01",       // a root that is no link
           "14a3617801 65726f6f7473806776657273696f6e01",  // a member too many
           "0aa16776657273696f6e01",                       // no roots
           "8080808080808080808000",                       // a length that never ends
           "8100a0",                                       // a length that isn't shortest
           "ffffffffffffffff7fa0",                         // a length that lies
       }) {
    const auto read = car::read(from_hex(hex));
    ASSERT_FALSE(read.ok()) << hex;
    EXPECT_EQ(read.error().code(), ErrorCode::invalid) << hex;
  }
}

TEST(Car, RefusesASectionOfNoBytes) {
  Sample sample;
  sample.archive.push_back(0);
  EXPECT_EQ(car::read(sample.archive).error().context().offset, sample.archive.size() - 1);
}

TEST(Car, LimitsAreNamed) {
  const Sample sample;
  DecodeLimits limits;
  limits.members_max = 1;
  const auto many = car::read(sample.archive, limits);
  ASSERT_FALSE(many.ok());
  EXPECT_EQ(many.error().code(), ErrorCode::too_large);
  limits = {};
  limits.input_bytes_max = 10;
  EXPECT_EQ(car::read(sample.archive, limits).error().code(), ErrorCode::too_large);
}

}  // namespace
}  // namespace stet
