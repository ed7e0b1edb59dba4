// CAR: content-addressable archives (IPLD CARv1; CARv2 is read by its inner v1).
#pragma once

#include <cstdint>
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

// Where an archive is read from that is not in memory as a whole.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::uint64_t size_bytes() const = 0;
  // Fills `out`, which lies within the size. Errors: the source's own.
  virtual Result<void> read(std::uint64_t offset, MutableBytes out) = 0;
};

// Borrows the bytes.
class MemorySource final : public Source {
 public:
  explicit MemorySource(BytesView bytes) : bytes_(bytes) {}
  std::uint64_t size_bytes() const override { return bytes_.size(); }
  Result<void> read(std::uint64_t offset, MutableBytes out) override;

 private:
  BytesView bytes_;
};

struct Place {  // of a block's bytes in its source
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// Gets each block in the archive's order; its bytes end with the call. An error ends the reading.
using EachBlock = std::function<Result<void>(const Cid& cid, BytesView bytes, const Place& place)>;

// As read, with no more in memory than the largest block or a megabyte. The roots.
Result<std::vector<Cid>> scan(Source& source, const EachBlock& each,
                              const DecodeLimits& limits = {});

// Appends a v1 header, then sections. A root may repeat a block's id.
void append_header(std::span<const Cid> roots, Bytes& out);
void append_block(const Cid& cid, BytesView bytes, Bytes& out);

}  // namespace stet::car
