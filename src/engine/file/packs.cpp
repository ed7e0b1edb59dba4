#include "engine/file/packs.hpp"

#include <algorithm>

namespace stet::file {

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
  STET_TRY(auto pack, read(offset));
  const std::lock_guard lock(mutex_);
  if (kept_.size() == kKept) kept_.erase(kept_.begin());
  kept_.push_back(pack);
  return pack;
}

Result<std::shared_ptr<const OpenPack>> Packs::read(std::uint64_t offset) const {
  if (!packer_) return no_packer(file_->path(), offset);
  std::array<std::uint8_t, kFrameHeaderBytes + kPackFixedBytes> fixed;
  STET_CHECK(file_->read_exactly(offset, fixed));
  const FrameHeader header = load_frame_header(fixed.data());
  if (header.kind != static_cast<std::uint8_t>(FrameKind::pack) || !header.plain ||
      header.length < kPackFixedBytes || header.length - kPackFixedBytes > kChunkBytesMax) {
    return corrupt_at(file_->path(), offset,
                      "a pack of older versions is not where the store has put it: restore the "
                      "file from a copy");
  }
  if (load_number<std::uint32_t>(fixed.data() + kFrameHeaderBytes + sizeof(Epoch)) != 0) {
    return Error(ErrorCode::newer_format,
                 "a pack of older versions needs chunks outside of it, which this program does not "
                 "know: use a newer Stet")
        .at_path(file_->path())
        .at_offset(offset);
  }
  auto pack = std::make_shared<OpenPack>();
  pack->offset = offset;
  pack->mark = load_number<Epoch>(fixed.data() + kFrameHeaderBytes);
  pack->length = header.length - static_cast<std::uint32_t>(kPackFixedBytes);
  STET_TRY(const Bytes packed, read_packed(*pack));
  auto records = packer_->open(packed);
  if (!records.ok()) return corrupt_at(file_->path(), offset, records.error().message());
  pack->records = *std::move(records);
  const auto ids = pack->records->ids();
  pack->numbers.reserve(ids.size());
  for (std::uint32_t i = 0; i < ids.size(); ++i) pack->numbers.emplace(ids[i], i);
  return std::shared_ptr<const OpenPack>(std::move(pack));
}

Result<Bytes> Packs::read_packed(const OpenPack& pack) const {
  Bytes packed(pack.length);
  STET_CHECK(file_->read_exactly(pack.offset + kFrameHeaderBytes + kPackFixedBytes, packed));
  return packed;
}

}  // namespace stet::file
