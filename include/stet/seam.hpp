// The seam: the operations that every engine and layer implements, and nothing else: six for every
// day, and one that mends.
//
// A Backend keeps chunks (immutable, named by id) and refs (small mutable names). It keeps bytes;
// it is not trusted to be right: the tree room checks every chunk against its id.
//
// Durability: when `swap` says done, the refs and every chunk put before through this handle are
// durable in the class that `info()` declares. Nothing else promises durability.
//
// Thread rule: every method may be called from any thread at once.
// Source: spec "Core", The seam.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stet/base.hpp"

namespace stet {

// The number that keeps savers and sweeps apart. Every swap of a saver asserts kEpochRef (an
// assert-only change that expects what it read). Rule for engines: a chunk keeps the highest epoch
// that it was put with as its mark; a put may do nothing only where the chunk is stored with a mark
// that is at least the put's epoch.
using Epoch = std::uint64_t;
inline constexpr std::string_view kEpochRef = "sys/epoch";

// What a ref holds: opaque to engines, at most kRefValueBytesMax bytes. Store keeps ids here.
using RefValue = Bytes;
inline constexpr std::size_t kRefValueBytesMax = 1024;
inline constexpr std::size_t kRefNameBytesMax = 1024;     // any bytes, at least one
inline constexpr std::size_t kChunkBytesMax = 16u << 20;  // of one record, in any encoding

// One change of a swap. `expected` absent: the ref must not exist. `next` absent: it is deleted.
// `assert_only`: the ref must be as expected, and stays so.
struct RefChange {
  std::string name;
  std::optional<RefValue> expected;
  std::optional<RefValue> next;
  bool assert_only = false;
};

struct Ref {
  std::string name;
  RefValue value;
};

// The answer of a swap. Lost is an outcome, not an error: `actual` holds, for each change and in
// its order, what the ref was, as one consistent snapshot.
struct SwapOutcome {
  bool done = false;
  std::vector<std::optional<RefValue>> actual;  // empty when done
};

struct RefPage {
  std::vector<Ref> refs;            // by name, bytewise ascending
  std::optional<std::string> next;  // cursor for the next page, absent at the end
};

// What a swap that says done has survived by then. Stored nowhere.
enum class Durability : std::uint8_t {
  none,        // ends with the process
  process,     // survives the end of the process, not of the machine
  power_loss,  // survives loss of power (synced to the device)
};
std::string_view durability_name(Durability durability) noexcept;

struct BackendInfo {
  std::string engine;  // "memory", "file", "packing over file" …
  std::string url;
  Durability durability = Durability::none;
  std::uint64_t stored_bytes = 0;  // what the store takes up now; 0 if unknown
  std::vector<std::string>
      notes;  // what weakens the promise here, and what recovery found, in words
};

// Counted since the handle was opened; they only grow.
struct BackendCounters {
  std::uint64_t flushes = 0;        // waits for the device on the path of a caller
  std::uint64_t bytes_written = 0;  // by callers' batches, zeros written ahead not included
  std::uint64_t chunks_put = 0;
  std::uint64_t chunks_written = 0;  // of those put, the ones that were not there
  std::uint64_t chunks_read = 0;
};

struct SweepReport {
  std::uint64_t chunks_kept = 0;
  std::uint64_t chunks_dropped = 0;
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
};

// Damage found by `check`, by place; the store works out which documents it touches.
struct Damage {
  std::optional<std::uint64_t> offset;
  std::optional<Id> id;
  std::string message;
};

// What `mend` puts in the place of damage.
struct Mending {
  std::vector<Id> ids;  // each once: chunks whose stored bytes are damaged, or absent
  // The right bytes of one of them, at most kChunkBytesMax as stored. May be asked at any time of
  // the call, and must not use the backend.
  std::function<Result<Bytes>(const Id&)> bytes_of;
  std::vector<RefChange> changes;  // as in a swap
};

// The ids that must outlive a sweep. Iteration order is unspecified.
class LiveSet {
 public:
  virtual ~LiveSet() = default;
  virtual bool contains(const Id& id) const = 0;
  virtual std::uint64_t size() const = 0;
  // Whether only older versions need it, so that it may be kept in less space and read in more
  // time. False also for what isn't live.
  virtual bool is_history(const Id&) const { return false; }
};

// Many records as one that is much smaller. Ids are not stored with it: a chunk's id follows from
// its content.
//
// Thread rule: immutable; any thread.
class RecordPack {
 public:
  virtual ~RecordPack() = default;
  // In the order in which they were packed; each is that of the chunk that its record unpacks to.
  virtual std::span<const Id> ids() const noexcept = 0;
  virtual Bytes record(std::size_t index) const = 0;  // precondition: index < ids().size()
  virtual std::uint64_t bytes() const noexcept = 0;   // of all records
};

inline constexpr std::size_t kPackRecordsMax = 1u << 16;
inline constexpr std::size_t kPackBasesBytesMax = 4u << 20;  // as unpacked

// What engines need to keep packs, and forms of chunks that need others, without knowing what a
// record is. Engines that can, pack history when they sweep.
//
// Thread rule: any thread.
class RecordPacker {
 public:
  virtual ~RecordPacker() = default;
  // Which chunk a record needs to be read; nothing where none.
  virtual std::optional<Id> base_of(BytesView record) const = 0;
  // The chunks that the chunk of a record names, in its order, some twice; nothing where it can't
  // be read by itself.
  virtual std::vector<Id> named_by(BytesView record) const = 0;
  // A record of the same chunk that needs no other, given one of its base that needs none. Errors:
  // corrupt.
  virtual Result<Bytes> resolve(const ChunkView& record, BytesView base_record) const = 0;
  // What it takes of a pack, in bytes; nothing where it may not be packed, since it isn't whole, is
  // large, or doesn't unpack to what its id names.
  virtual std::optional<std::size_t> size_in_pack(const ChunkView& record) const = 0;
  // Precondition: each has such a size, no id twice, at most 8 MiB by those sizes and
  // kPackRecordsMax in all. Those that resemble each other belong together. `bases`: records
  // outside of the pack that others in it resemble, of such sizes too, at most kPackBasesBytesMax
  // by them; what is packed opens only with the same ones in the same order. Errors: internal.
  virtual Result<Bytes> pack(std::span<const ChunkView> records,
                             std::span<const Bytes> bases) const = 0;
  // Errors: corrupt. Takes no more memory than `packed`, `bases`, kPackBasesBytesMax and twice
  // kChunkBytesMax, whatever they say.
  virtual Result<std::shared_ptr<const RecordPack>> open(BytesView packed,
                                                         std::span<const Bytes> bases) const = 0;
};

// What kEpochRef holds: 8 bytes, little-endian; absent means 0. Errors: corrupt.
RefValue encode_epoch(Epoch epoch);
Result<Epoch> decode_epoch(const std::optional<RefValue>& value);

// The rules that every backend applies first: sizes within the limits above, names not empty and
// different. Errors: invalid, too_large naming the limit.
Result<void> check_chunks(std::span<const ChunkView> chunks);
Result<void> check_changes(std::span<const RefChange> changes);
// The bytes that a mending gives for one of its ids. Errors: its own, too_large.
Result<Bytes> bytes_to_mend(const Mending& mending, const Id& id);
Error changed_before_mending(std::string_view ref);

class Backend {
 public:
  virtual ~Backend() = default;

  // The chunks in the order of `ids`, nothing where absent. Reads only what this handle put or what
  // is durable. Errors: corrupt, not_found (the store is gone), io, unavailable.
  virtual Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) = 0;

  // The same of one chunk, for who follows links from one to the next: an engine may answer from
  // what it has read along with an earlier one, instead of from where it is stored now.
  virtual Result<std::optional<Bytes>> get_on_path(const Id& id);

  // Idempotent. Marks each chunk with the epoch; readable in this handle at return, durable with
  // the next swap. The views end with the call. Errors: as swap (much is written ahead); too_large.
  // `base` of a chunk: its bytes are a form of the chunk that can be read only with the chunk that
  // it names. An engine may keep that form instead, but only where that chunk is stored and this
  // one is not, not even with an older mark (so no two ever need each other); and a sweep writes
  // such chunks anew, by a RecordPacker, so that they need no other.
  virtual Result<void> put(std::span<const ChunkView> chunks, Epoch epoch) = 0;

  // One consistent, durable snapshot of those refs, in order.
  virtual Result<std::vector<std::optional<RefValue>>> read(std::span<const std::string> names) = 0;

  // The same as this handle saw it last: consistent and durable too, but maybe old where others
  // write. For who asserts in a swap what it has read. Errors: as read.
  virtual Result<std::vector<std::optional<RefValue>>> read_last_seen(
      std::span<const std::string> names) {
    return read(names);
  }

  // Refs whose name begins with `prefix`, after `cursor` ("" at first), at most `limit` (1 or
  // more). Each page is a snapshot of its own.
  virtual Result<RefPage> list(std::string_view prefix, std::string_view cursor,
                               std::size_t limit) = 0;

  // All changes or none. Names must differ. No changes at all: makes durable what was put. Errors:
  // outcome_unknown when it may have happened; every other error means that it didn't.
  virtual Result<SwapOutcome> swap(std::span<const RefChange> changes) = 0;

  // Drops chunks that are marked older than `epoch` and not in `live`; gives their space back where
  // the engine can. The caller has bumped kEpochRef to `epoch` by swap before it worked out `live`.
  // Chunks that are put while it runs stay. Errors: conflict where kEpochRef is no longer `epoch`,
  // cancelled, outcome_unknown when it may have happened; after every other nothing is dropped.
  virtual Result<SweepReport> sweep(const LiveSet& live, Epoch epoch,
                                    const ProgressCallback& progress) = 0;

  // Mends what is damaged: from then on the bytes that `mending` gives are what is stored for its
  // ids, and the engine's own framing is whole. Every other chunk that can be read stays, with a
  // mark that keeps it as long, and so does every ref that isn't changed. What is replaced or can't
  // be read is kept aside where the engine has a place for it; `info().notes` says where. Where
  // chunks may have been left there, kEpochRef is raised, so that no swap rests on them. Durable
  // at return, all or nothing. Errors: conflict where a ref isn't what a change expects, or another
  // sweep began; as bytes_of; outcome_unknown when it may have happened.
  virtual Result<void> mend(const Mending& mending, const ProgressCallback& progress) = 0;

  // Where a chunk lies, for messages; nothing where there is no such place.
  virtual std::optional<std::uint64_t> offset_of(const Id&) { return std::nullopt; }

  // As in info(), for messages; engines that would have to ask the system give it without.
  virtual std::string url() const { return info().url; }

  // Facts, not operations: what this backend is, what it has done, and whether what it stores is
  // whole (every byte of the engine's own framing; chunks are the tree room's to check).
  virtual BackendInfo info() const = 0;
  virtual BackendCounters counters() const = 0;
  virtual Result<std::vector<Damage>> check(const ProgressCallback& progress) = 0;
};

}  // namespace stet
