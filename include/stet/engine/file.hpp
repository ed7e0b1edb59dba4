// The file engine: a store in one file, append-only between compactions, for any number of threads
// and processes at once.
//
// Durability: power_loss (one append and one fdatasync for a swap, or for all that come at once),
// as far as the file system keeps its word; `info().notes` says where it may not.
// Bytes: docs/format.md, "The file".
// Thread rule: any thread. Readers never wait for a writer of another handle.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stet/os.hpp"
#include "stet/seam.hpp"

namespace stet {

// A save larger than a part is written part by part while it is still put together, under the
// writer's lock. Where no swap comes in time, that is undone and the lock is free for others.
struct WriteAhead {
  std::size_t part_bytes = 2u << 20;  // SIZE_MAX: nothing is written ahead
  std::int64_t hold_ms = 500;
};

struct FileEngineOptions {
  std::shared_ptr<os::FileSystem> files;  // the system's where null
  std::shared_ptr<Executor> executor;     // zeros ahead and indexes; a thread of its own where null
  std::shared_ptr<Random> random;         // salts; the system's where null
  // For sweeps, forms that need others, and chunks read along with one; where null, packed history
  // is refused.
  std::shared_ptr<const RecordPacker> packer;
  WriteAhead write_ahead{};
  bool create = true;      // make the store where there is no file
  bool read_only = false;  // never writes; put, swap and sweep say denied
  // For what another handle or process does under a lock; then the error is locked. See there.
  os::LockWait lock_wait{};
};

// Opens or makes the store at `path`; reads a few kilobytes and a bounded tail, whatever the size.
// Errors: not_found, denied; invalid where the path names something that is no store (a folder, a
// pipe, an empty or foreign file); newer_format; corrupt with the offset where a commit was
// damaged that later ones build on; io, no_space.
Result<std::shared_ptr<Backend>> open_file(const std::string& path, FileEngineOptions options = {});

// A ref in a batch that isn't whole any more: nothing proves what it says.
struct UnprovenRef {
  std::string name;
  std::optional<RefValue> value;  // nothing: deleted
};

struct DamagedFile {
  std::shared_ptr<Backend> backend;
  // Whether something had to be passed over. Then put, swap and sweep are refused (corrupt) until
  // `mend` has written the store anew; refs are those of whole batches, and `check` says what is
  // missing.
  bool damaged = false;
  std::vector<UnprovenRef> unproven;  // in the order of the log; later whole batches win
  std::vector<std::string> lost;      // what was saved and left nothing to be found, in words
};

// As open_file, but where the log is damaged it goes on behind that, and finds what can be found of
// it. Reads the whole log where its index is damaged too. Never makes a store. Errors: as
// open_file; corrupt only where the header says too little.
Result<DamagedFile> open_damaged_file(const std::string& path, FileEngineOptions options = {});

}  // namespace stet
