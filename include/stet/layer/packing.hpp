// Packing: what is stored for a chunk is a record, {encoding, base?, payload}, so that a store may
// keep chunks plain, compressed or as what differs from a base, and a reader need not know which.
// Bytes: docs/format.md, "Records". Refs pass through untouched.
//
// Durability and thread rule: those of the backend below.
#pragma once

#include <memory>
#include <optional>

#include "stet/seam.hpp"

namespace stet {

inline constexpr std::size_t kRecordPlainFixedBytes = 1;
// What a chunk may measure above a packing layer.
inline constexpr std::size_t kPackedChunkBytesMax = kChunkBytesMax - kRecordPlainFixedBytes;

struct PackingOptions {
  // Compress what is put with this level of zstd, where that makes it smaller. Absent on the path
  // of a commit: there it costs more time than it saves.
  std::optional<int> zstd_level;
};

// Errors of get beside those of `below`: corrupt for a record that is damaged, newer_format for an
// encoding that is not known here; both name the chunk. Whatever a record claims, reading it takes
// no more memory than the record and kChunkBytesMax.
std::shared_ptr<Backend> packing_layer(std::shared_ptr<Backend> below, PackingOptions options = {});

// For engines below a packing layer: packs of this layer's records. Bytes: docs/format.md, "Packs".
std::shared_ptr<const RecordPacker> record_packer();

}  // namespace stet
