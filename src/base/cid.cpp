#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/multibase.hpp"
#include "stet/base/id.hpp"

namespace stet {

namespace {

constexpr std::size_t kCidV0Bytes = 34;
constexpr std::uint64_t kCodecDagPb = 0x70;
constexpr std::uint64_t kCodecDagCbor = 0x71;
constexpr std::uint64_t kHashSha256 = 0x12;

bool is_version_0(BytesView bytes) {
  return bytes.size() == kCidV0Bytes && bytes[0] == kHashSha256 && bytes[1] == kIdBytes;
}

// Unsigned varint of the multiformats project: at most 9 bytes, shortest form.
std::optional<std::uint64_t> take_varint(BytesView& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 9; ++i) {
    value |= static_cast<std::uint64_t>(bytes[i] & 0x7f) << (7 * i);
    if ((bytes[i] & 0x80) != 0) continue;
    if (i > 0 && bytes[i] == 0) return std::nullopt;
    bytes = bytes.subspan(i + 1);
    return value;
  }
  return std::nullopt;
}

struct Parts {
  std::uint64_t version, codec, hash_code;
  BytesView digest;
};

std::optional<Parts> parse_parts(BytesView bytes) {
  if (is_version_0(bytes)) return Parts{0, kCodecDagPb, kHashSha256, bytes.subspan(2)};
  const auto version = take_varint(bytes);
  if (version != 1) return std::nullopt;
  const auto codec = take_varint(bytes);
  const auto hash_code = codec ? take_varint(bytes) : std::nullopt;
  const auto length = hash_code ? take_varint(bytes) : std::nullopt;
  if (!length || *length != bytes.size()) return std::nullopt;
  return Parts{*version, *codec, *hash_code, bytes};
}

}  // namespace

Result<Cid> Cid::from_bytes(BytesView bytes) {
  if (!parse_parts(bytes)) {
    return Error(ErrorCode::invalid, fmt::format("these {} bytes are not a CID", bytes.size()));
  }
  return Cid(Bytes(bytes.begin(), bytes.end()));
}

Result<Cid> Cid::parse(std::string_view text) {
  if (text.size() == 46 && text.starts_with("Qm")) {
    STET_TRY(const Bytes bytes, multibase::decode_base58btc(text));
    return from_bytes(bytes);
  }
  STET_TRY(const Bytes bytes, multibase::decode(text));
  if (is_version_0(bytes)) {
    return Error(ErrorCode::invalid, fmt::format("'{}': a CIDv0 has no multibase prefix", text));
  }
  return from_bytes(bytes);
}

Cid Cid::of(const Id& id) {
  const auto bytes = cid_bytes_of(id);
  return Cid(Bytes(bytes.begin(), bytes.end()));
}

std::string Cid::to_string() const {
  return version() == 0 ? multibase::encode_base58btc(bytes_)
                        : "b" + multibase::encode_base32(bytes_);
}

std::uint64_t Cid::version() const noexcept { return is_version_0(bytes_) ? 0 : 1; }
std::uint64_t Cid::codec() const noexcept { return parse_parts(bytes_)->codec; }
std::uint64_t Cid::hash_code() const noexcept { return parse_parts(bytes_)->hash_code; }
BytesView Cid::digest() const noexcept { return parse_parts(bytes_)->digest; }

std::optional<Id> Cid::to_id() const {
  if (version() != 1 || codec() != kCodecDagCbor || hash_code() != kHashSha256) return std::nullopt;
  const BytesView hash = digest();
  if (hash.size() != kIdBytes) return std::nullopt;
  Id id;
  std::copy(hash.begin(), hash.end(), id.bytes.begin());
  return id;
}

}  // namespace stet
