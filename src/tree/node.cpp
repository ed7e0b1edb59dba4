#include "tree/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace stet::tree {

namespace {

constexpr std::size_t kEntryFields = 3;  // link, count, plain
constexpr std::size_t kSpanFields = 2;   // link, bytes
constexpr std::size_t kMapEntryFields = 4;
constexpr std::size_t kNodeFields = 3;
constexpr std::size_t kItemLeafFields = 4;

bool holds_items(NodeKind kind) noexcept { return kind == NodeKind::list || kind == NodeKind::map; }

Error malformed(std::string what) { return {ErrorCode::invalid, std::move(what)}; }

Result<void> add(std::uint64_t& sum, std::uint64_t more) {
  if (__builtin_add_overflow(sum, more, &sum)) return malformed("sizes that overflow");
  return {};
}

// Whether an inline slot is a list, map, text or bytes, which must not pass kInlineBytesMax.
bool could_be_tree(std::uint8_t first) noexcept { return first >= 0x40 && first < 0xc0; }

Result<SlotView> read_slot(dag_cbor::Reader& reader, BytesView all,
                           std::optional<std::uint64_t> subtree_plain) {
  SlotView slot;
  if (subtree_plain) {
    const std::size_t begin = reader.offset();
    STET_CHECK(reader.read_id());
    slot = {all.subspan(begin, reader.offset() - begin), *subtree_plain, true};
    if (slot.plain <= kInlineBytesMax) return malformed("a subtree that is too small to be one");
  } else {
    STET_TRY(slot.bytes, reader.skip_value());
    slot.plain = slot.bytes.size();
    if (slot.plain > kInlineBytesMax && could_be_tree(slot.bytes[0])) {
      return malformed("an inline value that is too large to be one");
    }
  }
  return slot;
}

Result<void> read_items(dag_cbor::Reader& reader, const LeafHead& head, Node& node) {
  STET_TRY(node.count, node.is_map() ? reader.begin_map() : reader.begin_list());
  if (node.count == 0) return malformed("an empty leaf");
  const auto& subtrees = head.subtrees;
  if (!subtrees.empty() && subtrees.back().position >= node.count) {
    return malformed("a subtree's position past the end");
  }
  node.items.reserve(node.count);
  std::size_t next = 0;
  for (std::uint64_t i = 0; i < node.count; ++i) {
    ItemView item;
    const std::size_t begin = reader.offset();
    if (node.is_map()) {
      STET_TRY(item.key, reader.read_text());
      if (i > 0 && !key_less(node.items.back().key, item.key))
        return malformed("keys out of order");
    }
    std::optional<std::uint64_t> subtree_plain;
    if (next < subtrees.size() && subtrees[next].position == i) {
      subtree_plain = subtrees[next++].plain;
    }
    STET_TRY(item.slot, read_slot(reader, node.bytes, subtree_plain));
    item.encoded = BytesView(node.bytes).subspan(begin, reader.offset() - begin);
    STET_CHECK(add(node.plain, item.plain()));
    node.items.push_back(item);
  }
  return {};
}

Result<void> read_content(dag_cbor::Reader& reader, Node& node) {
  if (node.kind == NodeKind::text) {
    STET_TRY(const auto text, reader.read_text());
    node.content = as_bytes(text);
  } else {
    STET_TRY(node.content, reader.read_bytes());
  }
  node.count = node.plain = node.content.size();
  if (node.count == 0) return malformed("an empty leaf");
  return {};
}

Result<Entry> read_entry(dag_cbor::Reader& reader, NodeKind kind) {
  Entry entry;
  STET_TRY(entry.id, reader.read_id());
  STET_TRY(entry.count, reader.read_unsigned());
  if (holds_items(kind)) {
    STET_TRY(entry.plain, reader.read_unsigned());
  } else {
    entry.plain = entry.count;
  }
  if (entry.count == 0 || entry.plain < entry.count) return malformed("sizes that can't be");
  if (kind == NodeKind::map) {
    STET_TRY(entry.key, reader.read_text());
  }
  return entry;
}

Result<void> read_entries(dag_cbor::Reader& reader, Node& node) {
  const std::size_t fields = node.is_map()            ? kMapEntryFields
                             : holds_items(node.kind) ? kEntryFields
                                                      : kSpanFields;
  STET_TRY(const auto size, reader.begin_list());
  if (size == 0 || size % fields != 0) return malformed("entries of a wrong number of fields");
  node.entries.reserve(size / fields);
  for (std::uint64_t i = 0; i < size / fields; ++i) {
    STET_TRY(auto entry, read_entry(reader, node.kind));
    if (node.is_map() && i > 0 && !key_less(node.entries.back().key, entry.key)) {
      return malformed("keys out of order");
    }
    STET_CHECK(add(node.count, entry.count));
    STET_CHECK(add(node.plain, entry.plain));
    node.entries.push_back(std::move(entry));
  }
  return {};
}

Result<void> read_node(dag_cbor::Reader& reader, Node& node) {
  STET_TRY(const auto head, read_head(reader));
  node.kind = head.kind;
  node.level = head.level;
  if (node.is_inner()) {
    STET_CHECK(read_entries(reader, node));
  } else if (holds_items(node.kind)) {
    STET_CHECK(read_items(reader, head, node));
  } else {
    STET_CHECK(read_content(reader, node));
  }
  return reader.expect_end();
}

}  // namespace

Id SlotView::id() const noexcept {
  Id id;
  std::copy(bytes.end() - kIdBytes, bytes.end(), id.bytes.begin());
  return id;
}

Slot Slot::of_tree(const Id& id, std::uint64_t plain) {
  Slot slot{{}, plain, true};
  slot.bytes.reserve(kLinkSlotBytes);
  dag_cbor::append_link(id, slot.bytes);
  return slot;
}

Slot Slot::copy_of(SlotView slot) {
  return {Bytes(slot.bytes.begin(), slot.bytes.end()), slot.plain, slot.is_tree};
}

bool same_slot(SlotView a, SlotView b) noexcept {
  return a.is_tree == b.is_tree && std::ranges::equal(a.bytes, b.bytes);
}

std::string_view Node::first_key() const noexcept {
  if (is_inner()) return entries.front().key;
  return items.empty() ? std::string_view() : items.front().key;
}

std::string_view Node::last_key() const noexcept {
  if (is_inner()) return entries.back().key;
  return items.empty() ? std::string_view() : items.back().key;
}

Summary Node::summary() const noexcept {
  return {id, kind, level, count, plain, first_key(), last_key()};
}

Entry Node::entry() const { return {id, count, plain, std::string(last_key())}; }

Kind kind_of_node(NodeKind kind) noexcept {
  switch (kind) {
    case NodeKind::list:
      return Kind::list;
    case NodeKind::map:
      return Kind::map;
    case NodeKind::text:
      return Kind::text;
    case NodeKind::bytes:
      break;
  }
  return Kind::bytes;
}

Error corrupt(const Id& id, std::string_view what) {
  return {ErrorCode::corrupt, fmt::format("chunk {} is damaged: {}", id.to_string(), what)};
}

Result<void> check_child(const Summary& parent, const std::vector<Entry>& entries,
                         std::size_t index, const Summary& child) {
  const Entry& entry = entries[index];
  if (child.kind != parent.kind || child.level + 1 != parent.level) {
    return corrupt(child.id, "it isn't of the kind and level that its parent says");
  }
  if (child.count != entry.count || child.plain != entry.plain || child.last_key != entry.key) {
    return corrupt(child.id, "it isn't of the size or the keys that its parent says");
  }
  if (child.kind == NodeKind::map && index > 0 &&
      !key_less(entries[index - 1].key, child.first_key)) {
    return corrupt(child.id, "its keys don't follow those before it");
  }
  return {};
}

Result<void> check_tree(const Summary& root, std::uint64_t plain) {
  if (whole_plain(root.count, root.plain) == plain) return {};
  return corrupt(root.id, "it isn't of the size that its parent says");
}

std::uint64_t head_bytes(std::uint64_t argument) noexcept {
  if (argument < 24) return 1;
  if (argument <= 0xff) return 2;
  if (argument <= 0xffff) return 3;
  return argument <= 0xffff'ffff ? 5 : 9;
}

std::uint64_t whole_plain(std::uint64_t count, std::uint64_t plain) noexcept {
  const std::uint64_t head = head_bytes(count);
  return plain > std::numeric_limits<std::uint64_t>::max() - head
             ? std::numeric_limits<std::uint64_t>::max()
             : head + plain;
}

Result<void> check_plain_bytes(std::uint64_t whole_plain) {
  const std::uint64_t limit = DecodeLimits{}.input_bytes_max;
  if (whole_plain <= limit) return {};
  return Error(ErrorCode::too_large,
               fmt::format("the document would have {} bytes or more as one block, and what passes "
                           "{} can't be loaded: divide it; nothing is saved",
                           whole_plain, limit));
}

Result<LeafHead> read_head(dag_cbor::Reader& reader) {
  STET_TRY(const auto fields, reader.begin_list());
  STET_TRY(const auto kind, reader.read_unsigned());
  STET_TRY(const auto level, reader.read_unsigned());
  if (kind > static_cast<std::uint64_t>(NodeKind::bytes)) return malformed("an unknown kind");
  if (level > kLevelMax) return malformed("an impossible level");
  LeafHead head{static_cast<NodeKind>(kind), static_cast<unsigned>(level), {}};
  const bool has_subtrees = level == 0 && holds_items(head.kind);
  if (fields != (has_subtrees ? kItemLeafFields : kNodeFields)) {
    return malformed("a wrong number of fields");
  }
  if (!has_subtrees) return head;
  STET_TRY(const auto size, reader.begin_list());
  if (size % 2 != 0) return malformed("a list of subtrees of odd length");
  head.subtrees.reserve(size / 2);
  for (std::uint64_t i = 0; i < size / 2; ++i) {
    STET_TRY(const auto position, reader.read_unsigned());
    STET_TRY(const auto plain, reader.read_unsigned());
    if (i > 0 && position <= head.subtrees.back().position) {
      return malformed("subtrees out of order");
    }
    head.subtrees.push_back({position, plain});
  }
  return head;
}

Result<Node> parse_node(const Id& id, Bytes bytes) {
  Node node;
  node.id = id;
  node.bytes = std::move(bytes);
  dag_cbor::Reader reader(node.bytes);
  if (const auto read = read_node(reader, node); !read.ok()) {
    return corrupt(id, read.error().message());
  }
  return node;
}

}  // namespace stet::tree
