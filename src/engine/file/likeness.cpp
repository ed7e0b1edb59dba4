#include "engine/file/likeness.hpp"

#include <algorithm>

namespace stet::file {

namespace {
constexpr unsigned kSuccessorsMax = 64;  // writers make chains of five or so
}  // namespace

void Likeness::add_delta(const ChunkView& record) {
  if (packer_ == nullptr) return;
  if (const auto base = packer_->base_of(record.bytes)) {
    successors_.insert_or_assign(*base, record.id);
  }
}

void Likeness::add_single(const ChunkView& record) {
  if (packer_ == nullptr) return;
  const std::vector<Id> named = packer_->named_by(record.bytes);
  if (named.empty()) return;
  for (const Id& id : named) {
    namers_.insert_or_assign(start_of(id), static_cast<std::uint32_t>(singles_.size()));
  }
  singles_.push_back(record.id);
}

std::optional<Id> Likeness::find_successor(const Id& id) const {
  auto next = successors_.find(id);
  for (unsigned steps = 0; steps < kSuccessorsMax && next != successors_.end(); ++steps) {
    const Id& successor = next->second;
    if (live_.contains(successor) && !live_.is_history(successor)) return successor;
    next = successors_.find(successor);
  }
  return std::nullopt;
}

std::vector<Id> Likeness::of(const ChunkView& record) const {
  std::vector<Id> found;
  if (packer_ == nullptr) return found;
  if (const auto successor = find_successor(record.id)) found.push_back(*successor);
  for (const Id& id : packer_->named_by(record.bytes)) {
    const auto namer = namers_.find(start_of(id));
    if (namer == namers_.end()) continue;
    const Id& single = singles_[namer->second];
    if (std::ranges::find(found, single) == found.end()) found.push_back(single);
  }
  return found;
}

}  // namespace stet::file
