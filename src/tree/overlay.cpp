#include "tree/overlay.hpp"

#include <unordered_set>

namespace stet::tree {

Result<std::vector<std::optional<Bytes>>> Overlay::get(std::span<const Id> ids) {
  std::vector<std::optional<Bytes>> chunks(ids.size());
  std::vector<Id> missing;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (const auto found = chunks_.find(ids[i]); found != chunks_.end()) {
      chunks[i] = found->second.bytes;
    } else {
      missing.push_back(ids[i]);
      places.push_back(i);
    }
  }
  if (missing.empty()) return chunks;
  STET_TRY(auto from_below, below_.get(missing));
  if (from_below.size() != missing.size()) {
    return Error(ErrorCode::internal, "a source gave a wrong number of chunks");
  }
  for (std::size_t i = 0; i < places.size(); ++i) chunks[places[i]] = std::move(from_below[i]);
  return chunks;
}

Result<void> Overlay::put(std::span<const ChunkView> chunks) {
  for (const ChunkView& chunk : chunks) hold(chunk);
  return {};
}

void Overlay::hold(const ChunkView& chunk) {
  const auto [place, is_new] = chunks_.try_emplace(chunk.id);
  if (!is_new) return;
  Held& held = place->second;
  held.bytes.assign(chunk.bytes.begin(), chunk.bytes.end());
  if (chunk.base == nullptr) return;
  const auto earlier = chunks_.find(chunk.base->id);
  if (earlier != chunks_.end()) {                     // one of ours took its place already
    if (earlier->second.base_id == chunk.id) return;  // and this brings it back
    held.base_id = earlier->second.base_id;
    held.base = earlier->second.base;
  } else {
    held.base_id = chunk.base->id;
    held.base.assign(chunk.base->bytes.begin(), chunk.base->bytes.end());
  }
}

Result<std::vector<Id>> Overlay::held_by(SlotView root) const {
  std::vector<Id> order;
  if (!root.is_tree) return order;
  struct Step {
    Id id;
    bool is_left;
  };
  std::unordered_set<Id> met;
  std::vector<Step> way = {{root.id(), false}};
  while (!way.empty()) {
    const auto [id, is_left] = way.back();
    way.pop_back();
    if (is_left) {
      order.push_back(id);
      continue;
    }
    const auto found = chunks_.find(id);
    if (found == chunks_.end() || !met.insert(id).second) continue;
    way.push_back({id, true});
    STET_TRY(const auto below, children({id, RootKind::node}, found->second.bytes));
    for (const auto& child : below) way.push_back({child.id, false});
  }
  return order;
}

Result<void> Overlay::keep_only(SlotView root) {
  STET_TRY(const auto order, held_by(root));
  std::unordered_map<Id, Held> kept;
  for (const Id& id : order) kept.emplace(id, std::move(chunks_.at(id)));
  chunks_ = std::move(kept);
  return {};
}

Result<void> Overlay::flush(SlotView root, ChunkSink& sink) const {
  STET_TRY(const auto order, held_by(root));
  std::vector<ChunkView> chunks, bases;
  chunks.reserve(order.size());
  bases.reserve(order.size());  // they stay where they are
  for (const Id& id : order) {
    const Held& held = chunks_.at(id);
    bases.push_back({held.base_id, held.base});
    chunks.push_back({id, held.bytes, held.base.empty() ? nullptr : &bases.back()});
  }
  return sink.put(chunks);
}

}  // namespace stet::tree
