// The record that stands for a chunk: one byte of encoding, then what the encoding needs.
//
//   0 plain:  the chunk's bytes
//   1 zstd:   u32 length of the chunk, a zstd frame (RFC 8878)
//   2 delta:  u8 depth, the base's id, u32 length of the chunk, the difference (difference.hpp).
//             The depth is 1, or one more than that of the base's record where that is a delta
#pragma once

#include <optional>

#include "stet/seam.hpp"

namespace stet::layer {

enum class Encoding : std::uint8_t { plain = 0, zstd = 1, delta = 2 };  // stored; never renumber

void append_plain_record(Bytes& to, BytesView chunk);
// Plain where compression does not make it smaller.
void append_compressed_record(Bytes& to, BytesView chunk, int zstd_level);
// Deltas are made up to this depth, so that reading a chunk takes few others.
inline constexpr unsigned kDeltaDepthMax = 4;
void append_delta_record(Bytes& to, unsigned depth, const ChunkView& base, BytesView chunk);

struct DeltaHead {
  Id base;
  unsigned depth = 0;
};
// Nothing where it isn't a delta, or cut off.
std::optional<DeltaHead> delta_head(BytesView record);

// What a record says that it unpacks to, in bytes; 0 where it is none or cut off.
std::size_t unpacked_size(BytesView record) noexcept;

// The chunk's bytes; `record` is used up. Errors: corrupt, newer_format, naming `id`; internal for
// a delta.
Result<Bytes> unpack_record(const Id& id, Bytes record);
// The same of a delta, given its base's bytes.
Result<Bytes> unpack_delta(const Id& id, BytesView record, BytesView base);

}  // namespace stet::layer
