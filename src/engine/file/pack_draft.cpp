#include "engine/file/pack_draft.hpp"

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

Result<Bytes> PackDraft::pack() const {
  std::vector<ChunkView> records;
  records.reserve(ids_.size());
  for (std::size_t i = 0; i < ids_.size(); ++i) records.push_back({ids_[i], records_[i]});
  return packer_->pack(records);
}

void PackDraft::clear() {
  ids_.clear();
  records_.clear();
  numbers_.clear();
  bytes_ = 0;
}

}  // namespace stet::file
