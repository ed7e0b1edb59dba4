// Reading the chunks of a document in batches: what a load finds in each.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stet/value/builder.hpp"
#include "tree/node.hpp"

namespace stet::tree {

using Index = std::size_t;  // of a chunk among the distinct ones, in the order they were met

// One distinct chunk. A leaf without subtrees is a value at once and keeps nothing else.
struct Found {
  Node node;
  std::string first_key, last_key;  // maps
  std::vector<Index> below;         // children of an inner node, subtrees of a leaf
  std::optional<Value> value;       // lists and maps: of the items below this node
  unsigned depth = 0;               // of the trees within trees

  bool is_text_or_bytes() const noexcept {
    return node.kind == NodeKind::text || node.kind == NodeKind::bytes;
  }
  Summary summary() const noexcept {
    return {node.id, node.kind, node.level, node.count, node.plain, first_key, last_key};
  }
};

// The chunks of a batch, fetched, checked and read in slices that stay in a processor's cache.
// Large batches are shared by two threads, each with a builder.
class BatchReader {
 public:
  // False: stop.
  using Tell = std::function<bool(std::size_t chunks)>;

  explicit BatchReader(ChunkSource& source) : source_(source) {}

  // As many as `ids`. Errors: the first one's, and cancelled.
  Result<std::vector<Found>> read(std::span<const Id> ids, const Tell& tell);
  ValueBuilder& builder() noexcept { return builder_; }

 private:
  struct Batch {
    std::span<const Id> ids;
    std::vector<Found> found;
    std::atomic<std::size_t> next = 0;  // chunk that nobody has taken
    std::atomic<std::size_t> done = 0;  // chunks
    std::mutex mutex;
    std::optional<Error> error;  // guarded by mutex; of the first chunk that has one
    std::size_t error_at = 0;    // guarded by mutex
  };

  void read_slices(Batch& batch, ValueBuilder& builder, const Tell& tell);
  static void fail(Batch& batch, std::size_t at, Error error);
  // Errors with the place in the batch.
  Result<void> read_slice(Batch& batch, std::size_t begin, std::size_t count, ValueBuilder& builder,
                          std::size_t& at);

  ChunkSource& source_;
  ValueBuilder builder_, other_builder_;  // learn the keys of maps from chunk to chunk
};

}  // namespace stet::tree
