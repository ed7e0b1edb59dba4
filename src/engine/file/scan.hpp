// Walking the log: one batch at a time, each believed only when its commit's hash is right; and
// the look at what lies behind the log's end.
//
// Thread rule: free of shared state; a batch that a writer is adding meanwhile reads as not there.
#pragma once

#include <string>
#include <vector>

#include "engine/file/format.hpp"
#include "engine/file/window.hpp"

namespace stet::file {

struct ChunkEntry {
  Id id;
  Place place;
  bool is_delta = false;
};
struct RefEntry {
  std::string name;
  std::optional<RefValue> value;  // nothing: deleted
};
struct Span {
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
};
// A frame that holds many chunks; which ones, only opening it tells.
struct PackEntry {
  std::uint64_t offset = 0;  // of the frame
  Epoch mark = 0;
};

struct ScannedBatch {
  std::uint64_t begin = 0;
  std::vector<ChunkEntry> chunks;
  std::vector<PackEntry> packs;
  std::vector<RefEntry> refs;
  std::optional<Span> manifest;  // payload
  Position after;
};

enum class BatchEnd : std::uint8_t {
  commit,         // whole; the log goes on
  nothing,        // zeros or the end of the file: the log may end here
  broken,         // something that is no batch of this log
  damaged_index,  // an index with a wrong hash, and its commit, which nothing proves yet
};

// Reads the batch at position.end into `batch`, which holds something only after `commit`; after
// `damaged_index` it says where the batch lies.
// Errors: newer_format for a whole batch with frames that aren't known, and what the file says.
Result<BatchEnd> scan_batch(Window& window, const Salt& salt, const Position& position,
                            const Recovery& recovery, ScannedBatch& batch);

// Whether the log goes on from `position`, which proves the commit there.
Result<bool> goes_on(os::File& file, const Salt& salt, Position position, const Recovery& recovery);

// What lies from `position` to the end of the file.
struct Behind {
  bool zeros = true;
  std::uint64_t content_end = 0;  // behind the last byte that isn't zero
  // A whole commit that can't be there unless the batch at position.end was once durable.
  std::optional<std::uint64_t> later_commit;
};
Result<Behind> look_behind(os::File& file, const Salt& salt, const Position& position);

// The next whole commit at or after `from`, whatever its sequence; where its batch ends.
Result<std::optional<Position>> find_commit(os::File& file, const Salt& salt, std::uint64_t from,
                                            std::uint64_t sequence_min);

// Where the batch of that commit begins, as the position that it continues.
Result<std::optional<Position>> find_batch(os::File& file, const Salt& salt, std::uint64_t from,
                                           std::uint64_t sequence_min);

}  // namespace stet::file
