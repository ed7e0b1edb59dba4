// What goes into the calls of a Store: how it is opened, how a save is done, what a prune keeps.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "stet/codec/limits.hpp"
#include "stet/os.hpp"

namespace stet {

class MemoryRegistry;

struct StoreOptions {
  std::shared_ptr<Clock> clock{};           // the system's where null
  std::shared_ptr<Random> random{};         // the system's where null
  std::shared_ptr<os::FileSystem> files{};  // for engines that use files; posix where null
  // For work off the critical path, and for saves with a ticket, which hold on to it while there
  // are any. Threads of the store's own where null.
  std::shared_ptr<Executor> executor{};
  std::size_t saves_waiting_max = 1024;  // with a ticket, not begun; then save_async waits
  // How long a change waits for another process or handle, which holds the store's file for a
  // moment, before it is an error (locked). A minute unless told. The callback may be called from
  // any thread that changes the store, and must not use it.
  os::LockWait lock_wait{};
  bool create = true;  // make the store where there is none
  bool read_only = false;
  // Goes on past damage that a store is refused for, so that it can be repaired, or what is left
  // be read. Where there was any, nothing but `repair` changes the store.
  bool past_damage = false;
  std::shared_ptr<MemoryRegistry> memory{};       // where mem:NAME finds its stores
  std::string author{};                           // of saves that name none
  std::size_t chunk_cache_bytes_max = 16u << 20;  // chunks kept in memory for views and edits
  // Values last saved or loaded, kept to save edits of them cheaply; by their size as DAG-CBOR.
  std::uint64_t known_bytes_max = 256u << 20;
};

// The original bytes that a document was read from, kept beside its tree. The view ends with the
// call.
struct KeptSource {
  BytesView bytes;
  std::string_view format;  // codec name
};

// The head that a change expects: a version, or (nullopt) that there is no document yet.
using ExpectedHead = std::optional<Id>;

struct SaveOptions {
  std::string message{};  // at most 64 KiB of UTF-8
  std::string author{};   // the store's where empty; at most 1 KiB of UTF-8
  // Absent: on top of whatever the head is. Present: only on this head, else Outcome::conflict.
  std::optional<ExpectedHead> expected{};
  std::optional<KeptSource> source{};
  bool keep_equal = false;  // make a version even if the content is the head's
  std::map<std::string, std::string> labels{};
};

// A version is kept when any rule keeps it. The head and pinned versions are always kept.
struct PrunePolicy {
  std::optional<std::uint64_t> keep_last{};   // the newest versions
  std::optional<std::uint64_t> keep_daily{};  // the newest of each of the last days (UTC)
};

struct RepairOptions {
  bool dry_run = false;  // finds out what could be mended, and changes nothing
};

struct ExportOptions {
  bool history = false;  // all versions that are kept, not only the one named
};

// Takes the next piece of an archive; the view ends with the call. An error ends the export.
using ArchiveWriter = std::function<Result<void>(BytesView)>;

struct ImportOptions {
  // Of the one document of the archive, or of foreign ones (then name-2 …). Empty: the names that
  // the archive gives, and `fallback_name` for foreign documents.
  std::string name{};
  std::string fallback_name = "import";
  bool adopt = false;  // links of foreign documents to blocks of the archive become their content
  DecodeLimits limits{};
};

}  // namespace stet
