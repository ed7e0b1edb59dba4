// The record that stands for a chunk: one byte of encoding, then what the encoding needs.
//
//   0 plain:  the chunk's bytes
//   1 zstd:   u32 length of the chunk, a zstd frame (RFC 8878)
//   2 delta:  reserved: the base's id, u32 length of the chunk, the difference
#pragma once

#include "stet/seam.hpp"

namespace stet::layer {

enum class Encoding : std::uint8_t { plain = 0, zstd = 1, delta = 2 };  // stored; never renumber

void append_plain_record(Bytes& to, BytesView chunk);
// Plain where compression does not make it smaller.
void append_compressed_record(Bytes& to, BytesView chunk, int zstd_level);
// The chunk's bytes; `record` is used up. Errors: corrupt, newer_format, naming `id`.
Result<Bytes> unpack_record(const Id& id, Bytes record);

}  // namespace stet::layer
