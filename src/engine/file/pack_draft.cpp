#include "engine/file/pack_draft.hpp"

#include <algorithm>
#include <iterator>

namespace stet::file {

bool PackDraft::take(const ChunkView& record) {
  if (!packer_ || has_start_of(record.id)) return false;
  const auto size = packer_->size_in_pack(record);
  if (!size) return false;
  numbers_.emplace(start_of(record.id), ids_.size());
  ids_.push_back(record.id);
  records_.emplace_back(record.bytes.begin(), record.bytes.end());
  bytes_ += *size;
  return true;
}

std::vector<IdStart> PackDraft::starts() const {
  std::vector<IdStart> starts;
  std::ranges::transform(ids_, std::back_inserter(starts), start_of);
  return starts;
}

Result<Bytes> PackDraft::pack() const {
  std::vector<ChunkView> records;
  records.reserve(ids_.size());
  for (std::size_t i = 0; i < ids_.size(); ++i) records.push_back({ids_[i], records_[i]});
  return packer_->pack(records, base_records_);
}

void PackDraft::lean_on(std::uint64_t offset, const Id& id, Bytes record) {
  if (leans_on(offset) || bases_.size() == kPackBasesMax) return;
  const auto size = packer_->size_in_pack({id, record});
  if (!size || base_bytes_ + *size > kPackBasesBytesMax) return;
  base_numbers_.emplace(offset, bases_.size());
  bases_.push_back(offset);
  base_bytes_ += *size;
  base_records_.push_back(std::move(record));
}

void PackDraft::clear() {
  ids_.clear();
  records_.clear();
  numbers_.clear();
  bytes_ = 0;
  bases_.clear();
  base_records_.clear();
  base_numbers_.clear();
  base_bytes_ = 0;
}

}  // namespace stet::file
