#include "store/chunk_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace stet {

namespace {

constexpr std::size_t kBatch = 64;

Result<std::vector<tree::Root>> checked_children(const tree::Root& root, BytesView bytes) {
  if (id_of(bytes) != root.id) {
    return Error(ErrorCode::corrupt,
                 fmt::format("chunk {} does not match its id", root.id.short_form()));
  }
  return tree::children(root, bytes);
}

}  // namespace

Result<void> ChunkWalk::walk(const tree::Root& root) { return walk_with(root, visit_); }

Result<void> ChunkWalk::pass_over(const tree::Root& root) {
  return walk_with(root, [](const ReachedChunk&) { return Result<void>(); });
}

std::vector<tree::Root> ChunkWalk::take_back_part() {
  for (const tree::Root& root : part_) visited_.erase(root);
  return std::exchange(part_, {});
}

void ChunkWalk::open(const tree::Root& root) {
  if (!visited_.insert(root).second) return;
  open_.push_back(root);
  part_.push_back(root);
}

Result<void> ChunkWalk::walk_with(const tree::Root& root, const Visit& visit) {
  if (!in_parts_) part_.clear();
  const std::size_t before = part_.size();
  open(root);
  while (!open_.empty()) {
    const std::size_t count = std::min(open_.size(), kBatch);
    const std::vector<tree::Root> batch(open_.end() - static_cast<std::ptrdiff_t>(count),
                                        open_.end());
    open_.resize(open_.size() - count);
    if (auto visited = visit_batch(batch, visit); !visited.ok()) {
      open_.clear();
      for (; part_.size() > before; part_.pop_back()) visited_.erase(part_.back());
      return visited;
    }
  }
  return {};
}

Result<void> ChunkWalk::visit_batch(std::span<const tree::Root> batch, const Visit& visit) {
  const std::vector<Result<Bytes>> chunks = read(batch);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    STET_CHECK(visit_chunk(batch[i], chunks[i], visit));
  }
  return {};
}

Result<void> ChunkWalk::visit_chunk(const tree::Root& root, const Result<Bytes>& bytes,
                                    const Visit& visit) {
  const auto children =
      bytes.ok() ? checked_children(root, *bytes) : Result<std::vector<tree::Root>>(bytes.error());
  if (!children.ok()) {
    return on_damage_ ? on_damage_(root.id, children.error()) : Result<void>(children.error());
  }
  STET_CHECK(visit({root.id, *bytes, *children}));
  for (const tree::Root& child : *children) open(child);
  return {};
}

// Where the batch can't be read as one, chunk by chunk: so one that is damaged hides no other.
std::vector<Result<Bytes>> ChunkWalk::read(std::span<const tree::Root> batch) {
  std::vector<Id> ids;
  for (const tree::Root& root : batch) ids.push_back(root.id);
  std::vector<Result<Bytes>> chunks;
  if (auto all = source_.get(ids); all.ok()) {
    for (auto& bytes : *all) chunks.emplace_back(*std::move(bytes));
    return chunks;
  }
  for (const Id& id : ids) {
    auto one = source_.get(std::span(&id, 1));
    chunks.push_back(one.ok() ? Result<Bytes>(*std::move(one->front())) : one.error());
  }
  return chunks;
}

}  // namespace stet
