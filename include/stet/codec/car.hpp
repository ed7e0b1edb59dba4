// CAR: content-addressable archives (IPLD CARv1; CARv2 is read by its inner v1).
#pragma once

#include <functional>
#include <vector>

#include "stet/codec/limits.hpp"
#include "stet/value.hpp"

namespace stet::car {

struct Block {  // "block" is IPLD's word for what an archive holds
  Cid cid;
  BytesView bytes;  // into the archive
};

struct Archive {
  std::vector<Cid> roots;
  std::vector<Block> blocks;  // in the archive's order
};

// The whole archive is read and checked: every block must match its CID. The archive's bytes must
// outlive the result. Errors: invalid with the offset; codecs other than dag-cbor (0x71) and raw
// (0x55) and hashes other than sha2-256 are refused by name.
Result<Archive> read(BytesView archive, const DecodeLimits& limits = {});

// Appends a v1 header, then sections. A root may repeat a block's id.
void append_header(std::span<const Cid> roots, Bytes& out);
void append_block(const Cid& cid, BytesView bytes, Bytes& out);

}  // namespace stet::car
