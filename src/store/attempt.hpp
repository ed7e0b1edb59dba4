// Attempt: one attempt to change the store. Documents are observed, chunks are put, and one swap
// makes all of it so or nothing.
//
// Invariants, by which compaction and saving never lose a chunk to each other:
// 1. Chunks are put with the epoch that the snapshot held, and the swap asserts that epoch.
// 2. A chunk is left out only where an observed document keeps it, and the swap asserts head and
//    boundary of each observed document.
// Thread rule: one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/core.hpp"

namespace stet {

// Gathers chunks and hands them to the backend in batches. Ids are those of the bytes: the cache
// believes them.
class PutBuffer final : public tree::ChunkSink {
 public:
  PutBuffer(Backend& backend, tree::CheckedChunks& cache) : backend_(backend), cache_(cache) {}
  void set_epoch(Epoch epoch) { epoch_ = epoch; }
  Result<void> put(std::span<const ChunkView> chunks) override;
  Result<void> put(const Id& id, BytesView bytes) {
    const ChunkView chunk{id, bytes};
    return put({&chunk, 1});
  }
  Result<void> flush();
  // What was put since the last flush. Ends with the next call.
  std::optional<BytesView> find(const Id& id) const;
  // The callback is told the bytes that were put, as progress of `what`. Both outlive this.
  void tell(const ProgressCallback& progress, std::string_view what) {
    progress_ = &progress;
    what_ = what;
  }
  Result<void> tell_now();  // errors: cancelled

 private:
  void gather(const ChunkView& chunk);

  struct Entry {
    Id id;
    std::size_t offset, bytes;
    Id base;  // behind the chunk, where base_bytes isn't 0
    std::size_t base_bytes = 0;
  };
  BytesView bytes_of(const Entry& entry) const {
    return BytesView(buffer_).subspan(entry.offset, entry.bytes);
  }
  BytesView base_of(const Entry& entry) const {
    return BytesView(buffer_).subspan(entry.offset + entry.bytes, entry.base_bytes);
  }
  Backend& backend_;
  tree::CheckedChunks& cache_;
  const ProgressCallback* progress_ = nullptr;
  std::string_view what_;
  std::uint64_t bytes_put_ = 0;
  std::uint64_t bytes_told_ = 0;
  Epoch epoch_ = 0;
  Bytes buffer_;
  std::vector<Entry> entries_;
};

// Chunks of a buffer, above those of a source.
class WrittenChunks final : public tree::ChunkSource {
 public:
  WrittenChunks(const PutBuffer& buffer, tree::ChunkSource& below)
      : buffer_(buffer), below_(below) {}
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override;
  tree::CheckedChunks* checked() noexcept override { return below_.checked(); }

 private:
  const PutBuffer& buffer_;
  tree::ChunkSource& below_;
};

class Attempt {
 public:
  // How refs are observed: with a look at what others have written, or as this handle saw them
  // last, which saves the look. Then only a swap that is done, or a look later, proves anything.
  enum class Observes : std::uint8_t { now, last_seen };

  explicit Attempt(StoreCore& core, Observes observes = Observes::now)
      : core_(core), observes_(observes), chunks_(core.backend(), core.cache()) {}

  // Reads the document's refs, with those of all observed so far and the epoch, as one snapshot.
  // False: one observed before has moved since, and this attempt is lost.
  Result<bool> observe(std::string_view name) { return observe_all({&name, 1}); }
  Result<bool> observe_all(std::span<const std::string_view> names);
  // Reads only those that are not observed yet. The others may have moved meanwhile, which the swap
  // finds out: for a change that shows nobody what it has read. False: the epoch has moved.
  Result<bool> observe_apart(std::span<const std::string_view> names);
  // For an attempt that observes no document.
  Result<void> observe_epoch();
  Result<Epoch> epoch() const { return decode_epoch(epoch_); }  // as observed
  // Makes the swap raise the epoch, for a compaction. The answer is the new one.
  Result<Epoch> bump_epoch();
  // Whether anything observed, or the epoch, has changed since, by a look now: then what was read
  // on the way may have been swept, and the attempt is lost.
  Result<bool> is_overtaken();
  // Whether what was observed may have been old already.
  bool may_be_late() const noexcept { return observes_ == Observes::last_seen; }
  // Precondition: observed.
  const Head& head(std::string_view name) const;

  tree::ChunkSink& sink() noexcept { return chunks_; }
  // What was put, and all that the core's source has. Ends with the attempt.
  WrittenChunks written() noexcept { return {chunks_, core_.chunks()}; }
  // The same of versions.
  VersionSource versions();
  // What was put is readable through the core's sources after this.
  Result<void> flush() { return chunks_.flush(); }

  // Long work on this attempt tells the callback, and ends with cancelled where it says so.
  void tell(const ProgressCallback& progress, std::string_view what) {
    chunks_.tell(progress, what);
  }
  // The last chance to stop before the swap.
  Result<void> tell_end() { return chunks_.tell_now(); }

  // The document's next head. Precondition: observed. Errors: too_large.
  Result<Id> set_version(std::string_view name, const Version& version);
  // The same, of a version whose record the caller puts.
  void set_head(std::string_view name, const Id& version) { observed(name).next = version; }
  Result<void> set_boundary(std::string_view name, const Boundary& boundary);
  // The boundary of a history that comes back.
  void set_boundary(std::string_view name, RefValue boundary);
  // The document goes, and a tombstone keeps its head and boundary. Precondition: observed, and
  // there.
  Result<void> remove_document(std::string_view name);
  // No ref is to be changed any more; what was put stays, and so does what is observed.
  void forget_changes();
  // Any other ref.
  void change(RefChange change) { changes_.push_back(std::move(change)); }

  enum class Outcome : std::uint8_t { done, lost };
  // Errors: outcome_unknown, when it may have happened; every other means that it didn't.
  Result<Outcome> swap();
  // After outcome_unknown: has it happened? Reads the store anew.
  Result<bool> has_landed();

 private:
  struct Observed {
    Head head;
    std::optional<Id> next;  // the version that this attempt makes
    std::optional<RefValue> next_boundary;
    bool removed = false;
    bool read = false;  // is `head` what the snapshot held
  };
  using ObservedMap = std::map<std::string, Observed, std::less<>>;

  // The refs of all observed documents, the epoch's first.
  struct Snapshot {
    std::optional<RefValue> epoch;
    std::vector<Head> heads;  // in the order of observed_
  };
  Result<Snapshot> read_snapshot(Observes observes);
  Result<Snapshot> read_snapshot(const std::vector<std::string>& names, Observes observes);
  Result<void> set_epoch(std::optional<RefValue> value);
  Observed& observed(std::string_view name);
  void add_changes(const std::string& name, const Observed& observed,
                   std::vector<RefChange>& changes) const;
  Result<bool> has_landed(const std::string& name, const Id& version);
  Result<bool> is_removed(const std::string& name, const Id& before);

  StoreCore& core_;
  Observes observes_;
  PutBuffer chunks_;
  std::optional<RefValue> epoch_;  // as first read; nothing: no ref yet
  bool has_epoch_ = false;
  std::optional<Epoch> next_epoch_;
  ObservedMap observed_;
  std::vector<RefChange> changes_;
};

}  // namespace stet
