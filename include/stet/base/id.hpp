// Id: the name of a chunk, which is the SHA-256 of its plain bytes (FIPS 180-4).
// Cid: any content identifier that a document may link to, kept as opaque bytes.
//
// Text form: CIDv1, multibase base32 lower case, codec dag-cbor, multihash sha2-256 (the
// multiformats CID specification). All ids begin with "bafyrei"; the short form is what follows.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "stet/base/bytes.hpp"
#include "stet/base/error.hpp"

namespace stet {

inline constexpr std::size_t kIdBytes = 32;
inline constexpr std::string_view kIdTextPrefix = "bafyrei";

struct Id {
  std::array<std::uint8_t, kIdBytes> bytes{};

  auto operator<=>(const Id&) const = default;
  // In words, since tables of ids compare a great deal.
  bool operator==(const Id& other) const noexcept {
    std::array<std::uint64_t, kIdBytes / 8> mine, others;
    std::memcpy(mine.data(), bytes.data(), kIdBytes);
    std::memcpy(others.data(), other.bytes.data(), kIdBytes);
    return ((mine[0] ^ others[0]) | (mine[1] ^ others[1]) | (mine[2] ^ others[2]) |
            (mine[3] ^ others[3])) == 0;
  }
  std::string to_string() const;                              // 59 characters, "bafyrei…"
  std::string short_form(std::size_t characters = 12) const;  // without the prefix
  // The whole text form only, as it is printed. Errors: invalid.
  static Result<Id> parse(std::string_view text);
};

// SHA-256 of `plain`. Thread-safe.
Id id_of(BytesView plain);
// The same of many at once, in less time than one after the other. Precondition: as many `ids`.
void ids_of(std::span<const BytesView> plains, std::span<Id> ids);

// A chunk that lies elsewhere. `base` is a hint: one that is stored already and that this one
// resembles, most often since it takes its place.
struct ChunkView {
  Id id;
  BytesView bytes;
  const ChunkView* base = nullptr;
};

// The multihash CID of an id as bytes: 01 71 12 20 and the 32 bytes of the hash.
inline constexpr std::size_t kIdCidBytes = 36;
std::array<std::uint8_t, kIdCidBytes> cid_bytes_of(const Id& id);

// A CID of any version, codec and hash: checked for form, never interpreted.
class Cid {
 public:
  // Binary form (CIDv0: 34 bytes beginning 12 20; CIDv1: varints and a multihash, nothing after
  // it).
  static Result<Cid> from_bytes(BytesView bytes);
  // Text: CIDv0 in base58btc, or multibase b, B, z, k, K, f, F, u, U, m, M.
  static Result<Cid> parse(std::string_view text);
  static Cid of(const Id& id);

  BytesView bytes() const noexcept { return bytes_; }
  // CIDv0 as base58btc, CIDv1 as base32 lower case, as DAG-JSON wants them.
  std::string to_string() const;
  std::uint64_t version() const noexcept;
  std::uint64_t codec() const noexcept;      // 0x70 for CIDv0
  std::uint64_t hash_code() const noexcept;  // multihash function, 0x12 for sha2-256
  BytesView digest() const noexcept;         // the multihash's digest
  // The Id, when this is a CIDv1 of dag-cbor and sha2-256 with 32 bytes.
  std::optional<Id> to_id() const;

  bool operator==(const Cid&) const = default;
  auto operator<=>(const Cid&) const = default;

 private:
  explicit Cid(Bytes bytes) : bytes_(std::move(bytes)) {}
  Bytes bytes_;
};

}  // namespace stet

template <>
struct std::hash<stet::Id> {
  std::size_t operator()(const stet::Id& id) const noexcept {
    std::size_t result = 0;
    std::memcpy(&result, id.bytes.data(), sizeof result);
    return result;
  }
};
