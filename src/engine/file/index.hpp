// The index: a few runs, each at least twice as large as all newer ones, that say where chunks lie
// and what refs hold, for everything before the batch that brought it.
//
// Keys: 01 and a chunk's id; 02 and a ref's name; 03 and the start of the id of a chunk that lies
// in a pack. Values: u64 offset, u32 length, u64 mark; or 01 and the ref's value, or 00 for a ref
// that was deleted; or the offset of the pack's frame. Of packed chunks no two in a file have the
// same start, and only the pack itself tells whether it holds the one that is looked for.
//
// Thread rule: an Index is immutable; any thread.
#pragma once

#include <atomic>
#include <map>
#include <mutex>

#include "base/id_map.hpp"
#include "engine/file/packs.hpp"
#include "engine/file/run.hpp"
#include "engine/file/scan.hpp"

namespace stet::file {

// By what is kept of a packed chunk's id: its first 8 bytes.
using IdStart = std::uint64_t;
inline IdStart start_of(const Id& id) noexcept { return load_number<IdStart>(id.bytes.data()); }

// What was committed since the newest index, in memory.
struct Tail {
  IdMap<Place> chunks;
  tsl::robin_map<IdStart, std::uint64_t> packed;  // offset of the pack's frame
  std::map<std::string, std::optional<RefValue>, std::less<>> refs;
  std::uint64_t bytes = 0;  // of the batches

  void clear() noexcept;
  std::size_t entries() const noexcept { return chunks.size() + packed.size() + refs.size(); }
  // All but what lies in its packs.
  void add(const ScannedBatch& batch);
  void add(const OpenPack& pack);
  // Takes the memory that take_up(newer) needs.
  void make_room(const Tail& newer);
  // Where both know a key, `newer` counts; its places count from `begin`. Needs no memory after
  // make_room.
  void take_up(Tail&& newer, std::uint64_t begin = 0);
};

class Index {
 public:
  Index() = default;  // of nothing
  Index(std::shared_ptr<BlockReader> blocks, std::vector<Run> runs)
      : blocks_(std::move(blocks)), runs_(std::move(runs)) {}

  // The newest mark and place of a chunk. Errors: corrupt.
  Result<std::optional<Place>> find(const Id& id, Expected expected) const;
  // The offset of the only pack that may hold the chunk.
  Result<std::optional<std::uint64_t>> find_pack(const Id& id) const;
  // What the newest run that knows the ref says; outer nothing: no run does.
  Result<std::optional<std::optional<RefValue>>> find_ref(std::string_view name) const;
  // Every chunk with its newest place, and the pack of every packed one.
  Result<void> each_place(
      const std::function<void(const Id&, const Place&)>& each_chunk,
      const std::function<void(IdStart, std::uint64_t offset)>& each_packed) const;
  // Calls `each` with refs from `from` on, by name, deleted ones too, until it returns false.
  Result<void> each_ref(
      std::string_view from,
      const std::function<bool(std::string_view, const std::optional<RefValue>&)>& each) const;

  const std::vector<Run>& runs() const noexcept { return runs_; }  // the newest first
  const std::shared_ptr<BlockReader>& blocks() const noexcept { return blocks_; }

 private:
  enum class HasPacks : std::uint8_t { unknown, no, yes };

  Result<std::optional<std::optional<RefValue>>> read_ref(std::string_view name) const;
  Result<std::optional<Bytes>> find_key(BytesView key, Expected expected) const;
  Result<bool> has_packs() const;

  std::shared_ptr<BlockReader> blocks_;
  std::vector<Run> runs_;
  mutable std::atomic<HasPacks> has_packs_ = HasPacks::unknown;
  mutable std::mutex refs_mutex_;
  // Guarded by refs_mutex_. Those that were asked for: every save asks for the same few.
  mutable std::map<std::string, std::optional<std::optional<RefValue>>, std::less<>> refs_;
};

// The manifest's payload: the runs and a hash of its own, so that it can be read alone.
Bytes encode_manifest(const std::vector<Run>& runs, const Salt& salt);
// Nothing where it is damaged or names blocks at or behind `offset`, where it lies itself.
std::optional<std::vector<Run>> decode_manifest(BytesView payload, const Salt& salt,
                                                std::uint64_t offset);

// The frames of an index that takes up `tail` and the newest runs of `before`, as many as keep the
// sizes geometric, for a batch that begins at `offset`.
struct IndexFrames {
  Bytes frames;
  Span manifest;
  std::vector<Run> runs;
};
Result<IndexFrames> build_index(const Index& before, const Tail& tail, const Salt& salt,
                                std::uint64_t offset);

}  // namespace stet::file
