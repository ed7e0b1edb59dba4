#include "store/archive_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet {

Result<ArchiveBlocks> ArchiveBlocks::open(BytesView archive) {
  STET_TRY(car::Archive read, car::read(archive));
  ArchiveBlocks blocks;
  blocks.roots_ = std::move(read.roots);
  for (car::Block& block : read.blocks) blocks.blocks_.emplace(std::move(block.cid), block.bytes);
  return blocks;
}

std::optional<BytesView> ArchiveBlocks::find(const Cid& cid) {
  const auto block = blocks_.find(cid);
  if (block == blocks_.end()) return std::nullopt;
  used_.insert(cid);
  return block->second;
}

Result<BytesView> ArchiveBlocks::require(const Cid& cid) {
  if (const auto bytes = find(cid)) return *bytes;
  return Error(ErrorCode::invalid,
               fmt::format("the archive is not whole: it lacks the block {}", cid.to_string()));
}

Result<std::optional<ArchiveIndex>> ArchiveBlocks::index() {
  if (roots_.empty()) return std::optional<ArchiveIndex>();
  const auto block = blocks_.find(roots_.front());
  if (block == blocks_.end()) return std::optional<ArchiveIndex>();
  STET_TRY(auto index, decode_index(block->second));
  if (index) used_.insert(roots_.front());
  return index;
}

Result<bool> ArchiveBlocks::is_version(const Cid& cid) {
  const auto block = blocks_.find(cid);
  if (block == blocks_.end() || !cid.to_id()) return false;
  const auto version = decode_version(block->second);
  if (version.ok()) return blocks_.contains(Cid::of(version->root.id));
  if (version.error().code() == ErrorCode::corrupt) return false;
  return false;
}

Result<Boundary> ArchiveBlocks::boundary_below(const Id& head) {
  Boundary boundary;
  std::vector<Id> open = {head};
  std::set<Id> seen = {head};
  const VersionSource source = versions();
  bool first = true;
  while (!open.empty()) {
    const Id id = open.back();
    open.pop_back();
    STET_TRY(const Version version, source(id));
    boundary.generation =
        first ? version.generation : std::min(boundary.generation, version.generation);
    first = false;
    bool cut = false;
    for (const Id& parent : version.parents) {
      const bool there = blocks_.contains(Cid::of(parent));
      cut = cut || !there;
      if (there && seen.insert(parent).second) open.push_back(parent);
    }
    if (cut) boundary.shallow.push_back(id);
  }
  std::sort(boundary.shallow.begin(), boundary.shallow.end());
  return boundary;
}

Result<std::vector<std::optional<Bytes>>> ArchiveBlocks::get(std::span<const Id> ids) {
  std::vector<std::optional<Bytes>> chunks;
  chunks.reserve(ids.size());
  for (const Id& id : ids) {
    STET_TRY(const BytesView bytes, require(Cid::of(id)));
    chunks.emplace_back(Bytes(bytes.begin(), bytes.end()));
  }
  return chunks;
}

VersionSource ArchiveBlocks::versions() {
  return [this](const Id& id) -> Result<Version> {
    const auto bytes = find(Cid::of(id));
    if (bytes) return decode_version(*bytes);
    return Error(ErrorCode::not_found,
                 fmt::format("version {} is not in the archive", id.short_form()));
  };
}

}  // namespace stet
