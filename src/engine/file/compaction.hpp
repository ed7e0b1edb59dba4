// Copies what must stay from one log to a new one.
//
// Rule: a chunk stays when it is live or marked with the sweep's epoch or a later one; what stays
// is marked with the sweep's epoch. That is safe: a saver that leaves it out for that mark asserts
// the epoch in its swap, so its swap comes before the next sweep's bump or is lost.
//
// What only older versions need goes into packs, in the order of the log, which is that of the
// versions. Packs that stay whole are copied as they are, unless they are small. What is by itself
// comes first, so that a pack may lean on what took the place of what is in it.
//
// Thread rule: one thread; the old log may grow meanwhile.
#pragma once

#include <unordered_set>

#include "engine/file/likeness.hpp"
#include "engine/file/log.hpp"
#include "engine/file/pack_draft.hpp"

namespace stet::file {

class Compaction {
 public:
  // What takes the place of damage.
  struct Mended {
    const Mending& mending;
    std::unordered_set<Id> ids;  // those of it
  };
  // `mended`, where the log is damaged: what isn't whole is passed over, and what the index has of
  // it copied as far as it can be read; the chunks that are mended are left out.
  Compaction(const Log& from, Log& to, const LiveSet& live, Epoch epoch,
             const ProgressCallback& progress, const Mended* mended = nullptr)
      : from_(from),
        to_(to),
        live_(live),
        epoch_(epoch),
        progress_(progress),
        mended_(mended),
        window_(from.file()),
        likeness_(to.packs().packer(), live),
        draft_(to.packs().packer()) {}

  // Copies the chunks of all batches from where the last call stopped up to `limit`. Errors:
  // corrupt (the old log is damaged), cancelled.
  Result<void> copy_chunks(const Position& limit);
  // Adds what is mended, but for what lies in packs: those may open again. Precondition: for a
  // damaged log, and before anything is copied.
  Result<void> add_mended();
  // Adds what is mended and wasn't copied.
  Result<void> add_rest_of_mended();
  // That couldn't be read, nor copied as they are, for a damaged log.
  std::uint64_t packs_left() const noexcept { return packs_left_; }
  // Whether chunks may have been left behind, of a damaged log.
  bool has_left_any() const noexcept { return has_left_any_ || packs_left_ > 0; }
  // Gives what was copied its index and makes it durable, so that little is left to do under the
  // writers' locks.
  Result<void> settle();
  // Copies every ref of the old log as it is now, and closes the new one's last batch.
  Result<void> copy_refs(std::span<const RefChange> changes = {});
  // Counts; bytes are left to the caller.
  Result<SweepReport> report() const;

 private:
  enum class Copied : std::uint8_t { no, yes, start_taken };
  enum class Walk : std::uint8_t { singles, history };

  bool stays(const Id& id, Epoch mark) const { return mark >= epoch_ || live_.contains(id); }
  Result<Copied> is_copied(const Id& id) const;
  // A record that needs no other chunk. Errors: corrupt.
  Result<Bytes> read_whole(const Id& id, const Place& place, unsigned depth = 0) const;
  Result<Bytes> read_whole(const Id& id, unsigned depth) const;
  Error unresolved(const Id& id, std::string_view why, std::uint64_t offset) const;
  Result<void> walk(Walk walk, const Position& limit);
  Result<void> lean_on(const Id& single);
  Result<void> copy(const ChunkEntry& entry);
  Result<void> copy(const PackEntry& entry);
  // Errors: corrupt.
  Result<std::shared_ptr<const OpenPack>> open_pack(std::uint64_t offset) const;
  // Copies as it is a pack that can't be opened, since a base of it is damaged. False: it can't be.
  Result<bool> copy_unopened(const PackEntry& entry);
  Result<void> copy_one_by_one(const OpenPack& pack);
  // Where the pack's bases lie in the new file; nothing where one doesn't.
  Result<std::optional<std::vector<std::uint64_t>>> places_of_bases(const OpenPack& pack) const;
  Result<bool> may_stay_whole(const OpenPack& pack) const;
  Result<void> keep(const ChunkView& record, Epoch mark, Copied copied);
  Result<void> flush_draft();
  Result<void> pass_damage(const Position& limit);
  Result<void> copy_all(const ScannedBatch& batch);
  bool is_mended(const Id& id) const { return mended_ != nullptr && mended_->ids.contains(id); }
  Result<void> flush();
  Result<void> add_index();

  const Log& from_;
  Log& to_;
  const LiveSet& live_;
  const Epoch epoch_;
  const ProgressCallback& progress_;
  const Mended* const mended_;  // null: the log has to be whole
  Window window_;
  Position at_;
  Walk walk_ = Walk::singles;
  Likeness likeness_;
  Batch batch_;
  PackDraft draft_;
  std::uint64_t kept_ = 0;
  std::uint64_t packs_left_ = 0;
  bool has_left_any_ = false;
  std::vector<Id> dropped_;  // some twice, some kept elsewhere
};

}  // namespace stet::file
