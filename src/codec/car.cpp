#include "stet/codec/car.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "stet/codec/dag_cbor.hpp"

namespace stet::car {

namespace {

constexpr std::uint64_t kCodecRaw = 0x55;
constexpr std::uint64_t kCodecDagCbor = 0x71;
constexpr std::uint64_t kHashSha256 = 0x12;

// CARv2: a pragma that reads as a v1 header of version 2, then 16 bytes of characteristics and the
// offset and size of the v1 archive inside, little-endian (IPLD CARv2 specification).
constexpr std::uint8_t kPragma[] = {0x0a, 0xa1, 0x67, 'v', 'e', 'r', 's', 'i', 'o', 'n', 0x02};
constexpr std::size_t kDataOffsetAt = sizeof kPragma + 16;
constexpr std::size_t kHeaderV2Bytes = sizeof kPragma + 40;

Error bad(std::uint64_t offset, std::string_view rule) {
  return Error(ErrorCode::invalid, fmt::format("bad CAR: {}", rule)).at_offset(offset);
}

// The names that people meet; others go by their number in the multicodec table.
std::string codec_name(std::uint64_t code) {
  const std::string_view name = code == 0x70     ? "dag-pb"
                                : code == 0x0129 ? "dag-json"
                                : code == 0x0200 ? "json"
                                : code == 0x51   ? "cbor"
                                                 : "codec";
  return fmt::format("{} ({:#x})", name, code);
}
std::string hash_name(std::uint64_t code) {
  const std::string_view name = code == 0x00     ? "identity"
                                : code == 0x13   ? "sha2-512"
                                : code == 0x1e   ? "blake3"
                                : code == 0xb220 ? "blake2b-256"
                                                 : "hash";
  return fmt::format("{} ({:#x})", name, code);
}

// Reads from the front of an archive; offsets are the archive's own.
class Cursor {
 public:
  Cursor(BytesView archive, std::size_t begin, std::size_t end)
      : archive_(archive), at_(begin), end_(end) {}

  bool at_end() const noexcept { return at_ == end_; }
  std::uint64_t offset() const noexcept { return at_; }

  // Unsigned varint of the multiformats project: at most 9 bytes, shortest form.
  Result<std::uint64_t> varint() {
    constexpr std::size_t kBytesMax = 9;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < kBytesMax && at_ + i < end_; ++i) {
      const std::uint8_t byte = archive_[at_ + i];
      value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
      if ((byte & 0x80) != 0) continue;
      if (byte == 0 && i > 0) break;
      at_ += i + 1;
      return value;
    }
    return bad(at_, "a length is cut off or no varint");
  }

  // A run of bytes with its length before it. Never empty.
  Result<BytesView> section(std::string_view what) {
    const std::size_t begin = at_;
    STET_TRY(const std::uint64_t length, varint());
    if (length == 0) return bad(begin, fmt::format("{} has no bytes", what));
    if (length > end_ - at_) {
      return bad(begin, fmt::format("{} of {} bytes begins here, but {} are left", what, length,
                                    end_ - at_));
    }
    const BytesView view = archive_.subspan(at_, static_cast<std::size_t>(length));
    at_ += view.size();
    return view;
  }

 private:
  BytesView archive_;
  std::size_t at_;
  std::size_t end_;
};

std::uint64_t load_little_endian(const std::uint8_t* at) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i > 0; --i) value = value << 8 | at[i - 1];
  return value;
}

// The v1 archive: the whole, or what a v2 header says.
Result<Cursor> open(BytesView archive) {
  const bool is_v2 =
      archive.size() >= sizeof kPragma && std::memcmp(archive.data(), kPragma, sizeof kPragma) == 0;
  if (!is_v2) return Cursor(archive, 0, archive.size());
  if (archive.size() < kHeaderV2Bytes) return bad(sizeof kPragma, "the v2 header is cut off");
  const std::uint64_t offset = load_little_endian(archive.data() + kDataOffsetAt);
  const std::uint64_t size = load_little_endian(archive.data() + kDataOffsetAt + 8);
  if (offset < kHeaderV2Bytes || offset > archive.size() || size > archive.size() - offset) {
    return bad(kDataOffsetAt, fmt::format("the v2 header says that the data are {} bytes at {}, "
                                          "which this archive of {} bytes doesn't have",
                                          size, offset, archive.size()));
  }
  return Cursor(archive, static_cast<std::size_t>(offset), static_cast<std::size_t>(offset + size));
}

Result<std::vector<Cid>> read_header(Cursor& cursor) {
  if (cursor.at_end()) return bad(cursor.offset(), "it is empty");
  STET_TRY(const BytesView section, cursor.section("a header"));
  const std::uint64_t begin = cursor.offset() - section.size();
  auto decoded = dag_cbor::decode(section);
  if (!decoded.ok()) {
    return bad(begin + decoded.error().context().offset.value_or(0),
               fmt::format("the header is no DAG-CBOR ({})", decoded.error().message()));
  }
  const Value& header = *decoded;
  const auto version = header.member("version");
  if (!version || version->to_uint64() != 1) {
    return bad(begin, "the header doesn't say version 1");
  }
  const auto roots = header.member("roots");
  if (!roots || !roots->is_list() || header.size() != 2) {
    return bad(begin, "the header must hold a list of roots and a version, and nothing else");
  }
  std::vector<Cid> cids;
  for (const ValueRef root : roots->items()) {
    auto cid = root.to_link();
    if (!cid) return bad(begin, "a root in the header is no link");
    cids.push_back(*std::move(cid));
  }
  return cids;
}

// The CID at the front of a section: its length is known only by reading it.
Result<Cid> read_cid(BytesView section, std::uint64_t offset) {
  constexpr std::size_t kCidV0Bytes = 34;
  if (section.size() >= kCidV0Bytes && section[0] == kHashSha256 && section[1] == kIdBytes) {
    return Cid::from_bytes(section.first(kCidV0Bytes));
  }
  Cursor cursor(section, 0, section.size());
  for (int field = 0; field < 3; ++field) {  // version, codec, hash
    if (!cursor.varint().ok()) return bad(offset, "this block has no CID");
  }
  const auto digest_bytes = cursor.varint();
  if (!digest_bytes.ok() || *digest_bytes > section.size() - cursor.offset()) {
    return bad(offset, "this block's CID is cut off");
  }
  auto cid =
      Cid::from_bytes(section.first(static_cast<std::size_t>(cursor.offset() + *digest_bytes)));
  if (!cid.ok()) return bad(offset, "this block has no CID");
  return cid;
}

Result<void> check_block(const Block& block, std::uint64_t offset) {
  const Cid& cid = block.cid;
  if (cid.codec() != kCodecDagCbor && cid.codec() != kCodecRaw) {
    return bad(offset, fmt::format("block {} is of {}; only dag-cbor and raw are read",
                                   cid.to_string(), codec_name(cid.codec())));
  }
  if (cid.hash_code() != kHashSha256) {
    return bad(offset, fmt::format("block {} is named by {}; only sha2-256 is read",
                                   cid.to_string(), hash_name(cid.hash_code())));
  }
  const Id actual = id_of(block.bytes);
  const BytesView digest = cid.digest();
  if (!std::equal(digest.begin(), digest.end(), actual.bytes.begin(), actual.bytes.end())) {
    return bad(offset, fmt::format("the bytes of block {} do not match it: the archive is damaged",
                                   cid.to_string()));
  }
  return {};
}

void append_varint(std::uint64_t value, Bytes& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

void append_run(BytesView bytes, Bytes& out) { out.insert(out.end(), bytes.begin(), bytes.end()); }

}  // namespace

Result<Archive> read(BytesView archive, const DecodeLimits& limits) {
  if (archive.size() > limits.input_bytes_max) {
    return Error(ErrorCode::too_large,
                 fmt::format("a CAR of {} bytes passes the limit input_bytes_max, {}",
                             archive.size(), limits.input_bytes_max));
  }
  STET_TRY(Cursor cursor, open(archive));
  Archive result;
  STET_TRY(result.roots, read_header(cursor));
  while (!cursor.at_end()) {
    const std::uint64_t offset = cursor.offset();
    if (result.blocks.size() == limits.members_max) {
      return Error(ErrorCode::too_large,
                   fmt::format("a CAR with more blocks than the limit members_max, {}",
                               limits.members_max))
          .at_offset(offset);
    }
    STET_TRY(const BytesView section, cursor.section("a block"));
    STET_TRY(Cid cid, read_cid(section, offset));
    const std::size_t cid_bytes = cid.bytes().size();
    Block block{std::move(cid), section.subspan(cid_bytes)};
    STET_CHECK(check_block(block, offset));
    result.blocks.push_back(std::move(block));
  }
  return result;
}

void append_header(std::span<const Cid> roots, Bytes& out) {
  Bytes header;
  dag_cbor::append_head(dag_cbor::Major::map, 2, header);
  dag_cbor::append_text("roots", header);
  dag_cbor::append_head(dag_cbor::Major::list, roots.size(), header);
  for (const Cid& root : roots) dag_cbor::append(Value::link(root).ref(), header);
  dag_cbor::append_text("version", header);
  dag_cbor::append_head(dag_cbor::Major::unsigned_integer, 1, header);
  append_varint(header.size(), out);
  append_run(header, out);
}

void append_block(const Cid& cid, BytesView bytes, Bytes& out) {
  append_varint(cid.bytes().size() + bytes.size(), out);
  append_run(cid.bytes(), out);
  append_run(bytes, out);
}

}  // namespace stet::car
