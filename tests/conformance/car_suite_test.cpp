// The archives of ipld/go-car. Their blocks are dag-pb or hashed by blake2b-256 and identity, which
// Stet refuses by name; so what is tested is the framing up to there, and, with every block named
// anew by sha2-256, all of it.
#include <map>

#include "conformance/tally.hpp"
#include "stet/codec.hpp"
#include "support/hex.hpp"
#include "support/shared_data.hpp"

namespace stet {
namespace {

const std::map<std::string, const char*> kExpected = {
    {"badheaderlength.car", "begins here, but"},
    {"sample-corrupt-pragma.car", "begins here, but"},
    {"sample-v1.car", "blake2b-256 (0xb220)"},
    {"sample-v1-with-zero-len-section2.car", "dag-pb (0x70)"},
    {"sample-wrapped-v2.car", "blake2b-256 (0xb220)"},
    {"simple-unixfs.car", "dag-pb (0x70)"},
};

Bytes read_archive(const std::string& name) {
  return test::read_file(test::shared_folder() / "conformance/car" / name);
}

TEST(CarSuite, EachArchiveIsRefusedForWhatItIs) {
  STET_NEEDS_SHARED();
  test::Tally tally("go-car archives");
  for (const auto& entry :
       std::filesystem::directory_iterator(test::shared_folder() / "conformance/car")) {
    const std::string name = entry.path().filename().string();
    const auto expected = kExpected.find(name);
    ASSERT_NE(expected, kExpected.end()) << name;
    const auto read = car::read(test::read_file(entry.path()));
    tally.check(!read.ok() && read.error().code() == ErrorCode::invalid &&
                    read.error().context().offset.has_value() &&
                    read.error().message().find(expected->second) != std::string::npos,
                name, read.ok() ? "was read" : read.error().to_string());
  }
}

TEST(CarSuite, TheWrappedArchiveIsTheSameOneFurtherOn) {
  STET_NEEDS_SHARED();
  const auto plain = car::read(read_archive("sample-v1.car"));
  const auto wrapped = car::read(read_archive("sample-wrapped-v2.car"));
  ASSERT_FALSE(plain.ok() || wrapped.ok());
  EXPECT_EQ(wrapped.error().message(), plain.error().message());
  EXPECT_EQ(*wrapped.error().context().offset, *plain.error().context().offset + 51);
}

std::uint64_t take_varint(BytesView& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const std::uint8_t byte = bytes[0];
    bytes = bytes.subspan(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
}

// The archive with each block named by sha2-256 as raw bytes; `blocks` counts them. A section of no
// bytes is copied.
Bytes renamed(BytesView archive, std::size_t& blocks) {
  const auto header_bytes = take_varint(archive);
  archive = archive.subspan(header_bytes);
  Bytes out;
  car::append_header({}, out);
  for (blocks = 0; !archive.empty(); ++blocks) {
    const auto section_bytes = take_varint(archive);
    if (section_bytes == 0) {
      out.push_back(0);
      break;
    }
    BytesView content = archive.first(section_bytes);
    archive = archive.subspan(section_bytes);
    for (int field = 0; field < 3; ++field) take_varint(content);
    const auto digest_bytes = take_varint(content);
    content = content.subspan(digest_bytes);
    const std::string digest = test::to_hex(id_of(content).bytes);
    car::append_block(Cid::from_bytes(test::from_hex("01551220" + digest)).value(), content, out);
  }
  return out;
}

TEST(CarSuite, TheSampleIsReadWholeWithNamesThatWeKnow) {
  STET_NEEDS_SHARED();
  std::size_t blocks = 0;
  const Bytes archive = renamed(read_archive("sample-v1.car"), blocks);
  const auto read = car::read(archive);
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_EQ(read->blocks.size(), blocks);
  EXPECT_EQ(blocks, 1049u);
}

TEST(CarSuite, ASectionOfNoBytesIsRefused) {
  STET_NEEDS_SHARED();
  std::size_t blocks = 0;
  const auto read =
      car::read(renamed(read_archive("sample-v1-with-zero-len-section2.car"), blocks));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(blocks, 20u);
  EXPECT_NE(read.error().message().find("has no bytes"), std::string::npos);
}

}  // namespace
}  // namespace stet
