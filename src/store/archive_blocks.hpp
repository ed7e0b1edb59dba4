// The blocks of an archive by CID, and which of them were used.
//
// Thread rule: one thread. Borrows the archive's bytes.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "stet/codec.hpp"
#include "stet/history.hpp"
#include "store/archive_index.hpp"

namespace stet {

class ArchiveBlocks final : public tree::ChunkSource {
 public:
  // Every block is checked against its CID. Errors: as car::read.
  static Result<ArchiveBlocks> open(BytesView archive);

  const std::vector<Cid>& roots() const noexcept { return roots_; }
  // A block counts as used once it was asked for here.
  std::optional<BytesView> find(const Cid& cid);
  Result<BytesView> require(const Cid& cid);  // errors: invalid, where the archive lacks it

  // What Stet wrote as the first root. Errors: as decode_index.
  Result<std::optional<ArchiveIndex>> index();
  // Whether the block is a version's record whose tree is in the archive too.
  Result<bool> is_version(const Cid& cid);
  // Where a history ends whose older versions are not in the archive.
  Result<Boundary> boundary_below(const Id& head);

  // Chunks and versions. Absent ones are invalid here: the archive isn't whole.
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override;
  VersionSource versions();

  std::uint64_t unused() const noexcept { return blocks_.size() - used_.size(); }

 private:
  std::vector<Cid> roots_;
  std::map<Cid, BytesView> blocks_;
  std::set<Cid> used_;
};

}  // namespace stet
