// The bytes of a pack: chunks of older versions, in one frame of zstd. Neighbours in a history
// resemble each other but for the ids in them, which don't compress: an id of a chunk that comes
// earlier in the same pack is left out, since it follows from that chunk's content.
//
// Source: docs/format.md, "Records"; RFC 8878.
#pragma once

#include <functional>
#include <memory>

#include "stet/seam.hpp"

namespace stet::layer {

struct IdentifiedChunk {
  Id id;
  Bytes bytes;
};

// `prefix`: content that precedes the pack's own (a raw content dictionary, RFC 8878): what is
// packed opens only with the same. Errors: too_large, internal.
Result<Bytes> write_pack(std::vector<IdentifiedChunk> chunks, BytesView prefix);
// Errors: corrupt. Takes no more memory than `packed`, the prefix and twice kChunkBytesMax.
Result<std::shared_ptr<const RecordPack>> read_pack(BytesView packed, BytesView prefix);

// Calls `see` with each id that stands in a chunk as a link, and its offset.
void for_each_link(BytesView chunk, const std::function<void(const Id&, std::size_t)>& see);

}  // namespace stet::layer
