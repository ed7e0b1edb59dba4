// Reading nodes: every chunk checked against its id, its form, and what refers to it; and finding
// the way in a tree.
//
// Errors of all: corrupt (with the id), not_found (a chunk is absent), and the source's own.
#pragma once

#include <functional>

#include "base/id_map.hpp"
#include "tree/node.hpp"

namespace stet::tree {

// Keeps what it has read while it lives (the latest of it, past some tens of MB).
class ChunkReader {
 public:
  explicit ChunkReader(ChunkSource& source);
  ChunkReader(const ChunkReader&) = delete;
  ChunkReader& operator=(const ChunkReader&) = delete;

  Result<Bytes> bytes(const Id& id);
  Result<NodePtr> node(const Id& id);
  // The node of a slot that is a tree.
  Result<NodePtr> tree(SlotView slot);
  Result<NodePtr> child(const Node& parent, std::size_t index);
  // Whether it was read, or looked up, at any time.
  bool has_seen(const Id& id) const { return nodes_.contains(id); }
  CheckedChunks* checked() const noexcept { return source_.checked(); }

 private:
  Result<Bytes> read_chunk(const Id& id);
  void forget_nodes();
  Result<NodePtr> read_node(const Id& id);

  ChunkSource& source_;
  IdMap<NodePtr> nodes_;  // null: seen, and not kept
  std::size_t kept_bytes_ = 0;
};

// Errors where `bytes` is absent or isn't what `id` names.
Result<void> check_chunk(const Id& id, const std::optional<Bytes>& bytes);
// The same of many. The first that fails, counted from `at`, is left there.
Result<void> check_chunks(std::span<const Id> ids, std::span<const std::optional<Bytes>> chunks,
                          std::size_t& at);
// A node and where it begins in its tree.
struct Place {
  NodePtr node;
  std::uint64_t begin = 0;
  std::uint64_t end() const noexcept { return begin + node->count; }
};

// The node of that level that holds the position; at the tree's end, the last one.
Result<Place> locate(ChunkReader& reader, const NodePtr& root, unsigned level,
                     std::uint64_t position);

struct KeyPlace {
  std::uint64_t position = 0;  // of the member, or of the first one after it
  std::optional<Slot> slot;    // nothing where the key isn't there
};
Result<KeyPlace> find_key(ChunkReader& reader, const NodePtr& root, std::string_view key);

// Calls with the items of a list or map at positions [begin, end), in order.
using ItemCallback = std::function<Result<void>(const ItemView&)>;
Result<void> for_items(ChunkReader& reader, const NodePtr& root, std::uint64_t begin,
                       std::uint64_t end, const ItemCallback& callback);

// What the items at [begin, end) add to the plain encoding: reads only the nodes at both ends.
Result<std::uint64_t> plain_between(ChunkReader& reader, const NodePtr& root, std::uint64_t begin,
                                    std::uint64_t end);

}  // namespace stet::tree
