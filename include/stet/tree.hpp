// The tree room's door: Value ⇄ chunks cut by content. No I/O of its own: it reads from a
// ChunkSource and writes to a ChunkSink. Equal values give equal roots, whatever order of edits
// made them.
//
// Thread rule: functions are free of shared state; sources and sinks are the caller's.
// Source: spec "Core", Tree; docs/format.md for the bytes. Prolly trees: Dolt, Noms.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "stet/codec.hpp"
#include "stet/value.hpp"

namespace stet::tree {

// Stored in versions; never renumber.
enum class RootKind : std::uint8_t {
  plain = 0,  // the chunk is the value's plain DAG-CBOR
  node = 1,   // the chunk is a node of a tree
};

struct Root {
  Id id;
  RootKind kind = RootKind::plain;
  auto operator<=>(const Root&) const = default;
};

struct Node;  // the tree room's own

// Chunks that were checked against their ids, and nodes that were parsed from them: kept so that
// the next to read them need do neither. Those used last, in about so many bytes.
//
// Thread rule: any thread.
class CheckedChunks {
 public:
  explicit CheckedChunks(std::size_t bytes_max);
  ~CheckedChunks();

  // Precondition: `id` was computed from these very bytes, or compared with what was.
  void insert(const Id& id, BytesView bytes);
  void insert(std::shared_ptr<const Node> node);
  void drop(const Id& id);
  std::optional<Bytes> find(const Id& id);
  // Null where it isn't kept. Errors: corrupt, where the chunk is no node.
  Result<std::shared_ptr<const Node>> find_node(const Id& id);
  void clear();

 private:
  struct Set;
  template <class Fill>
  void keep(const Id& id, std::size_t charge, Fill fill);
  void make_room(const Id& but);

  const std::size_t bytes_max_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Set>> sets_;  // guarded by mutex_; made when they are first used
  std::size_t bytes_ = 0;                   // guarded by mutex_
  std::uint64_t uses_ = 0;                  // guarded by mutex_
  std::size_t next_emptied_ = 0;            // guarded by mutex_
};

// Where chunks come from. The tree room checks every chunk against its id; a source need not.
class ChunkSource {
 public:
  virtual ~ChunkSource() = default;
  // In the order of `ids`; nothing where absent. load() of something large calls from two threads
  // at once; everything else from the thread of its caller.
  virtual Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) = 0;
  // Where readers look first, and leave the nodes that they have checked; null: nowhere.
  virtual CheckedChunks* checked() noexcept { return nullptr; }
};

// Where chunks go, some at a time: each once a call of the functions below, children before
// parents, in one order for one value. The views end with put(). Of a large value some come from
// another thread: one put at a time, and none after the function that was given the sink has
// returned.
class ChunkSink {
 public:
  virtual ~ChunkSink() = default;
  // Where an edit has changed a chunk, `base` is the old one.
  virtual Result<void> put(std::span<const ChunkView> chunks) = 0;
};

// From nothing: O(n), one pass. Errors: too_large (nested deeper than 1000, a key or link of more
// than 8 MB, or more in all than load() takes), and the sink's.
Result<Root> write(const Value& value, ChunkSink& sink);

// `before` is the value that `before_root` holds; `after` came from it by k edits: O(k log n). Puts
// no chunk that it met in the tree of `before`. Same root as write(after). Errors: as write() and
// load(), and internal where `before` is seen not to be what is stored.
Result<Root> write_edit(const Value& before, const Root& before_root, const Value& after,
                        ChunkSource& source, ChunkSink& sink);

// The whole value, every chunk checked. Errors: corrupt (with the id), not_found (a chunk is
// absent), too_large (past 4 GB), cancelled (by the callback).
Result<Value> load(const Root& root, ChunkSource& source, const ProgressCallback& progress = {});

// Changes the stored document without loading it. Same root as writing the patched value.
// Errors: as apply_patch(), and as load(); nothing is put then.
Result<Root> patch(const Root& root, const Patch& patch, ChunkSource& source, ChunkSink& sink);

// A Patch between two stored documents, skipping equal ids. As diff() of the two values is, though
// not always the same operations.
Result<Patch> diff(const Root& before, const Root& after, ChunkSource& source);

// Reads of a stored document that touch only the chunks on the path. Borrows the source. Errors: as
// Value::at and load(); invalid where items or keys are asked of a scalar.
class View {
 public:
  View(Root root, ChunkSource& source) : root_(root), source_(&source) {}
  Result<Value> at(const Path& path) const;  // loads what is there
  Result<Kind> kind_at(const Path& path) const;
  Result<std::uint64_t> size_at(const Path& path) const;  // items, members, bytes of text or bytes
  // Items or members [begin, end) of the container there, as far as there are.
  Result<std::vector<Value>> items_at(const Path& path, std::uint64_t begin,
                                      std::uint64_t end) const;
  Result<std::vector<std::string>> keys_at(const Path& path, std::uint64_t begin,
                                           std::uint64_t end) const;

 private:
  Root root_;
  ChunkSource* source_;
};

// The chunks that a chunk refers to, for reachability and verification. User links aren't followed.
// Checks the chunk's id and form. Errors: corrupt.
Result<std::vector<Root>> children(const Root& chunk, BytesView bytes);

// The part of a document that lies below a chunk: what is at `path`, or of that container or text
// the items, members (in the order of the encoding) or bytes [begin, end).
struct Extent {
  Path path;
  Kind kind = Kind::null;  // of what is there, where it is a part of it
  std::optional<std::pair<std::uint64_t, std::uint64_t>> range{};
  auto operator<=>(const Extent&) const = default;
};
struct Placed {
  Root chunk;
  Extent extent;
};
// As children(), in the order of the document. `extent` is that of the chunk itself; a root's is
// the whole of its document: Extent{}.
Result<std::vector<Placed>> placed_children(const Placed& chunk, BytesView bytes);

// Size of the value as one plain DAG-CBOR block, in bytes, read off the root chunk.
Result<std::uint64_t> plain_bytes(const Root& root, ChunkSource& source);

}  // namespace stet::tree
