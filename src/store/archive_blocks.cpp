#include "store/archive_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace stet {

namespace {

constexpr std::uint64_t kRawCodec = 0x55;
constexpr std::uint64_t kHashSha256 = 0x12;
constexpr std::uint64_t kTellBytes = 1u << 20;

// The root that a version's record names, whatever else it holds; nothing where it lacks a field
// that every version has, and so is no version.
std::optional<Cid> root_of_record(BytesView bytes) {
  const auto record = dag_cbor::decode(bytes);
  if (!record.ok() || !record->is_map()) return std::nullopt;
  const auto is = [&](std::string_view key, Kind kind) {
    const auto field = record->member(key);
    return field && field->kind() == kind;
  };
  const bool whole =
      is("kind", Kind::integer) && is("root", Kind::link) && is("bytes", Kind::integer) &&
      is("nonce", Kind::bytes) && is("author", Kind::text) && is("message", Kind::text) &&
      is("parents", Kind::list) && is("time_ms", Kind::integer) && is("generation", Kind::integer);
  return whole ? record->member("root")->to_link() : std::nullopt;
}

}  // namespace

ArchiveBlocks::Entry ArchiveBlocks::entry_of(const Cid& cid, const car::Place& place) {
  Entry entry{};
  const BytesView digest = cid.digest();
  std::copy_n(digest.begin(), std::min(digest.size(), kIdBytes), entry.digest.bytes.begin());
  entry.raw = cid.codec() == kRawCodec;
  entry.offset = place.offset & ((std::uint64_t{1} << 62) - 1);
  entry.length = place.length;
  return entry;
}

Result<ArchiveBlocks> ArchiveBlocks::open(car::Source& archive, const DecodeLimits& limits,
                                          const ProgressCallback& progress) {
  ArchiveBlocks blocks(archive);
  std::uint64_t told = 0;
  const auto keep = [&](const Cid& cid, BytesView, const car::Place& place) -> Result<void> {
    blocks.entries_.push_back(entry_of(cid, place));
    if (place.offset < told) return {};
    told = place.offset + kTellBytes;
    if (report(progress, {"read", place.offset, archive.size_bytes(), "bytes"})) return {};
    return Error(ErrorCode::cancelled, "the import was stopped; nothing was imported");
  };
  STET_TRY(blocks.roots_, car::scan(archive, keep, limits));
  std::vector<Entry>& entries = blocks.entries_;
  std::stable_sort(entries.begin(), entries.end());
  const auto same = [](const Entry& a, const Entry& b) { return !(a < b) && !(b < a); };
  entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
  entries.shrink_to_fit();
  return blocks;
}

const ArchiveBlocks::Entry* ArchiveBlocks::entry(const Cid& cid) const {
  if (cid.version() != 1 || cid.hash_code() != kHashSha256 || cid.digest().size() != kIdBytes) {
    return nullptr;
  }
  if (cid.codec() != kRawCodec && !cid.to_id()) return nullptr;
  const Entry wanted = entry_of(cid, {});
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), wanted);
  return found == entries_.end() || wanted < *found ? nullptr : &*found;
}

Result<Bytes> ArchiveBlocks::read(const Entry& entry) const {
  Bytes bytes(static_cast<std::size_t>(entry.length));
  STET_CHECK(archive_->read(entry.offset, bytes));
  return bytes;
}

Result<std::optional<Bytes>> ArchiveBlocks::peek(const Cid& cid) const {
  const Entry* const found = entry(cid);
  if (!found) return std::optional<Bytes>();
  STET_TRY(Bytes bytes, read(*found));
  return std::optional(std::move(bytes));
}

void ArchiveBlocks::use(const Entry& entry) {
  Entry& ours = entries_[static_cast<std::size_t>(&entry - entries_.data())];
  if (!ours.used) ++used_;
  ours.used = 1;
}

Result<std::optional<Bytes>> ArchiveBlocks::find(const Cid& cid) {
  if (const Entry* const found = entry(cid)) use(*found);
  return peek(cid);
}

Result<Bytes> ArchiveBlocks::require(const Cid& cid) {
  STET_TRY(auto bytes, find(cid));
  if (bytes) return *std::move(bytes);
  return Error(ErrorCode::invalid,
               fmt::format("the archive is not whole: it lacks the block {}", cid.to_string()));
}

Result<std::optional<ArchiveIndex>> ArchiveBlocks::index() {
  if (roots_.empty()) return std::optional<ArchiveIndex>();
  STET_TRY(const auto block, peek(roots_.front()));
  if (!block) return std::optional<ArchiveIndex>();
  STET_TRY(auto index, decode_index(*block));
  if (index) use(*entry(roots_.front()));
  return index;
}

Result<bool> ArchiveBlocks::is_version(const Cid& cid) {
  if (!cid.to_id()) return false;
  STET_TRY(const auto block, peek(cid));
  if (!block) return false;
  const auto version = decode_version(*block);
  if (version.ok()) return contains(Cid::of(version->root.id));
  if (version.error().code() != ErrorCode::newer_format) return false;
  const std::optional<Cid> root = root_of_record(*block);
  if (!root || !contains(*root)) return false;
  return Error(ErrorCode::newer_format,
               fmt::format("block {}: {}", cid.to_string(), version.error().message()));
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
      const bool there = contains(Cid::of(parent));
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
    STET_TRY(Bytes bytes, require(Cid::of(id)));
    chunks.emplace_back(std::move(bytes));
  }
  return chunks;
}

VersionSource ArchiveBlocks::versions() {
  return [this](const Id& id) -> Result<Version> {
    STET_TRY(const auto bytes, find(Cid::of(id)));
    if (bytes) return decode_version(*bytes);
    return Error(ErrorCode::not_found,
                 fmt::format("version {} is not in the archive", id.short_form()));
  };
}

}  // namespace stet
