// Loading a whole document: chunks are fetched level by level in batches, each distinct one once;
// leaves without subtrees become values as they arrive, and the rest is joined from the bottom up.
//
// So memory and time are bounded by the chunks read, and for texts and bytes by the document's
// size, which is checked first. No recursion follows the document, so none is too deep.
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "base/id_map.hpp"
#include "tree/batch_reader.hpp"
#include "tree/chunk_reader.hpp"

namespace stet::tree {

namespace {

constexpr std::size_t kBatchChunks = 8192;

Result<Value> decode_plain(const Id& id, BytesView bytes) {
  auto value = dag_cbor::decode(bytes);
  if (!value.ok()) return corrupt(id, value.error().message());
  return value;
}

class Loader {
 public:
  Loader(ChunkSource& source, const ProgressCallback& progress)
      : progress_(progress), reader_(source) {}

  Result<Value> load(const Id& root) {
    index_of(root);
    while (found_.size() < ids_.size()) STET_CHECK(fetch_batch());
    const auto order = children_first();
    for (const Index index : order) STET_CHECK(check(found_[index]));
    STET_CHECK(check_size(found_[0].summary()));
    for (const Index index : order) STET_CHECK(join(found_[index]));
    return whole_value(found_[0]);
  }

 private:
  Index index_of(const Id& id) {
    const auto [at, is_new] = indexes_.emplace(id, ids_.size());
    if (is_new) ids_.push_back(id);
    return at->second;
  }
  Result<void> fetch_batch();
  void note_below(Found& found);
  std::vector<Index> children_first() const;
  Result<void> check(Found& found) const;
  static Result<void> check_size(const Summary& root);
  Result<void> join(Found& found);
  Result<void> join_leaf(Found& leaf);
  void join_inner(Found& inner);
  Result<Value> whole_value(Found& root);
  void gather(const Found& found, Bytes& out) const;

  const ProgressCallback& progress_;
  IdMap<Index> indexes_;
  std::vector<Id> ids_;
  std::deque<Found> found_;  // as ids_, as far as fetched
  BatchReader reader_;
};

Result<void> Loader::fetch_batch() {
  const std::size_t begin = found_.size();
  const std::size_t count = std::min(ids_.size() - begin, kBatchChunks);
  const auto tell = [&](std::size_t chunks) {
    return report(progress_, {"load", begin + chunks, 0, "chunks"});
  };
  STET_TRY(auto batch, reader_.read(std::span(ids_).subspan(begin, count), tell));
  for (Found& found : batch) {
    note_below(found);
    found_.push_back(std::move(found));
  }
  return {};
}

void Loader::note_below(Found& found) {
  for (const auto& entry : found.node.entries) found.below.push_back(index_of(entry.id));
  for (const auto& item : found.node.items) {
    if (item.slot.is_tree) found.below.push_back(index_of(item.slot.id()));
  }
}

std::vector<Index> Loader::children_first() const {
  std::vector<Index> order;
  order.reserve(found_.size());
  std::vector<bool> is_met(found_.size());
  std::vector<std::pair<Index, std::size_t>> way = {{0, 0}};
  is_met[0] = true;
  while (!way.empty()) {
    auto& [index, next] = way.back();
    if (next == found_[index].below.size()) {
      order.push_back(index);
      way.pop_back();
      continue;
    }
    const Index child = found_[index].below[next++];
    if (is_met[child]) continue;
    is_met[child] = true;
    way.emplace_back(child, 0);
  }
  return order;
}

// That everything below is what the node says. Its children have been checked.
Result<void> Loader::check(Found& found) const {
  const Node& node = found.node;
  if (node.is_inner()) {
    found.first_key = found_[found.below[0]].first_key;
    for (std::size_t i = 0; i < found.below.size(); ++i) {
      const Found& child = found_[found.below[i]];
      STET_CHECK(check_child(found.summary(), node.entries, i, child.summary()));
      found.depth = std::max(found.depth, child.depth);
    }
    return {};
  }
  std::size_t next = 0;
  for (const auto& item : node.items) {
    if (!item.slot.is_tree) continue;
    const Found& subtree = found_[found.below[next++]];
    STET_CHECK(check_tree(subtree.summary(), item.slot.plain));
    found.depth = std::max(found.depth, subtree.depth + 1);
  }
  if (found.depth <= kDepthMax) return {};
  return corrupt(node.id, "trees within trees, deeper than a document can be");
}

Result<void> Loader::check_size(const Summary& root) {
  const std::uint64_t limit = DecodeLimits{}.input_bytes_max;
  const std::uint64_t size = whole_plain(root.count, root.plain);
  if (size <= limit) return {};
  return Error(ErrorCode::too_large,
               fmt::format("the document has {} bytes, more than the limit of {}", size, limit));
}

Result<void> Loader::join(Found& found) {
  if (found.value || found.is_text_or_bytes()) return {};
  if (!found.node.is_inner()) return join_leaf(found);
  join_inner(found);
  return {};
}

void Loader::join_inner(Found& inner) {
  if (inner.node.is_map()) {
    MapBuilder map;
    for (const Index child : inner.below) map.append_sorted(*found_[child].value);
    inner.value = map.build();
  } else {
    ListBuilder list;
    for (const Index child : inner.below) list.append_list(*found_[child].value);
    inner.value = list.build();
  }
}

Result<void> Loader::join_leaf(Found& leaf) {
  const Node& node = leaf.node;
  ValueBuilder& builder = reader_.builder();
  node.is_map() ? builder.begin_map(node.count) : builder.begin_list(node.count);
  std::size_t next = 0;
  for (const auto& item : node.items) {
    if (node.is_map()) builder.key(item.key);
    if (item.slot.is_tree) {
      STET_TRY(auto subtree, whole_value(found_[leaf.below[next++]]));
      builder.value(std::move(subtree));
    } else {
      dag_cbor::Reader reader(item.slot.bytes);
      STET_CHECK(reader.read_into(builder));
    }
  }
  node.is_map() ? builder.end_sorted_map() : builder.end_list();
  leaf.value = builder.finish_part();
  leaf.node.items.clear();
  leaf.node.bytes = {};
  return {};
}

Result<Value> Loader::whole_value(Found& root) {
  if (!root.value) {
    Bytes content;
    content.reserve(root.node.count);
    gather(root, content);
    ValueBuilder builder;
    root.node.kind == NodeKind::text ? builder.text(as_text(content)) : builder.bytes(content);
    root.value = builder.finish();
  }
  return *root.value;
}

// Recursion is bounded by kLevelMax.
void Loader::gather(const Found& found, Bytes& out) const {
  const BytesView content = found.node.content;
  out.insert(out.end(), content.begin(), content.end());
  for (const Index child : found.below) gather(found_[child], out);
}

}  // namespace

Result<Value> load(const Root& root, ChunkSource& source, const ProgressCallback& progress) {
  if (root.kind == RootKind::node) return Loader(source, progress).load(root.id);
  ChunkReader reader(source);
  STET_TRY(const auto bytes, reader.bytes(root.id));
  return decode_plain(root.id, bytes);
}

Result<std::vector<Root>> children(const Root& chunk, BytesView bytes) {
  std::vector<Root> below;
  if (id_of(bytes) != chunk.id) return corrupt(chunk.id, "its bytes don't match its id");
  if (chunk.kind == RootKind::plain) {
    STET_CHECK(decode_plain(chunk.id, bytes));
    return below;
  }
  STET_TRY(const auto node, parse_node(chunk.id, Bytes(bytes.begin(), bytes.end())));
  for (const auto& entry : node.entries) below.push_back({entry.id, RootKind::node});
  for (const auto& item : node.items) {
    if (item.slot.is_tree) below.push_back({item.slot.id(), RootKind::node});
  }
  return below;
}

Result<std::uint64_t> plain_bytes(const Root& root, ChunkSource& source) {
  ChunkReader reader(source);
  if (root.kind == RootKind::plain) {
    STET_TRY(const auto bytes, reader.bytes(root.id));
    return bytes.size();
  }
  STET_TRY(const auto node, reader.node(root.id));
  return whole_plain(node->count, node->plain);
}

}  // namespace stet::tree
