// The blocks of an archive by CID, and which of them were used. Only where they are is kept in
// memory, 48 bytes each; their bytes are read when they are asked for.
//
// Thread rule: one thread. Borrows the archive's source.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "stet/codec.hpp"
#include "stet/history.hpp"
#include "store/archive_index.hpp"

namespace stet {

class ArchiveBlocks final : public tree::ChunkSource {
 public:
  // Every block is checked against its CID. Errors: as car::scan, cancelled.
  static Result<ArchiveBlocks> open(car::Source& archive, const DecodeLimits& limits,
                                    const ProgressCallback& progress);

  const std::vector<Cid>& roots() const noexcept { return roots_; }
  bool contains(const Cid& cid) const { return entry(cid) != nullptr; }
  // A block counts as used once it was asked for here. Nothing where the archive lacks it.
  Result<std::optional<Bytes>> find(const Cid& cid);
  Result<Bytes> require(const Cid& cid);  // errors: invalid, where the archive lacks it

  // What Stet wrote as the first root. Errors: as decode_index.
  Result<std::optional<ArchiveIndex>> index();
  // Whether the block is a version's record whose tree is in the archive too. Errors: newer_format.
  Result<bool> is_version(const Cid& cid);
  // Where a history ends whose older versions are not in the archive.
  Result<Boundary> boundary_below(const Id& head);

  // Chunks and versions. Absent ones are invalid here: the archive isn't whole.
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override;
  VersionSource versions();

  std::uint64_t unused() const noexcept { return entries_.size() - used_; }

 private:
  // All are of SHA-256 and of one of two codecs, or the archive is refused.
  struct Entry {
    Id digest;
    std::uint64_t offset : 62;
    std::uint64_t raw : 1;
    std::uint64_t used : 1;
    std::uint64_t length;
    bool operator<(const Entry& other) const {
      return digest != other.digest ? digest < other.digest : raw < other.raw;
    }
  };

  explicit ArchiveBlocks(car::Source& archive) : archive_(&archive) {}
  static Entry entry_of(const Cid& cid, const car::Place& place);
  const Entry* entry(const Cid& cid) const;
  Result<Bytes> read(const Entry& entry) const;
  Result<std::optional<Bytes>> peek(const Cid& cid) const;
  void use(const Entry& entry);

  car::Source* archive_;
  std::vector<Cid> roots_;
  std::vector<Entry> entries_;  // ascending
  std::uint64_t used_ = 0;
};

}  // namespace stet
