#include "tree/batch_reader.hpp"

#include <algorithm>
#include <system_error>

#include "tree/chunk_reader.hpp"

namespace stet::tree {

namespace {

constexpr std::size_t kSliceChunks = 64;
// From so many chunks on a second thread costs less than it does.
constexpr std::size_t kSharedBatchChunks = 128;

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

// Precondition: `bytes` is what `id` names.
Result<Found> read_found(const Id& id, Bytes bytes, ValueBuilder& builder) {
  Found found;
  STET_TRY(const bool is_done, read_plain_leaf(id, bytes, builder, found));
  if (is_done) return found;
  STET_TRY(found.node, parse_node(id, std::move(bytes)));
  found.first_key = found.node.first_key();
  found.last_key = found.node.last_key();
  return found;
}

// By a thread of its own, or by the one that waits where the system gives no thread.
template <class Work>
std::future<void> start(const Work& work) {
  try {
    return std::async(std::launch::async, work);
  } catch (const std::system_error&) {
    return std::async(std::launch::deferred, work);
  }
}

Error cancelled() { return {ErrorCode::cancelled, "loading was cancelled"}; }

}  // namespace

Result<std::vector<Found>> BatchReader::read(std::span<const Id> ids, const Tell& tell) {
  Batch batch{ids, std::vector<Found>(ids.size()), {}, {}, {}, {}};
  std::future<void> other;
  if (ids.size() >= kSharedBatchChunks) {
    other = start([&] { read_slices(batch, other_builder_, [](std::size_t) { return true; }); });
  }
  read_slices(batch, builder_, tell);
  if (other.valid()) {
    other.get();
    // What the other has read since, which may be all.
    if (!batch.error && !tell(batch.done)) return cancelled();
  }
  if (batch.error) return *std::move(batch.error);
  return std::move(batch.found);
}

// Slices are taken in order, so those before an error are read to their end.
void BatchReader::read_slices(Batch& batch, ValueBuilder& builder, const Tell& tell) {
  while (true) {
    const std::size_t begin = batch.next.fetch_add(kSliceChunks);
    if (begin >= batch.ids.size()) return;
    const std::size_t count = std::min(kSliceChunks, batch.ids.size() - begin);
    std::size_t at = begin;
    if (auto read = read_slice(batch, begin, count, builder, at); !read.ok()) {
      builder.reset();
      return fail(batch, at, read.error());
    }
    batch.done += count;
    if (!tell(batch.done)) {
      return fail(batch, 0, cancelled());
    }
  }
}

void BatchReader::fail(Batch& batch, std::size_t at, Error error) {
  batch.next = batch.ids.size();
  const std::lock_guard lock(batch.mutex);
  if (batch.error && batch.error_at <= at) return;
  batch.error = std::move(error);
  batch.error_at = at;
}

Result<void> BatchReader::read_slice(Batch& batch, std::size_t begin, std::size_t count,
                                     ValueBuilder& builder, std::size_t& at) {
  const auto ids = batch.ids.subspan(begin, count);
  STET_TRY(auto chunks, source_.get(ids));
  if (chunks.size() != count) {
    return Error(ErrorCode::internal, "a source gave a wrong number of chunks");
  }
  STET_CHECK(check_chunks(ids, chunks, at));
  for (std::size_t i = 0; i < count; ++i) {
    at = begin + i;
    STET_TRY(batch.found[at], read_found(ids[i], *std::move(chunks[i]), builder));
  }
  return {};
}

}  // namespace stet::tree
