// Every chunk below a root, each once: what is live, what is whole, what has to be sent.
//
// Thread rule: one thread.
#pragma once

#include <functional>
#include <span>
#include <unordered_set>
#include <vector>

#include "stet/tree.hpp"

namespace stet {

struct ReachedChunk {
  Id id;
  BytesView bytes;  // ends with the call
  std::span<const tree::Root> children;
};

struct RootHash {
  std::size_t operator()(const tree::Root& root) const noexcept {
    return std::hash<Id>()(root.id) ^ static_cast<std::size_t>(root.kind);
  }
};

class ChunkWalk {
 public:
  using Visit = std::function<Result<void>(const ReachedChunk&)>;
  // Given where the walk should go on after a chunk that is absent or damaged.
  using OnDamage = std::function<Result<void>(const Id&, const Error&)>;

  ChunkWalk(tree::ChunkSource& source, Visit visit, OnDamage on_damage = {})
      : source_(source), visit_(std::move(visit)), on_damage_(std::move(on_damage)) {}

  // Visits what was not visited before, parents before children. Each chunk is checked against its
  // id and its form. Errors: corrupt, and as the source and `visit`; then nothing that this walk
  // visited counts as visited.
  Result<void> walk(const tree::Root& root);
  // As walk, but the chunks are only marked as visited.
  Result<void> pass_over(const tree::Root& root);

  // What the walks since then visited can be taken back together.
  void begin_part() { in_parts_ = true, part_.clear(); }
  // Nothing of it counts as visited. The answer is what it was.
  std::vector<tree::Root> take_back_part();
  // Counts the chunk as visited. False: it did already.
  bool mark(const tree::Root& root) { return visited_.insert(root).second; }

 private:
  Result<void> walk_with(const tree::Root& root, const Visit& visit);
  Result<void> visit_batch(std::span<const tree::Root> batch, const Visit& visit);
  Result<void> visit_chunk(const tree::Root& root, const Result<Bytes>& bytes, const Visit& visit);
  std::vector<Result<Bytes>> read(std::span<const tree::Root> batch);
  void open(const tree::Root& root);

  tree::ChunkSource& source_;
  const Visit visit_;
  const OnDamage on_damage_;
  // By kind too: a user's plain value may be the same bytes as a node, and has no children.
  std::unordered_set<tree::Root, RootHash> visited_;
  std::vector<tree::Root> open_;
  std::vector<tree::Root> part_;  // visited since the part began, or since the walk did
  bool in_parts_ = false;
};

}  // namespace stet
