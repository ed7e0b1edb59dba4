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
  // id and its form. Errors: corrupt, and as the source and `visit`.
  Result<void> walk(const tree::Root& root);
  // As walk, but the chunks are only marked as visited.
  Result<void> pass_over(const tree::Root& root);

 private:
  Result<void> walk_with(const tree::Root& root, const Visit& visit);
  Result<void> visit_batch(std::span<const tree::Root> batch, const Visit& visit);
  Result<void> visit_chunk(const tree::Root& root, const Result<Bytes>& bytes, const Visit& visit);
  std::vector<Result<Bytes>> read(std::span<const tree::Root> batch);

  tree::ChunkSource& source_;
  const Visit visit_;
  const OnDamage on_damage_;
  // By kind too: a user's plain value may be the same bytes as a node, and has no children.
  std::unordered_set<tree::Root, RootHash> visited_;
  std::vector<tree::Root> open_;
};

}  // namespace stet
