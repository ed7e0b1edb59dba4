// The bytes of a store's file: constants, frames and hashes. docs/format.md, "The file", is the
// specification; numbers here are stored and never change within a format version.
//
// All integers are little-endian.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "stet/seam.hpp"

// The state is kept on the stack; its layout is that of the headers that we are compiled with.
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

namespace stet::file {

inline constexpr std::array<std::uint8_t, 8> kMagic = {0x89, 'S', 'T', 'E', 'T', 0x0d, 0x0a, 0x1a};
inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::uint64_t kSectorBytes = 4096;  // header and slots never share one
inline constexpr std::uint64_t kHeaderBytes = 3 * kSectorBytes;
inline constexpr std::uint64_t kBatchBytesMax = 64u << 20;  // then it spills

enum class FrameKind : std::uint8_t {  // stored; never renumber
  none = 0,                            // zeros: nothing was written here
  chunk = 1,
  ref = 2,
  absent_ref = 3,
  blocks = 4,    // of an index run
  manifest = 5,  // the runs that are the index from here on
  commit = 6,
  pack = 7,   // many chunks, see RecordPack
  delta = 8,  // as chunk, but it takes another chunk to read the record
};
inline constexpr bool is_chunk_kind(std::uint8_t kind) noexcept {
  return kind == static_cast<std::uint8_t>(FrameKind::chunk) ||
         kind == static_cast<std::uint8_t>(FrameKind::delta);
}

inline constexpr std::size_t kFrameHeaderBytes = 8;
inline constexpr std::size_t kChunkFixedBytes = kIdBytes + 8;  // id, mark
inline constexpr std::size_t kChunkFrameFixedBytes = kFrameHeaderBytes + kChunkFixedBytes;
inline constexpr std::size_t kPackFixedBytes = 8 + 4;  // mark, bases
inline constexpr std::size_t kOffsetBytes = 6;         // where an offset in the file is kept short
inline constexpr std::size_t kPackBaseBytes = kOffsetBytes;  // offset of its frame
inline constexpr std::size_t kPackBasesMax = 4096;
inline constexpr std::size_t kCommitBytes = 64;
inline constexpr std::size_t kCommitFrameBytes = kFrameHeaderBytes + kCommitBytes;
inline constexpr std::array<std::uint8_t, 8> kCommitMagic = {0xc0, 0x3d, 'c', 'o',
                                                             'm',  'm',  'i', 't'};

using Hash = std::array<std::uint8_t, 16>;
using Salt = std::array<std::uint8_t, 16>;

// Where a chunk lies: its frame's offset in the file, the length of its bytes, its mark.
struct Place {
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  Epoch mark = 0;
};

// The end of the log: where the next batch begins and what it must continue.
struct Position {
  std::uint64_t end = kHeaderBytes;
  std::uint64_t sequence = 0;  // of the last commit; 0 before the first
  Hash chain{};                // of the last commit; zeros before the first
  std::uint64_t recovery_epoch = 0;
};

// Commits at `from` and beyond carry `epoch` or more: what was torn off there never comes back.
struct Recovery {
  std::uint64_t epoch = 0;
  std::uint64_t from = kHeaderBytes;
};

struct Commit {
  std::uint64_t sequence = 0;
  std::uint64_t recovery_epoch = 0;
  std::uint64_t batch_begin = 0;
  Hash previous{};
  Hash hash{};
};

// XXH3-128 over the salt and what is added (Collet, xxHash 0.8).
class Hasher {
 public:
  explicit Hasher(const Salt& salt);
  void add(BytesView bytes);
  Hash finish() const;

 private:
  XXH3_state_t state_;
};
Hash hash_of(const Salt& salt, BytesView bytes);

template <class T>
void store_number(std::uint8_t* to, T number) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    to[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> (8 * i));
  }
}
template <class T>
T load_number(const std::uint8_t* from) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) number |= std::uint64_t{from[i]} << (8 * i);
  return static_cast<T>(number);
}
template <class Buffer>
void append_bytes(Buffer& to, BytesView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}
template <class Buffer, class T>
void append_number(Buffer& to, T number) {
  std::array<std::uint8_t, sizeof(T)> bytes;
  store_number(bytes.data(), number);
  append_bytes(to, bytes);
}
inline bool all_zero(BytesView bytes) noexcept {
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

// Of kOffsetBytes.
template <class Buffer>
void append_offset(Buffer& to, std::uint64_t offset) {
  std::array<std::uint8_t, sizeof offset> bytes;
  store_number(bytes.data(), offset);
  append_bytes(to, BytesView(bytes).first(kOffsetBytes));
}
inline std::uint64_t load_offset(BytesView from) noexcept {
  std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
  std::copy_n(from.begin(), kOffsetBytes, bytes.begin());
  return load_number<std::uint64_t>(bytes.data());
}

struct FrameHeader {
  std::uint32_t length = 0;  // of the payload
  std::uint8_t kind = 0;
  bool plain = false;  // the reserved bytes are zero
};
FrameHeader load_frame_header(const std::uint8_t* from);
// The record in the chunk's frame that these bytes begin with; nothing where no whole one does.
std::optional<BytesView> load_chunk_record(BytesView bytes, const Id& id);
std::array<std::uint8_t, kFrameHeaderBytes> encode_frame_header(FrameKind kind, std::size_t length);

// A commit frame without its hash, the last 16 bytes.
std::array<std::uint8_t, kCommitFrameBytes - sizeof(Hash)> encode_commit_start(
    const Commit& commit);
// Nothing where the frame's fixed parts are not those of a commit.
std::optional<Commit> load_commit_frame(BytesView frame);

// Whether `commit`, found at the end of a batch that began at position.end, continues the log.
bool continues(const Commit& commit, const Position& position, const Recovery& recovery);

Error corrupt_at(const std::string& path, std::uint64_t offset, const std::string& what);

}  // namespace stet::file
