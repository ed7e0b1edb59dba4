#include "tree/overlay.hpp"

#include <unordered_set>

namespace stet::tree {

Result<std::vector<std::optional<Bytes>>> Overlay::get(std::span<const Id> ids) {
  std::vector<std::optional<Bytes>> chunks(ids.size());
  std::vector<Id> missing;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (const auto found = chunks_.find(ids[i]); found != chunks_.end()) {
      chunks[i] = found->second;
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
  for (const auto& [id, bytes] : chunks) chunks_.try_emplace(id, bytes.begin(), bytes.end());
  return {};
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
    STET_TRY(const auto below, children({id, RootKind::node}, found->second));
    for (const auto& child : below) way.push_back({child.id, false});
  }
  return order;
}

Result<void> Overlay::keep_only(SlotView root) {
  STET_TRY(const auto order, held_by(root));
  std::unordered_map<Id, Bytes> kept;
  for (const Id& id : order) kept.emplace(id, std::move(chunks_.at(id)));
  chunks_ = std::move(kept);
  return {};
}

Result<void> Overlay::flush(SlotView root, ChunkSink& sink) const {
  STET_TRY(const auto order, held_by(root));
  std::vector<ChunkView> chunks;
  chunks.reserve(order.size());
  for (const Id& id : order) chunks.push_back({id, chunks_.at(id)});
  return sink.put(chunks);
}

}  // namespace stet::tree
