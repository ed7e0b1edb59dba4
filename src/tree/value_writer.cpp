#include "tree/value_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet::tree {

namespace {

// Lists and maps seen alike: an item's value, and a key where there is one.
ValueRef value_of(const ValueRef& item) { return item; }
ValueRef value_of(const Member& member) { return member.value; }
void append_key(const ValueRef&, Bytes&) {}
void append_key(const Member& member, Bytes& out) { dag_cbor::append_text(member.key, out); }

// Whether a value's plain encoding has at most so many bytes: gives up as soon as it has more, so a
// large container costs no more than a small one.
class SizeCheck {
 public:
  explicit SizeCheck(std::uint64_t bytes_max) : left_(bytes_max) {}

  // `depth`: containers around it.
  bool fits(ValueRef value, unsigned depth) {
    const Kind kind = value.kind();
    if (kind != Kind::list && kind != Kind::map) return take(scalar_bytes(value, kind));
    depth_ = std::max(depth_, depth + 1);
    if (depth_ > kDepthMax || !take(head_bytes(value.size()))) return false;
    if (kind == Kind::list) {
      for (const ValueRef item : value.items()) {
        if (!fits(item, depth + 1)) return false;
      }
      return true;
    }
    for (const Member member : value.members()) {
      if (!take(run_bytes(member.key.size())) || !fits(member.value, depth + 1)) return false;
    }
    return true;
  }
  bool is_too_deep() const noexcept { return depth_ > kDepthMax; }

 private:
  static std::uint64_t run_bytes(std::uint64_t size) noexcept { return head_bytes(size) + size; }
  static std::uint64_t scalar_bytes(ValueRef value, Kind kind) noexcept;
  bool take(std::uint64_t bytes) noexcept {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

  std::uint64_t left_;
  unsigned depth_ = 0;  // the most that was met
};

std::uint64_t SizeCheck::scalar_bytes(ValueRef value, Kind kind) noexcept {
  constexpr std::uint64_t kFloatBytes = 9, kLinkTagBytes = 2;
  switch (kind) {
    case Kind::integer: {
      const auto number = value.to_uint64();
      return head_bytes(number ? *number : *value.to_negative());
    }
    case Kind::floating:
      return kFloatBytes;
    case Kind::text:
      return run_bytes(value.to_text()->size());
    case Kind::bytes:
      return run_bytes(value.to_bytes()->size());
    case Kind::link:
      return kLinkTagBytes + run_bytes(1 + value.link_bytes()->size());
    default:
      return 1;
  }
}

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
  SizeCheck check(kInlineBytesMax);
  const Kind kind = value.kind();
  if (check.fits(value, depth) || kind == Kind::link) {
    const std::size_t begin = out.size();
    dag_cbor::append(value, out);
    return Size{out.size() - begin, false};
  }
  if (check.is_too_deep()) return too_deep();
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
