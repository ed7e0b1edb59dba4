#include "engine/file/packs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet::file {

namespace {
constexpr std::size_t kBaseReadBytes = 4096;
// What they unpack to, the packer bounds; a record may be longer than that by what its encoding
// takes.
constexpr std::size_t kBaseRecordsBytesMax = 2 * kPackBasesBytesMax;
}  // namespace

Error no_packer(const std::string& path, std::uint64_t offset) {
  return Error(ErrorCode::newer_format,
               "the store holds packs or deltas, and no packer was given: open it with one")
      .at_path(path)
      .at_offset(offset);
}

std::shared_ptr<const OpenPack> Packs::find_kept(std::uint64_t offset) const {
  const std::lock_guard lock(mutex_);
  const auto kept = std::ranges::find(kept_, offset, [](const auto& pack) { return pack->offset; });
  if (kept == kept_.end()) return nullptr;
  std::rotate(kept, kept + 1, kept_.end());
  return kept_.back();
}

Result<std::shared_ptr<const OpenPack>> Packs::open(std::uint64_t offset) const {
  if (auto kept = find_kept(offset)) return kept;
  STET_TRY(auto pack, open_with(offset, [](const Id&) { return std::optional<Bytes>(); }));
  const std::lock_guard lock(mutex_);
  if (kept_.size() == kKept) kept_.erase(kept_.begin());
  kept_.push_back(pack);
  return pack;
}

Result<std::shared_ptr<const OpenPack>> Packs::open_with(std::uint64_t offset,
                                                         const Mended& mended) const {
  if (!packer_) return no_packer(file_->path(), offset);
  auto pack = std::make_shared<OpenPack>();
  pack->offset = offset;
  STET_TRY(const std::uint32_t bases, read_head(*pack));
  STET_TRY(const auto base_records, read_bases(*pack, bases, mended));
  STET_TRY(const Bytes packed, read_packed(*pack));
  auto records = packer_->open(packed, base_records);
  if (!records.ok()) return corrupt_at(file_->path(), offset, records.error().message());
  pack->records = *std::move(records);
  const auto ids = pack->records->ids();
  pack->numbers.reserve(ids.size());
  for (std::uint32_t i = 0; i < ids.size(); ++i) pack->numbers.emplace(ids[i], i);
  return std::shared_ptr<const OpenPack>(std::move(pack));
}

Result<std::optional<OpenPack>> Packs::without_its_bases(std::uint64_t offset) const {
  if (!packer_) return no_packer(file_->path(), offset);
  OpenPack pack;
  pack.offset = offset;
  STET_TRY(const std::uint32_t bases, read_head(pack));
  STET_TRY(const auto records,
           read_bases(pack, bases, [](const Id&) { return std::optional<Bytes>(); }));
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!packer_->size_in_pack({pack.bases[i], records[i]})) return std::optional(std::move(pack));
  }
  return std::optional<OpenPack>();
}

Result<std::uint32_t> Packs::read_head(OpenPack& pack) const {
  std::array<std::uint8_t, kFrameHeaderBytes + kPackFixedBytes> fixed;
  STET_CHECK(file_->read_exactly(pack.offset, fixed));
  const FrameHeader header = load_frame_header(fixed.data());
  if (header.kind != static_cast<std::uint8_t>(FrameKind::pack) || !header.plain ||
      header.length < kPackFixedBytes || header.length - kPackFixedBytes > kChunkBytesMax) {
    return corrupt_at(file_->path(), pack.offset,
                      "a pack of older versions is not where the store has put it: restore the "
                      "file from a copy");
  }
  pack.mark = load_number<Epoch>(fixed.data() + kFrameHeaderBytes);
  const auto bases = load_number<std::uint32_t>(fixed.data() + kFrameHeaderBytes + sizeof(Epoch));
  const std::uint64_t head_bytes = kPackFixedBytes + std::uint64_t{bases} * kPackBaseBytes;
  if (bases > kPackBasesMax || head_bytes > header.length) {
    return corrupt_at(file_->path(), pack.offset,
                      "a pack of older versions names too many others: restore the file from a "
                      "copy");
  }
  pack.packed_offset = pack.offset + kFrameHeaderBytes + head_bytes;
  pack.packed_bytes = header.length - static_cast<std::uint32_t>(head_bytes);
  return bases;
}

Result<Bytes> Packs::read_packed(const OpenPack& pack) const {
  Bytes packed(pack.packed_bytes);
  STET_CHECK(file_->read_exactly(pack.packed_offset, packed));
  return packed;
}

Error Packs::base_is_missing(const OpenPack& pack, std::uint64_t offset) const {
  return corrupt_at(
      file_->path(), pack.offset,
      fmt::format("a pack of older versions needs a chunk at offset {}, where there is none: "
                  "restore the file from a copy",
                  offset));
}

Result<std::vector<Bytes>> Packs::read_bases(OpenPack& pack, std::uint32_t count,
                                             const Mended& mended) const {
  Bytes offsets(count * kPackBaseBytes);
  STET_CHECK(file_->read_exactly(pack.offset + kFrameHeaderBytes + kPackFixedBytes, offsets));
  std::vector<Bytes> records;
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t at = load_offset(BytesView(offsets).subspan(i * kPackBaseBytes));
    STET_TRY(Bytes record, read_base(pack, at, mended));
    bytes += record.size();
    if (bytes > kBaseRecordsBytesMax) return base_is_missing(pack, at);
    records.push_back(std::move(record));
  }
  return records;
}

Result<Bytes> Packs::read_base(OpenPack& pack, std::uint64_t offset, const Mended& mended) const {
  Bytes frame(kBaseReadBytes);  // mostly all of it
  STET_TRY(const std::size_t have, file_->read_up_to(offset, frame));
  if (have < kChunkFrameFixedBytes) return base_is_missing(pack, offset);
  const FrameHeader header = load_frame_header(frame.data());
  if (header.kind != static_cast<std::uint8_t>(FrameKind::chunk) || !header.plain ||
      header.length < kChunkFixedBytes || header.length - kChunkFixedBytes > kPackBasesBytesMax) {
    return base_is_missing(pack, offset);
  }
  Id id;
  std::copy_n(frame.begin() + kFrameHeaderBytes, kIdBytes, id.bytes.begin());
  pack.bases.push_back(id);
  STET_TRY(auto instead, mended(id));
  if (instead) return *std::move(instead);
  const std::size_t frame_bytes = kFrameHeaderBytes + header.length;
  frame.resize(frame_bytes);
  if (frame_bytes > have) {
    STET_CHECK(file_->read_exactly(offset + have, MutableBytes(frame).subspan(have)));
  }
  frame.erase(frame.begin(), frame.begin() + kChunkFrameFixedBytes);
  return frame;
}

}  // namespace stet::file
