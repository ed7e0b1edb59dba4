// Loading a whole document: chunks are fetched level by level in batches, each distinct one once;
// leaves without subtrees become values as they arrive, and the rest is joined from the bottom up.
//
// So memory and time are bounded by the chunks read, and for texts and bytes by the document's
// size, which is checked first. No recursion follows the document, so none is too deep.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <future>
#include <system_error>

#include "tree/chunk_reader.hpp"

namespace stet::tree {

namespace {

constexpr std::size_t kBatchChunks = 2048;
// From so many chunks on a second thread costs less than it does.
constexpr std::size_t kSharedBatchChunks = 128;

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

Result<Value> decode_plain(const Id& id, BytesView bytes) {
  auto value = dag_cbor::decode(bytes);
  if (!value.ok()) return corrupt(id, value.error().message());
  return value;
}

std::string last_key_of(const Value& map) {
  std::string_view last;
  for (const auto& member : map.members()) last = member.key;
  return std::string(last);
}

// The leaf's items as one value, straight from its bytes.
Result<void> read_leaf_value(dag_cbor::Reader& reader, ValueBuilder& builder, Found& leaf) {
  const std::size_t begin = reader.offset();
  STET_CHECK(reader.read_into(builder));
  leaf.value = builder.finish_part();
  const auto size = reader.offset() - begin;
  STET_CHECK(reader.expect_end());
  const bool is_map = leaf.node.is_map();
  leaf.node.count = leaf.value->size();
  if (leaf.value->kind() != (is_map ? Kind::map : Kind::list) || leaf.node.count == 0) {
    return Error(ErrorCode::invalid, "a leaf that holds no items of its kind");
  }
  leaf.node.plain = size - head_bytes(leaf.node.count);
  if (is_map) {
    leaf.first_key = (*leaf.value->members().begin()).key;
    leaf.last_key = last_key_of(*leaf.value);
  }
  return {};
}

// Whether this was a leaf of a list or map without subtrees, and is read.
Result<bool> read_plain_leaf(const Id& id, BytesView bytes, ValueBuilder& builder, Found& found) {
  dag_cbor::Reader reader(bytes);
  const auto head = read_head(reader);
  if (!head.ok()) return corrupt(id, head.error().message());
  const bool holds_items = head->kind == NodeKind::list || head->kind == NodeKind::map;
  if (head->level > 0 || !holds_items || !head->subtrees.empty()) return false;
  found.node.id = id;
  found.node.kind = head->kind;
  if (const auto read = read_leaf_value(reader, builder, found); !read.ok()) {
    return corrupt(id, read.error().message());
  }
  return true;
}

Result<Found> read_found(const Id& id, std::optional<Bytes> bytes, ValueBuilder& builder) {
  STET_CHECK(check_chunk(id, bytes));
  Found found;
  STET_TRY(const bool is_done, read_plain_leaf(id, *bytes, builder, found));
  if (is_done) return found;
  STET_TRY(found.node, parse_node(id, std::move(*bytes)));
  found.first_key = found.node.first_key();
  found.last_key = found.node.last_key();
  return found;
}

// The chunks of a batch, read. Large batches are shared by two threads, each with a builder.
class BatchReader {
 public:
  using Batch = std::vector<std::optional<Result<Found>>>;

  Batch read(std::span<const Id> ids, std::span<std::optional<Bytes>> chunks) {
    Batch batch(ids.size());
    const auto read_range = [&](std::size_t begin, std::size_t end, ValueBuilder& builder) {
      for (std::size_t i = begin; i < end; ++i) {
        batch[i] = read_found(ids[i], std::move(chunks[i]), builder);
        if (!batch[i]->ok()) builder.reset();
      }
    };
    const std::size_t half = ids.size() < kSharedBatchChunks ? 0 : ids.size() / 2;
    const auto read_first_half = [&] { read_range(0, half, other_builder_); };
    std::future<void> first_half =
        half == 0 ? std::async(std::launch::deferred, read_first_half) : start(read_first_half);
    read_range(half, ids.size(), builder_);
    first_half.get();
    return batch;
  }
  ValueBuilder& builder() noexcept { return builder_; }

 private:
  // By a thread of its own, or by the one that waits where the system gives no thread.
  template <class Work>
  static std::future<void> start(const Work& work) {
    try {
      return std::async(std::launch::async, work);
    } catch (const std::system_error&) {
      return std::async(std::launch::deferred, work);
    }
  }

  ValueBuilder builder_, other_builder_;  // learn the keys of maps from chunk to chunk
};

class Loader {
 public:
  Loader(ChunkSource& source, const ProgressCallback& progress)
      : source_(source), progress_(progress) {}

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

  ChunkSource& source_;
  const ProgressCallback& progress_;
  std::unordered_map<Id, Index> indexes_;
  std::vector<Id> ids_;
  std::deque<Found> found_;  // as ids_, as far as fetched
  BatchReader reader_;
};

Result<void> Loader::fetch_batch() {
  const std::size_t begin = found_.size();
  const std::size_t count = std::min(ids_.size() - begin, kBatchChunks);
  STET_TRY(auto chunks, source_.get(std::span(ids_).subspan(begin, count)));
  if (chunks.size() != count) {
    return Error(ErrorCode::internal, "a source gave a wrong number of chunks");
  }
  for (auto& read : reader_.read(std::span(ids_).subspan(begin, count), chunks)) {
    STET_TRY(auto found, std::move(*read));
    note_below(found);
    found_.push_back(std::move(found));
  }
  if (report(progress_, {"load", found_.size(), 0, "chunks"})) return {};
  return Error(ErrorCode::cancelled, "loading was cancelled");
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
