// The index of a log: what it was opened with, the next one, and what happens where it is damaged.
//
// An index says nothing that the log doesn't, so damage to it loses nothing: an older one serves,
// or the log is read anew, and the next index that is written takes the damaged one's place.
#include <fmt/format.h>

#include "engine/file/log.hpp"

namespace stet::file {

namespace {

// Opening reads what follows the newest index, so there is not much of it.
constexpr std::uint64_t kTailBytesMax = 2u << 20;
constexpr std::size_t kTailEntriesMax = 4096;

}  // namespace

// Falls back to the older slot and then to the whole log, and says so.
Result<void> Log::load_index(const std::vector<Slot>& slots) {
  if (!slots.empty()) {
    slot_ = slots.front();
    durable_sequence_ = std::max(slot_.durable_sequence, slot_.after.sequence);
    // Others may have made the file longer since it was measured, and then written the slot.
    if (slot_.after.end > size_bytes_) {
      STET_TRY(const os::FileStatus status, file_->status());
      size_bytes_ = status.size_bytes;
    }
    if (slot_.after.end > size_bytes_) {
      return corrupt_at(file_->path(), size_bytes_,
                        fmt::format("the store is cut off: it had {} bytes or more; restore the "
                                    "file from a copy",
                                    slot_.after.end));
    }
  }
  if (slots.size() < kSlots) {
    notes_.push_back(slots.empty() ? "both slots of the header are damaged: the whole log was read"
                                   : "a slot of the header is damaged: the other one was taken");
  }
  for (const Slot& slot : slots) {
    if (slot.manifest_offset == 0) return {};
    auto index = read_index({slot.manifest_offset, slot.manifest_length});
    if (index.ok()) {
      index_ = *std::move(index);
      position_ = slot.after;
      return {};
    }
    notes_.push_back(fmt::format("the index at offset {} is damaged: an older one was taken",
                                 slot.manifest_offset));
  }
  return {};
}

// Steps over the batch at the log's end where it is an index whose bytes are damaged. The newest
// slot knows where its index ends; the end of any other is proven by the batch that follows.
Result<bool> Log::pass_damaged_index(BatchEnd end, const ScannedBatch& batch) {
  if (end == BatchEnd::nothing) return false;  // what was wiped isn't damaged
  Position after = slot_.after;
  const bool is_newest = after.sequence == position_.sequence + 1 &&
                         slot_.manifest_offset > position_.end && slot_.manifest_offset < after.end;
  if (!is_newest) {
    if (end != BatchEnd::damaged_index) return false;
    after = batch.after;
    STET_TRY(const bool proven, goes_on(*file_, salt_, after, slot_.recovery));
    if (!proven) return false;
  }
  const std::unique_lock lock(mutex_);
  notes_.push_back(
      fmt::format("the index in the bytes from {} to {} is damaged: it was passed over",
                  position_.end, after.end));
  last_batch_begin_ = position_.end;
  position_ = after;
  return true;
}

Result<std::shared_ptr<const Index>> Log::read_index(const Span& manifest) const {
  constexpr std::uint32_t kManifestBytesMax = 1u << 20;
  std::optional<std::vector<Run>> runs;
  if (manifest.length <= kManifestBytesMax) {
    Bytes payload(manifest.length);
    STET_CHECK(file_->read_exactly(manifest.offset, payload));
    runs = decode_manifest(payload, salt_, manifest.offset);
  }
  if (!runs) {
    return corrupt_at(file_->path(), manifest.offset,
                      "the store's index is damaged: restore the file from a copy");
  }
  return std::shared_ptr<const Index>(std::make_shared<Index>(blocks_, *std::move(runs)));
}

// Takes from the log itself what `damaged` can't say any more. `error`: how that was noticed; it is
// the answer where the log is damaged too.
Result<void> Log::read_around(const std::shared_ptr<const Index>& damaged,
                              const Error& error) const {
  const std::lock_guard one_at_a_time(read_around_mutex_);
  Position limit;
  {
    const std::shared_lock lock(mutex_);
    if (index_ != damaged) return {};
    limit = position_;
  }
  Tail all;
  Window window(*file_);
  ScannedBatch batch;
  Position at;
  while (at.end < limit.end) {
    STET_TRY(const BatchEnd end, scan_batch(window, salt_, at, Recovery{}, batch));
    if (end != BatchEnd::commit && end != BatchEnd::damaged_index) return error;
    if (end == BatchEnd::commit) STET_CHECK(add_to_tail(all, batch));
    at = batch.after;
  }
  if (at.chain != limit.chain) return error;
  const std::unique_lock lock(mutex_);
  if (index_ != damaged) return {};
  notes_.push_back("the index is damaged (" + error.message() + "): the whole log was read");
  Tail newer = tail_;
  all.make_room(newer);
  all.take_up(std::move(newer));
  tail_ = std::move(all);
  index_ = std::make_shared<Index>();
  return {};
}

// Packs are opened for what they hold; only a file whose index is lost has any in its tail.
Result<void> Log::add_to_tail(Tail& tail, const ScannedBatch& batch) const {
  tail.add(batch);
  for (const PackEntry& entry : batch.packs) {
    STET_TRY(const auto pack, packs_.open(entry.offset));
    tail.add(*pack);
  }
  return {};
}

Result<IndexFrames> Log::new_index() const {
  while (true) {
    std::shared_ptr<const Index> index;
    Error error(ErrorCode::corrupt, "");
    {
      const std::shared_lock lock(mutex_);
      index = index_;
      auto frames = build_index(*index, tail_, salt_, position_.end);
      if (frames.ok() || frames.error().code() != ErrorCode::corrupt) return frames;
      error = frames.error();
    }
    STET_CHECK(read_around(index, error));
  }
}

std::size_t Log::tail_entries() const {
  const std::shared_lock lock(mutex_);
  return tail_.entries();
}

bool Log::wants_index() const {
  const std::shared_lock lock(mutex_);
  return tail_.bytes > kTailBytesMax || tail_.entries() > kTailEntriesMax || !tail_.packed.empty();
}

Result<void> Log::append_index(const os::LockWait& wait, bool synced) {
  STET_TRY(const IndexFrames frames, new_index());
  Batch batch;
  batch.add_index(frames);
  finish(batch);
  std::uint64_t flushes = 0;  // of nobody who waits
  STET_CHECK(append(batch, wait, flushes, synced));
  apply(batch);
  {
    const std::unique_lock lock(mutex_);
    index_ = std::make_shared<Index>(blocks_, frames.runs);
    tail_.clear();
  }
  slot_.manifest_offset = frames.manifest.offset;
  slot_.manifest_length = frames.manifest.length;
  slot_.after = position_;
  return synced ? note_durable() : Result<void>();
}

}  // namespace stet::file
