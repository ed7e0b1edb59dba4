#include "stet/codec/car.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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
constexpr std::uint64_t kHeaderMembers = 2;
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

// Unsigned varint of the multiformats project at the front of `bytes`: at most 9 bytes, shortest
// form. How many bytes it took; 0 where there is none.
std::size_t load_varint(BytesView bytes, std::uint64_t& value) {
  constexpr std::size_t kBytesMax = 9;
  value = 0;
  for (std::size_t i = 0; i < std::min(kBytesMax, bytes.size()); ++i) {
    value |= static_cast<std::uint64_t>(bytes[i] & 0x7f) << (7 * i);
    if ((bytes[i] & 0x80) != 0) continue;
    return bytes[i] == 0 && i > 0 ? 0 : i + 1;
  }
  return 0;
}

// Reads from the front of an archive by way of a window; offsets are the archive's own.
class Cursor {
 public:
  Cursor(Source& source, std::uint64_t begin, std::uint64_t end)
      : source_(source), at_(begin), end_(end) {}

  bool at_end() const noexcept { return at_ == end_; }
  std::uint64_t offset() const noexcept { return at_; }

  // A run of bytes with its length before it. Never empty; the view ends with the next call.
  Result<BytesView> section(std::string_view what) {
    constexpr std::uint64_t kVarintBytesMax = 9;
    const std::uint64_t begin = at_;
    STET_TRY(const BytesView front, look_at(std::min(kVarintBytesMax, end_ - at_)));
    std::uint64_t length = 0;
    const std::size_t length_bytes = load_varint(front, length);
    if (length_bytes == 0) return bad(begin, "a length is cut off or no varint");
    if (length == 0) return bad(begin, fmt::format("{} has no bytes", what));
    at_ += length_bytes;
    if (length > end_ - at_) {
      return bad(begin, fmt::format("{} of {} bytes begins here, but {} are left", what, length,
                                    end_ - at_));
    }
    STET_TRY(const BytesView view, look_at(length));
    at_ += length;
    return view;
  }

 private:
  // The next bytes, which are there.
  Result<BytesView> look_at(std::uint64_t count) {
    constexpr std::uint64_t kWindowBytes = 1u << 20;
    if (at_ < begin_ || at_ + count > begin_ + window_.size()) {
      window_.resize(static_cast<std::size_t>(std::max(count, std::min(kWindowBytes, end_ - at_))));
      begin_ = at_;
      STET_CHECK(source_.read(begin_, window_));
    }
    return BytesView(window_).subspan(static_cast<std::size_t>(at_ - begin_),
                                      static_cast<std::size_t>(count));
  }

  Source& source_;
  std::uint64_t at_;
  const std::uint64_t end_;
  Bytes window_;
  std::uint64_t begin_ = 0;  // of the window
};

std::uint64_t load_little_endian(const std::uint8_t* at) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i > 0; --i) value = value << 8 | at[i - 1];
  return value;
}

// The v1 archive: the whole, or what a v2 header says.
Result<Cursor> open(Source& source) {
  const std::uint64_t all = source.size_bytes();
  std::array<std::uint8_t, kHeaderV2Bytes> front{};
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(all, front.size()));
  STET_CHECK(source.read(0, MutableBytes(front).first(count)));
  const bool is_v2 =
      count >= sizeof kPragma && std::memcmp(front.data(), kPragma, sizeof kPragma) == 0;
  if (!is_v2) return Cursor(source, 0, all);
  if (count < kHeaderV2Bytes) return bad(sizeof kPragma, "the v2 header is cut off");
  const std::uint64_t offset = load_little_endian(front.data() + kDataOffsetAt);
  const std::uint64_t size = load_little_endian(front.data() + kDataOffsetAt + 8);
  if (offset < kHeaderV2Bytes || offset > all || size > all - offset) {
    return bad(kDataOffsetAt, fmt::format("the v2 header says that the data are {} bytes at {}, "
                                          "which this archive of {} bytes doesn't have",
                                          size, offset, all));
  }
  return Cursor(source, offset, offset + size);
}

Result<std::vector<Cid>> read_header(Cursor& cursor, const DecodeLimits& limits) {
  if (cursor.at_end()) return bad(cursor.offset(), "it is empty");
  STET_TRY(const BytesView section, cursor.section("a header"));
  const std::uint64_t begin = cursor.offset() - section.size();
  DecodeLimits within = limits;  // roots count as blocks do; the header's own members don't
  within.members_max += kHeaderMembers;
  auto decoded = dag_cbor::decode(section, within);
  if (!decoded.ok() && decoded.error().code() == ErrorCode::too_large) {
    return Error(ErrorCode::too_large,
                 fmt::format("bad CAR: in the header, {}", decoded.error().message()))
        .at_offset(begin);
  }
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
  std::size_t at = 0;
  std::uint64_t number = 0;
  for (int field = 0; field < 3; ++field) {  // version, codec, hash
    const std::size_t bytes = load_varint(section.subspan(at), number);
    if (bytes == 0) return bad(offset, "this block has no CID");
    at += bytes;
  }
  const std::size_t bytes = load_varint(section.subspan(at), number);
  if (bytes == 0 || number > section.size() - at - bytes) {
    return bad(offset, "this block's CID is cut off");
  }
  auto cid = Cid::from_bytes(section.first(at + bytes + static_cast<std::size_t>(number)));
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

Result<void> MemorySource::read(std::uint64_t offset, MutableBytes out) {
  const BytesView from = bytes_.subspan(static_cast<std::size_t>(offset), out.size());
  std::copy(from.begin(), from.end(), out.begin());
  return {};
}

Result<std::vector<Cid>> scan(Source& source, const EachBlock& each, const DecodeLimits& limits) {
  if (source.size_bytes() > limits.input_bytes_max) {
    return Error(ErrorCode::too_large,
                 fmt::format("a CAR of {} bytes passes the limit input_bytes_max, {}",
                             source.size_bytes(), limits.input_bytes_max));
  }
  STET_TRY(Cursor cursor, open(source));
  STET_TRY(std::vector<Cid> roots, read_header(cursor, limits));
  for (std::uint64_t count = 0; !cursor.at_end(); ++count) {
    const std::uint64_t offset = cursor.offset();
    if (count == limits.members_max) {
      return Error(ErrorCode::too_large,
                   fmt::format("a CAR with more blocks than the limit members_max, {}",
                               limits.members_max))
          .at_offset(offset);
    }
    STET_TRY(const BytesView section, cursor.section("a block"));
    STET_TRY(const Cid cid, read_cid(section, offset));
    const BytesView bytes = section.subspan(cid.bytes().size());
    STET_CHECK(check_block({cid, bytes}, offset));
    STET_CHECK(each(cid, bytes, {cursor.offset() - bytes.size(), bytes.size()}));
  }
  return roots;
}

Result<Archive> read(BytesView archive, const DecodeLimits& limits) {
  MemorySource source(archive);
  Archive result;
  const auto keep = [&](const Cid& cid, BytesView, const Place& place) {
    result.blocks.push_back({cid, archive.subspan(static_cast<std::size_t>(place.offset),
                                                  static_cast<std::size_t>(place.length))});
    return Result<void>();
  };
  STET_TRY(result.roots, scan(source, keep, limits));
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
