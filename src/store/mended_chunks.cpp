#include "store/mended_chunks.hpp"

#include <fmt/format.h>

namespace stet {

std::optional<Bytes> RepairSources::fetch(const Id& id) {
  const auto before = given_by_.find(id);
  if (before != given_by_.end() && !before->second) return std::nullopt;
  for (std::size_t i = 0; i < cores_.size(); ++i) {
    // A source that can't be read, or is damaged itself, is as good as one that lacks it.
    auto found = cores_[i]->backend().get(std::span(&id, 1));
    if (!found.ok() || !found->front()) continue;
    if (id_of(*found->front()) != id) {
      if (before == given_by_.end()) ++refused_[i];
      continue;
    }
    given_by_[id] = i;
    return std::move(found->front());
  }
  given_by_[id] = std::nullopt;
  return std::nullopt;
}

Result<Bytes> RepairSources::again(const Id& id) {
  auto bytes = fetch(id);
  if (bytes) return *std::move(bytes);
  return Error(ErrorCode::unavailable,
               fmt::format("chunk {} was there a moment ago, and no source gives it any more; "
                           "nothing was mended: try again",
                           id.short_form()));
}

std::vector<std::uint64_t> RepairSources::counts(std::span<const Id> ids) const {
  std::vector<std::uint64_t> counts(cores_.size());
  for (const Id& id : ids) {
    const auto given = given_by_.find(id);
    if (given != given_by_.end() && given->second) ++counts[*given->second];
  }
  return counts;
}

void MendedChunks::begin() {
  mended_.clear();
  known_.clear();
}

Result<std::vector<std::optional<Bytes>>> MendedChunks::get(std::span<const Id> ids) {
  std::vector<std::optional<Bytes>> chunks;
  auto read = backend_.get(ids);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (read.ok() && (*read)[i] && id_of(*(*read)[i]) == ids[i]) {
      chunks.push_back(std::move((*read)[i]));
      continue;
    }
    STET_TRY(Bytes bytes, get_one(ids[i]));
    chunks.emplace_back(std::move(bytes));
  }
  return chunks;
}

// Alone, so that one that is damaged hides no other.
Result<Bytes> MendedChunks::get_one(const Id& id) {
  auto read = backend_.get(std::span(&id, 1));
  if (!read.ok()) {
    const ErrorCode code = read.error().code();
    if (code != ErrorCode::corrupt && code != ErrorCode::newer_format) return read.error();
    return mend(id, read.error());
  }
  if (!read->front()) {
    return mend(id, {ErrorCode::corrupt,
                     fmt::format("chunk {} is missing from the store", id.short_form())});
  }
  if (id_of(*read->front()) == id) return *std::move(read->front());
  return mend(id,
              {ErrorCode::corrupt, fmt::format("chunk {} does not match its id", id.short_form())});
}

Result<Bytes> MendedChunks::mend(const Id& id, const Error& damage) {
  auto bytes = sources_.fetch(id);
  if (!bytes) return damage;
  if (known_.insert(id).second) mended_.push_back(id);
  return *std::move(bytes);
}

VersionSource MendedChunks::versions() {
  return [this](const Id& id) -> Result<Version> {
    auto bytes = get_one(id);
    if (!bytes.ok()) return bytes.error().at_version(id.short_form());
    auto version = decode_version(*bytes);
    if (!version.ok()) return version.error().at_version(id.short_form());
    return version;
  };
}

}  // namespace stet
