#include "tree/value_writer.hpp"

#include <fmt/format.h>

namespace stet::tree {

namespace {

// Lists and maps seen alike: an item's value, and a key where there is one.
ValueRef value_of(const ValueRef& item) { return item; }
ValueRef value_of(const Member& member) { return member.value; }
void append_key(const ValueRef&, Bytes&) {}
void append_key(const Member& member, Bytes& out) { dag_cbor::append_text(member.key, out); }

Error too_deep() {
  return {ErrorCode::too_large,
          fmt::format("the document is nested deeper than {} levels", kDepthMax)};
}

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
  const std::size_t begin = out.size();
  if (kind == Kind::link) dag_cbor::append(value, out);
  if (kind == Kind::link ||
      dag_cbor::append_within(value, kInlineBytesMax, kDepthMax - depth, out)) {
    return Size{out.size() - begin, false};
  }
  switch (kind) {
    case Kind::list:
      return append_tree(NodeKind::list, value.items(), depth + 1, out);
    case Kind::map:
      return append_tree(NodeKind::map, value.members(), depth + 1, out);
    case Kind::text:
      return append_long(NodeKind::text, as_bytes(*value.to_text()), out);
    default:
      return append_long(NodeKind::bytes, *value.to_bytes(), out);
  }
}

Result<ValueWriter::Size> ValueWriter::append_long(NodeKind kind, BytesView content, Bytes& out) {
  TreeBuilder<ByteLeafWriter> tree(kind, output_);
  STET_CHECK(tree.leaf().add(content));
  STET_TRY(const auto root, tree.finish());
  dag_cbor::append_link(root.id, out);
  return Size{whole_plain(root.count, root.plain), true};
}

template <class Range>
Result<ValueWriter::Size> ValueWriter::append_tree(NodeKind kind, const Range& items,
                                                   unsigned depth, Bytes& out) {
  if (depth > kDepthMax) return too_deep();
  TreeBuilder<LeafWriter> tree(kind, output_);
  Bytes& body = tree.leaf().body();
  for (const auto& item : items) {
    const std::size_t begin = body.size();
    append_key(item, body);
    const std::size_t slot_begin = body.size();
    STET_TRY(const auto size, append_slot(value_of(item), depth, body));
    STET_TRY(const bool ended, tree.leaf().end_item(begin, slot_begin, size.plain, size.is_tree));
    if (ended) STET_CHECK(tree.settle());
  }
  STET_TRY(const auto root, tree.finish());
  dag_cbor::append_link(root.id, out);
  return Size{whole_plain(root.count, root.plain), true};
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
