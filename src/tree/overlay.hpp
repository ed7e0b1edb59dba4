// Chunks of work that isn't finished: kept in memory above a source, so that of many changes in a
// row only the chunks of the last are put, and of a failed one none.
#pragma once

#include <unordered_map>

#include "tree/node.hpp"

namespace stet::tree {

class Overlay : public ChunkSource, public ChunkSink {
 public:
  explicit Overlay(ChunkSource& below) : below_(below) {}
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override;
  CheckedChunks* checked() noexcept override { return below_.checked(); }
  Result<void> put(std::span<const ChunkView> chunks) override;

  // Drops what the tree at `root` doesn't hold.
  Result<void> keep_only(SlotView root);
  // Puts what the tree at `root` holds of this, children first.
  Result<void> flush(SlotView root, ChunkSink& sink) const;

 private:
  // A chunk, and the one below this that it takes the place of, where there is one.
  struct Held {
    Bytes bytes;
    Id base_id;
    Bytes base;
  };

  void hold(const ChunkView& chunk);
  // The ids of the tree's chunks that are here, children first.
  Result<std::vector<Id>> held_by(SlotView root) const;

  ChunkSource& below_;
  std::unordered_map<Id, Held> chunks_;
};

}  // namespace stet::tree
