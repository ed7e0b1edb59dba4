#include "tree/value_writer.hpp"

#include <fmt/format.h>

namespace stet::tree {

using dag_cbor::Major;

namespace {

// Lists and maps seen alike: an item's value, and a key where there is one.
ValueRef value_of(const ValueRef& item) { return item; }
ValueRef value_of(const Member& member) { return member.value; }
void append_key(const ValueRef&, Bytes&) {}
void append_key(const Member& member, Bytes& out) { dag_cbor::append_text(member.key, out); }

}  // namespace

Result<Slot> ValueWriter::slot(ValueRef value, unsigned depth) {
  Slot slot;
  STET_TRY(const auto size, append_slot(value, depth, slot.bytes));
  slot.plain = size.plain;
  slot.is_tree = size.is_tree;
  return slot;
}

Result<ValueWriter::Size> ValueWriter::append_slot(ValueRef value, unsigned depth, Bytes& out) {
  const Kind kind = value.kind();
  if (kind == Kind::list || kind == Kind::map) return append_container(value, depth, out);
  if (kind == Kind::text || kind == Kind::bytes) {
    const bool is_text = kind == Kind::text;
    const BytesView content = is_text ? as_bytes(*value.to_text()) : *value.to_bytes();
    if (whole_plain(content.size(), content.size()) > kInlineBytesMax) {
      return append_long(is_text ? NodeKind::text : NodeKind::bytes, content, out);
    }
  }
  const std::size_t begin = out.size();
  dag_cbor::append(value, out);
  return Size{out.size() - begin, false};
}

Result<ValueWriter::Size> ValueWriter::append_long(NodeKind kind, BytesView content, Bytes& out) {
  TreeBuilder<ByteLeafWriter> tree(kind, output_);
  STET_CHECK(tree.leaf().add(content));
  STET_TRY(const auto root, tree.finish());
  dag_cbor::append_link(root.id, out);
  return Size{whole_plain(root.count, root.plain), true};
}

Result<ValueWriter::Size> ValueWriter::append_container(ValueRef value, unsigned depth,
                                                        Bytes& out) {
  if (depth >= kDepthMax) {
    return Error(ErrorCode::too_large,
                 fmt::format("the document is nested deeper than {} levels", kDepthMax));
  }
  if (value.kind() == Kind::list) {
    return append_items(NodeKind::list, value.size(), value.items(), depth + 1, out);
  }
  return append_items(NodeKind::map, value.size(), value.members(), depth + 1, out);
}

// Encodes into `out` as long as the container may stay inline, and moves to a tree when it is seen
// to be too long.
template <class Range>
Result<ValueWriter::Size> ValueWriter::append_items(NodeKind kind, std::size_t count,
                                                    const Range& items, unsigned depth,
                                                    Bytes& out) {
  const std::size_t begin = out.size();
  const std::size_t first_mark = marks_.size();
  dag_cbor::append_head(kind == NodeKind::map ? Major::map : Major::list, count, out);
  const std::size_t items_begin = out.size();
  std::uint64_t plain = items_begin - begin;
  std::optional<TreeBuilder<LeafWriter>> tree;
  for (const auto& item : items) {
    Bytes& body = tree ? tree->leaf().body() : out;
    const std::size_t item_begin = body.size();
    append_key(item, body);
    const std::size_t slot_begin = body.size();
    STET_TRY(const auto size, append_slot(value_of(item), depth, body));
    plain += slot_begin - item_begin + size.plain;
    if (tree) {
      STET_TRY(const bool ended,
               tree->leaf().end_item(item_begin, slot_begin, size.plain, size.is_tree));
      if (ended) STET_CHECK(tree->settle());
      continue;
    }
    marks_.push_back({slot_begin, out.size()});
    if (plain > kInlineBytesMax) {
      tree.emplace(kind, output_);
      STET_CHECK(move_items(first_mark, items_begin, out, size, *tree));
      marks_.resize(first_mark);
      out.resize(begin);
    }
  }
  marks_.resize(first_mark);
  if (!tree) return Size{plain, false};
  STET_TRY(const auto root, tree->finish());
  dag_cbor::append_link(root.id, out);
  return Size{plain, true};
}

// Only the last item may be a tree: one makes its container too long at once.
Result<void> ValueWriter::move_items(std::size_t first_mark, std::size_t begin, const Bytes& from,
                                     Size last, TreeBuilder<LeafWriter>& tree) {
  Bytes& body = tree.leaf().body();
  for (std::size_t i = first_mark; i < marks_.size(); ++i) {
    const auto [slot_begin, end] = marks_[i];
    const bool is_last = i + 1 == marks_.size();
    const Size size = is_last ? last : Size{end - slot_begin, false};
    const std::size_t item_begin = body.size();
    body.insert(body.end(), from.begin() + static_cast<std::ptrdiff_t>(begin),
                from.begin() + static_cast<std::ptrdiff_t>(end));
    STET_TRY(const bool ended, tree.leaf().end_item(item_begin, item_begin + slot_begin - begin,
                                                    size.plain, size.is_tree));
    if (ended) STET_CHECK(tree.settle());
    begin = end;
  }
  return {};
}

Result<Root> put_root(SlotView slot, Output& output) {
  if (slot.is_tree) return Root{slot.id(), RootKind::node};
  STET_TRY(const auto id, output.put(slot.bytes));
  return Root{id, RootKind::plain};
}

Result<Root> write(const Value& value, ChunkSink& sink) {
  Output output(sink);
  ValueWriter writer(output);
  STET_TRY(const auto slot, writer.slot(value, 0));
  return put_root(slot, output);
}

}  // namespace stet::tree
