// Packs in a compaction: those of the old log, whole or one by one, and those that are made.
#include <algorithm>
#include <iterator>

#include "engine/file/compaction.hpp"

namespace stet::file {

Result<void> Compaction::lean_on(const Id& single) {
  STET_TRY(const auto place, to_.find(single));
  if (!place || draft_.leans_on(place->offset) || !draft_.has_room_for_bases()) return {};
  STET_TRY(Bytes record, to_.read_chunk(single, *place));
  draft_.lean_on(place->offset, single, std::move(record));
  return {};
}

Result<std::optional<std::vector<std::uint64_t>>> Compaction::places_of_bases(
    const OpenPack& pack) const {
  std::vector<std::uint64_t> offsets;
  for (const Id& id : pack.bases) {
    STET_TRY(const auto place, to_.find(id));
    if (!place) return std::optional<std::vector<std::uint64_t>>();
    offsets.push_back(place->offset);
  }
  return std::optional(std::move(offsets));
}

Result<void> Compaction::copy(const PackEntry& entry) {
  const auto opened = open_pack(entry.offset);
  if (!opened.ok() && mended_ != nullptr) {
    STET_TRY(const bool copied, copy_unopened(entry));
    packs_left_ += !copied;
    if (copied) return {};
  }
  STET_TRY(const auto pack, opened);
  STET_TRY(const bool whole, may_stay_whole(*pack));
  STET_TRY(const auto bases, places_of_bases(*pack));
  if (!whole || !bases) return copy_one_by_one(*pack);
  const auto ids = pack->records->ids();
  std::vector<IdStart> starts;
  std::ranges::transform(ids, std::back_inserter(starts), start_of);
  STET_TRY(const Bytes packed, from_.packs().read_packed(*pack));
  batch_.add_pack(packed, starts, *bases, std::max(pack->mark, epoch_));
  kept_ += ids.size();
  return flush();
}

// Both can be read again once the base is mended.
Result<bool> Compaction::copy_unopened(const PackEntry& entry) {
  const auto pack = from_.packs().without_its_bases(entry.offset);
  if (!pack.ok() || !*pack) return false;
  STET_TRY(const auto bases, places_of_bases(**pack));
  STET_TRY(const auto starts, from_.starts_in_pack(entry.offset));
  if (!bases || starts.empty()) return false;
  STET_TRY(const Bytes packed, from_.packs().read_packed(**pack));
  batch_.add_pack(packed, starts, *bases, std::max((*pack)->mark, epoch_));
  kept_ += starts.size();
  STET_CHECK(flush());
  return true;
}

// A base that is history by now, and so in a pack itself, has a successor that stays.
Result<void> Compaction::copy_one_by_one(const OpenPack& pack) {
  for (const Id& base : pack.bases) {
    STET_TRY(const auto place, to_.find(base));
    const auto single = place ? base : likeness_.find_successor(base);
    if (single) STET_CHECK(lean_on(*single));
  }
  const auto ids = pack.records->ids();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!stays(ids[i], pack.mark)) {
      dropped_.push_back(ids[i]);
      continue;
    }
    STET_TRY(const Copied copied, is_copied(ids[i]));
    if (copied == Copied::yes) continue;
    const Bytes record = pack.records->record(i);
    STET_CHECK(keep({ids[i], record}, pack.mark, copied));
  }
  return {};
}

// With what is mended in the place of its bases.
Result<std::shared_ptr<const OpenPack>> Compaction::open_pack(std::uint64_t offset) const {
  auto pack = from_.packs().open(offset);
  if (pack.ok() || mended_ == nullptr) return pack;
  return from_.packs().open_with(offset, [this](const Id& id) -> Result<std::optional<Bytes>> {
    if (!is_mended(id)) return std::optional<Bytes>();
    STET_TRY(Bytes record, bytes_to_mend(mended_->mending, id));
    return std::optional(std::move(record));
  });
}

Result<bool> Compaction::may_stay_whole(const OpenPack& pack) const {
  if (mended_ == nullptr && pack.records->bytes() < PackDraft::kPackBytes / 2) return false;
  for (const Id& id : pack.records->ids()) {
    if (mended_ == nullptr && !live_.is_history(id)) return false;
    STET_TRY(const Copied copied, is_copied(id));
    if (copied != Copied::no) return false;
  }
  return true;
}

// At once into the file, where the next to ask whether a chunk is copied finds it.
Result<void> Compaction::flush_draft() {
  if (draft_.empty()) return {};
  STET_TRY(const Bytes packed, draft_.pack());
  batch_.add_pack(packed, draft_.starts(), draft_.bases(), epoch_);
  draft_.clear();
  return flush();
}

}  // namespace stet::file
