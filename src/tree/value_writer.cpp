#include "tree/value_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "codec/dag_cbor_write.hpp"

namespace stet::tree {

using dag_cbor::Major;
using detail::Cell;
using detail::Tag;

namespace {

constexpr std::size_t kScratchBytesMin = 4096;

Error too_deep() {
  return {ErrorCode::too_large,
          fmt::format("the document is nested deeper than {} levels", kDepthMax)};
}

// The head at the front of an encoding that we made.
struct Head {
  unsigned major;
  std::uint64_t argument;
  std::size_t bytes;
};
Head read_head(const std::uint8_t* from) {
  const unsigned detail = from[0] & 0x1fu;
  const unsigned major = unsigned{from[0]} >> 5;
  if (detail < 24) return {major, detail, 1};
  const std::size_t width = std::size_t{1} << (detail - 24);
  std::uint64_t argument = 0;
  for (std::size_t i = 1; i <= width; ++i) argument = argument << 8 | from[i];
  return {major, argument, 1 + width};
}

// Bytes of the item at the front of an encoding that we made.
std::size_t item_bytes(const std::uint8_t* from) {
  const std::uint8_t* at = from;
  for (std::uint64_t items = 1; items > 0; --items) {
    const Head head = read_head(at);
    at += head.bytes;
    switch (static_cast<Major>(head.major)) {
      case Major::bytes:
      case Major::text:
        at += head.argument;
        break;
      case Major::list:
        items += head.argument;
        break;
      case Major::map:
        items += 2 * head.argument;
        break;
      case Major::tag:
        ++items;
        break;
      default:
        break;
    }
  }
  return static_cast<std::size_t>(at - from);
}

// `tree_plain` is 0 for what is inline.
SlotView slot_of(BytesView bytes, std::uint64_t tree_plain) {
  return {bytes, tree_plain != 0 ? tree_plain : bytes.size(), tree_plain != 0};
}

}  // namespace

// A container that is being written. Places are offsets, since the scratch may move.
struct ValueWriter::Open {
  NodeKind kind;
  unsigned depth;     // of its items
  std::size_t begin;  // of its encoding; with a tree, of the next item
  std::unique_ptr<TreeBuilder<LeafWriter>> tree;
};

// What isn't a short text or an integer.
[[gnu::always_inline]] inline ValueWriter::Place ValueWriter::item(const Cell& cell, Place at,
                                                                   unsigned depth) {
  if (cell.tag() == Tag::list || cell.tag() == Tag::map) return container(cell, at, depth);
  return scalar(cell, at);
}

Result<Slot> ValueWriter::slot(ValueRef value, unsigned depth) {
  tree_plain_ = 0;
  const Place begin = make_room(scratch_.get(), 0);
  const Place end = item(value.cell(), begin, depth);
  if (end == nullptr) return *std::exchange(error_, std::nullopt);
  Slot slot;
  slot.bytes.assign(scratch_.get(), end);
  slot.is_tree = tree_plain_ != 0;
  slot.plain = slot.is_tree ? tree_plain_ : slot.bytes.size();
  return slot;
}

ValueWriter::Place ValueWriter::scalar(const Cell& cell, Place at) {
  switch (cell.tag()) {
    case Tag::short_bytes:
      return dag_cbor::store_short(at, Major::bytes, cell);
    case Tag::text:
      return run(Major::text, cell, at);
    case Tag::bytes:
      return run(Major::bytes, cell, at);
    case Tag::link:
      return link(cell, at);
    case Tag::short_text:
      return dag_cbor::store_short(at, Major::text, cell);
    default:
      return dag_cbor::store_number(at, cell);
  }
}

ValueWriter::Place ValueWriter::container(const Cell& cell, Place at, unsigned depth) {
  if (depth >= kDepthMax) return fail_too_deep();
  const bool is_map = cell.tag() == Tag::map;
  const std::size_t begin = offset(at);
  at = dag_cbor::store_head(at, is_map ? Major::map : Major::list, cell.size());
  if (cell.size() == 0) return at;
  const detail::Node& node = *detail::node_of(cell);
  dag_cbor::prefetch_behind(node);
  if (node.height != 0) return long_container(is_map, node, begin, at, depth + 1);
  return is_map ? short_map(node, begin, at, depth + 1) : short_list(node, begin, at, depth + 1);
}

ValueWriter::Place ValueWriter::long_container(bool is_map, const detail::Node& node,
                                               std::size_t begin, Place at, unsigned depth) {
  Open open{is_map ? NodeKind::map : NodeKind::list, depth, begin, {}};
  at = content(open, node, 0, at);
  return at == nullptr ? at : end_container(open, at);
}

ValueWriter::Place ValueWriter::short_list(const detail::Node& node, std::size_t begin, Place at,
                                           unsigned depth) {
  const Cell* const cells = node.cells();
  for (std::size_t i = 0; i < node.count; ++i) {
    const Cell& cell = cells[i];
    if (at > full_) [[unlikely]]
      at = make_room(at, 0);
    // The usual kinds as branches, which are predicted better than a jump by table.
    if (cell.tag() == Tag::short_text) {
      at = dag_cbor::store_short(at, Major::text, cell);
    } else if (cell.tag() == Tag::integer) {
      at = dag_cbor::store_head(at, Major::unsigned_integer, cell.body);
    } else {
      dag_cbor::prefetch_next(&cell + 1, cells + node.count);
      at = item(cell, at, depth);
      if (at == nullptr) return at;
      if (is_large(begin, at)) return outgrown(NodeKind::list, node, i + 1, begin, at, depth);
    }
  }
  if (is_large(begin, at)) return outgrown(NodeKind::list, node, node.count, begin, at, depth);
  return at;
}

ValueWriter::Place ValueWriter::short_map(const detail::Node& node, std::size_t begin, Place at,
                                          unsigned depth) {
  const Cell* const cells = node.cells();
  const Cell* const keys = node.keys()->cells();
  for (std::size_t i = 0; i < node.count; ++i) {
    const Cell& cell = cells[i];
    if (at > full_) [[unlikely]]
      at = make_room(at, 0);
    at = key(keys[i], at);
    if (cell.tag() == Tag::short_text) {
      at = dag_cbor::store_short(at, Major::text, cell);
    } else if (cell.tag() == Tag::integer) {
      at = dag_cbor::store_head(at, Major::unsigned_integer, cell.body);
    } else {
      at = item(cell, at, depth);
      if (at == nullptr) return at;
      if (is_large(begin, at)) return outgrown(NodeKind::map, node, i + 1, begin, at, depth);
    }
  }
  if (is_large(begin, at)) return outgrown(NodeKind::map, node, node.count, begin, at, depth);
  return at;
}

ValueWriter::Place ValueWriter::outgrown(NodeKind kind, const detail::Node& node, std::size_t next,
                                         std::size_t begin, Place at, unsigned depth) {
  Open open{kind, depth, begin, {}};
  at = begin_tree(open, at);
  if (at != nullptr) at = content(open, node, next, at);
  return at == nullptr ? at : end_container(open, at);
}

ValueWriter::Place ValueWriter::content(Open& open, const detail::Node& node, std::size_t first,
                                        Place at) {
  const Cell* const cells = node.cells();
  const Cell* const keys = open.kind == NodeKind::map ? node.keys()->cells() : nullptr;
  for (std::size_t i = first; i < node.count && at != nullptr; ++i) {
    if (node.height != 0) {
      at = content(open, *detail::node_of(cells[i]), 0, at);
      continue;
    }
    at = make_room(at, 0);
    if (keys != nullptr) at = key(keys[i], at);
    const std::size_t slot_begin = offset(at);
    dag_cbor::prefetch_next(cells + i + 1, cells + node.count);
    at = item(cells[i], at, open.depth);
    if (at == nullptr) return at;
    if (open.tree != nullptr) {
      at = add_to_tree(open, slot_begin, at);
    } else if (is_large(open.begin, at)) {
      at = begin_tree(open, at);
    }
  }
  return at;
}

// With room for the value behind it.
[[gnu::always_inline]] inline ValueWriter::Place ValueWriter::key(const Cell& key, Place at) {
  if (key.tag() == Tag::short_text) [[likely]]
    return dag_cbor::store_short(at, Major::text, key);
  at = run_within(Major::text, as_bytes(detail::chars_of(key)), at);
  return at > full_ ? make_room(at, 0) : at;
}

ValueWriter::Place ValueWriter::run(Major major, const Cell& cell, Place at) {
  const BytesView run = as_bytes(detail::chars_of(cell));
  if (whole_plain(run.size(), run.size()) <= kInlineBytesMax) return run_within(major, run, at);
  const std::size_t begin = offset(at);
  TreeBuilder<ByteLeafWriter> tree(major == Major::text ? NodeKind::text : NodeKind::bytes,
                                   output_);
  if (auto added = tree.leaf().add(run); !added.ok()) return fail(added.error());
  return tree_link(tree.finish(), begin);
}

ValueWriter::Place ValueWriter::run_within(Major major, BytesView run, Place at) {
  at = make_room(at, run.size());
  at = dag_cbor::store_head(at, major, run.size());
  if (!run.empty()) std::memcpy(at, run.data(), run.size());
  return at + run.size();
}

ValueWriter::Place ValueWriter::link(const Cell& cell, Place at) {
  const BytesView cid = as_bytes(detail::chars_of(cell));
  at = make_room(at, cid.size());
  at = dag_cbor::store_head(at, Major::tag, dag_cbor::kTagLink);
  at = dag_cbor::store_head(at, Major::bytes, cid.size() + 1);
  *at++ = 0;
  return std::ranges::copy(cid, at).out;
}

// Only the last item can be a tree: what comes before it stayed inline.
ValueWriter::Place ValueWriter::begin_tree(Open& open, Place at) {
  open.tree = std::make_unique<TreeBuilder<LeafWriter>>(open.kind, output_);
  const std::uint8_t* from = scratch_.get() + open.begin;
  from += read_head(from).bytes;
  while (from < at) {
    const std::size_t key_bytes = open.kind == NodeKind::map ? item_bytes(from) : 0;
    const BytesView encoded(from, key_bytes + item_bytes(from + key_bytes));
    from += encoded.size();
    const SlotView slot = slot_of(encoded.subspan(key_bytes), from == at ? tree_plain_ : 0);
    if (auto added = open.tree->leaf().add({{}, encoded, slot}); !added.ok()) {
      return fail(added.error());
    }
  }
  tree_plain_ = 0;
  return scratch_.get() + open.begin;
}

ValueWriter::Place ValueWriter::add_to_tree(Open& open, std::size_t slot_begin, Place at) {
  const BytesView encoded(scratch_.get() + open.begin, at);
  const SlotView slot = slot_of(encoded.subspan(slot_begin - open.begin), tree_plain_);
  auto added = open.tree->leaf().add({{}, encoded, slot});
  if (added.ok()) added = open.tree->settle();
  if (!added.ok()) return fail(added.error());
  tree_plain_ = 0;
  return scratch_.get() + open.begin;
}

ValueWriter::Place ValueWriter::end_container(Open& open, Place at) {
  return open.tree == nullptr ? at : tree_link(open.tree->finish(), open.begin);
}

ValueWriter::Place ValueWriter::tree_link(Result<Entry> root, std::size_t begin) {
  if (!root.ok()) return fail(root.error());
  tree_plain_ = whole_plain(root->count, root->plain);
  const Bytes link = Slot::of_tree(root->id, tree_plain_).bytes;
  return std::ranges::copy(link, scratch_.get() + begin).out;
}

ValueWriter::Place ValueWriter::fail_too_deep() { return fail(too_deep()); }

ValueWriter::Place ValueWriter::fail(Error error) {
  error_ = std::move(error);
  return nullptr;
}

ValueWriter::Place ValueWriter::make_room(Place at, std::size_t bytes) {
  const std::size_t used = offset(at);
  const std::size_t wanted = used + bytes + dag_cbor::kItemRoomBytes;
  if (wanted > scratch_bytes_) {
    const std::size_t grown = std::max({kScratchBytesMin, wanted, 2 * scratch_bytes_});
    auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(grown);
    std::copy_n(scratch_.get(), used, larger.get());
    scratch_ = std::move(larger);
    scratch_bytes_ = grown;
    full_ = scratch_.get() + grown - dag_cbor::kItemRoomBytes;
  }
  return scratch_.get() + used;
}

Result<Root> put_root(SlotView slot, Output& output) {
  STET_CHECK(check_plain_bytes(slot.plain));
  if (slot.is_tree) return Root{slot.id(), RootKind::node};
  STET_TRY(const auto id, output.put(slot.bytes));
  return Root{id, RootKind::plain};
}

Result<Root> write(const Value& value, ChunkSink& sink) {
  Output output(sink, Output::Passing::later);
  ValueWriter writer(output);
  STET_TRY(const auto slot, writer.slot(value, 0));
  STET_TRY(const Root root, put_root(slot, output));
  STET_CHECK(output.finish());
  return root;
}

}  // namespace stet::tree
