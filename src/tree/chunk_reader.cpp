#include "tree/chunk_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet::tree {

namespace {

constexpr std::size_t kKeptBytesMax = 32u << 20;
// Of a path, so that the table grows once.
constexpr std::size_t kPathNodes = 16;

// The child that holds the position, and where it begins; the last one at the end.
struct Step {
  std::size_t index;
  std::uint64_t begin;
};
Step child_at(const Node& node, std::uint64_t position) {
  std::size_t index = 0;
  std::uint64_t begin = 0;
  while (index + 1 < node.entries.size() && position - begin >= node.entries[index].count) {
    begin += node.entries[index++].count;
  }
  return {index, begin};
}

std::uint64_t clip(std::uint64_t position, std::uint64_t begin, std::uint64_t count) noexcept {
  return position <= begin ? 0 : std::min(position - begin, count);
}

// The parts of [begin, end) that lie in each child: callback(index, its begin, its end).
template <class Callback>
Result<void> for_children(const Node& node, std::uint64_t begin, std::uint64_t end,
                          Callback callback) {
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < node.entries.size() && at < end; ++i) {
    const std::uint64_t count = node.entries[i].count;
    const std::uint64_t from = clip(begin, at, count);
    const std::uint64_t to = clip(end, at, count);
    if (from < to) STET_CHECK(callback(i, from, to));
    at += count;
  }
  return {};
}

Error missing(const Id& id) {
  return {ErrorCode::not_found, fmt::format("chunk {} is missing", id.to_string())};
}

Error mismatch(const Id& id) { return corrupt(id, "its bytes don't match its id"); }

}  // namespace

Result<void> check_chunk(const Id& id, const std::optional<Bytes>& bytes) {
  if (!bytes) return missing(id);
  if (id_of(*bytes) != id) return mismatch(id);
  return {};
}

Result<void> check_chunks(std::span<const Id> ids, std::span<const std::optional<Bytes>> chunks,
                          std::size_t& at) {
  std::vector<BytesView> views;
  views.reserve(chunks.size());
  for (const auto& chunk : chunks) views.push_back(chunk ? BytesView(*chunk) : BytesView());
  std::vector<Id> named(chunks.size());
  ids_of(views, named);
  for (std::size_t i = 0; i < chunks.size(); ++i, ++at) {
    if (!chunks[i]) return missing(ids[i]);
    if (named[i] != ids[i]) return mismatch(ids[i]);
  }
  return {};
}

ChunkReader::ChunkReader(ChunkSource& source) : source_(source) { nodes_.reserve(kPathNodes); }

void ChunkReader::forget_nodes() {
  for (auto seen = nodes_.begin(); seen != nodes_.end(); ++seen) seen.value() = nullptr;
  kept_bytes_ = 0;
}

Result<Bytes> ChunkReader::bytes(const Id& id) {
  CheckedChunks* const checked = source_.checked();
  auto kept = checked != nullptr ? checked->find(id) : std::nullopt;
  if (!kept) {
    STET_TRY(kept, read_chunk(id));
    if (checked != nullptr) checked->insert(id, *kept);
  }
  nodes_.try_emplace(id);
  return *std::move(kept);
}

Result<Bytes> ChunkReader::read_chunk(const Id& id) {
  STET_TRY(auto chunks, source_.get({&id, 1}));
  if (chunks.size() != 1)
    return Error(ErrorCode::internal, "a source gave a wrong number of chunks");
  STET_CHECK(check_chunk(id, chunks[0]));
  return *std::move(chunks[0]);
}

Result<NodePtr> ChunkReader::read_node(const Id& id) {
  CheckedChunks* const checked = source_.checked();
  if (checked != nullptr) {
    STET_TRY(auto kept, checked->find_node(id));
    if (kept) return kept;
  }
  STET_TRY(auto chunk, read_chunk(id));
  STET_TRY(auto parsed, parse_node(id, std::move(chunk)));
  auto node = std::make_shared<const Node>(std::move(parsed));
  if (checked != nullptr) checked->insert(node);
  return node;
}

Result<NodePtr> ChunkReader::node(const Id& id) {
  if (const auto found = nodes_.find(id); found != nodes_.end() && found->second) {
    return found->second;
  }
  STET_TRY(auto node, read_node(id));
  if (kept_bytes_ > kKeptBytesMax) forget_nodes();
  kept_bytes_ += node->bytes.size();
  nodes_.insert_or_assign(id, node);
  return node;
}

Result<NodePtr> ChunkReader::tree(SlotView slot) {
  STET_TRY(auto root, node(slot.id()));
  STET_CHECK(check_tree(root->summary(), slot.plain));
  return root;
}

Result<NodePtr> ChunkReader::child(const Node& parent, std::size_t index) {
  STET_TRY(auto found, node(parent.entries[index].id));
  STET_CHECK(check_child(parent.summary(), parent.entries, index, found->summary()));
  return found;
}

Result<Place> locate(ChunkReader& reader, const NodePtr& root, unsigned level,
                     std::uint64_t position) {
  Place place{root, 0};
  while (place.node->level > level) {
    const auto [index, begin] = child_at(*place.node, position - place.begin);
    STET_TRY(auto child, reader.child(*place.node, index));
    place = {std::move(child), place.begin + begin};
  }
  return place;
}

Result<KeyPlace> find_key(ChunkReader& reader, const NodePtr& root, std::string_view key) {
  NodePtr node = root;
  std::uint64_t begin = 0;
  while (node->is_inner()) {
    std::size_t index = 0;
    while (index + 1 < node->entries.size() && key_less(node->entries[index].key, key)) {
      begin += node->entries[index++].count;
    }
    STET_TRY(node, reader.child(*node, index));
  }
  const auto found = std::ranges::lower_bound(node->items, key, key_less, &ItemView::key);
  KeyPlace place{begin + static_cast<std::uint64_t>(found - node->items.begin()), std::nullopt};
  if (found != node->items.end() && found->key == key) place.slot = Slot::copy_of(found->slot);
  return place;
}

Result<void> for_items(ChunkReader& reader, const NodePtr& root, std::uint64_t begin,
                       std::uint64_t end, const ItemCallback& callback) {
  if (!root->is_inner()) {
    for (std::uint64_t i = begin; i < std::min(end, root->count); ++i) {
      STET_CHECK(callback(root->items[i]));
    }
    return {};
  }
  return for_children(*root, begin, end, [&](auto index, auto from, auto to) -> Result<void> {
    STET_TRY(const auto child, reader.child(*root, index));
    return for_items(reader, child, from, to, callback);
  });
}

Result<std::uint64_t> plain_between(ChunkReader& reader, const NodePtr& root, std::uint64_t begin,
                                    std::uint64_t end) {
  if (begin == 0 && end >= root->count) return root->plain;
  std::uint64_t sum = 0;
  if (!root->is_inner()) {
    for (std::uint64_t i = begin; i < std::min(end, root->count); ++i) {
      sum += root->items[i].plain();
    }
    return sum;
  }
  STET_CHECK(for_children(*root, begin, end, [&](auto index, auto from, auto to) -> Result<void> {
    const Entry& entry = root->entries[index];
    if (from == 0 && to == entry.count) {
      sum += entry.plain;
      return {};
    }
    STET_TRY(const auto child, reader.child(*root, index));
    STET_TRY(const auto part, plain_between(reader, child, from, to));
    sum += part;
    return {};
  }));
  return sum;
}

}  // namespace stet::tree
