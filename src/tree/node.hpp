// Nodes: the chunks that a tree is made of, parsed and checked, and the slots that they hold.
//
// An *item* is a list's item or a map's member in a leaf; its *slot* is the value's plain encoding,
// or a link to the tree that holds it. An *entry* is a child in an inner node. Positions count
// items, or bytes of a text or bytes, from the start of the tree or node that is meant.
// Layouts: docs/format.md, Trees.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stet/codec/dag_cbor.hpp"
#include "stet/tree.hpp"
#include "tree/format.hpp"

namespace stet::tree {

inline constexpr std::size_t kLinkSlotBytes = 41;  // tag 42, byte string of 37, 0x00, CID

// Borrowed. `plain`: bytes of the value's whole plain encoding.
struct SlotView {
  BytesView bytes;
  std::uint64_t plain = 0;
  bool is_tree = false;

  Id id() const noexcept;  // precondition: is_tree
};

struct Slot {
  Bytes bytes;
  std::uint64_t plain = 0;
  bool is_tree = false;

  static Slot of_tree(const Id& id, std::uint64_t plain);
  static Slot copy_of(SlotView slot);
  operator SlotView() const noexcept { return {bytes, plain, is_tree}; }
  Id id() const noexcept { return SlotView(*this).id(); }
};

bool same_slot(SlotView a, SlotView b) noexcept;

// An item where it lies: `encoded` is the key's encoding (maps) and the slot.
struct ItemView {
  std::string_view key;
  BytesView encoded;
  SlotView slot;

  BytesView encoded_key() const noexcept {
    return encoded.first(encoded.size() - slot.bytes.size());
  }
  // What it adds to the plain encoding of its container.
  std::uint64_t plain() const noexcept { return encoded_key().size() + slot.plain; }
};

struct Item {
  std::string key;  // maps
  Slot slot;
};

struct Entry {
  Id id;
  std::uint64_t count = 0;  // items, members or bytes below
  std::uint64_t plain = 0;  // what they add to the container's plain encoding
  std::string key;          // maps: the last below
};

// What a node says to those that refer to it. Borrowed. `first_key` of an inner node may be that of
// a later member, where its children aren't read.
struct Summary {
  Id id;
  NodeKind kind;
  unsigned level;
  std::uint64_t count, plain;
  std::string_view first_key, last_key;
};

// A node that has been checked by itself. Immutable; views point into `bytes`.
struct Node {
  Id id;
  Bytes bytes;
  NodeKind kind = NodeKind::list;
  unsigned level = 0;
  std::vector<Entry> entries;   // inner nodes
  std::vector<ItemView> items;  // leaves of lists and maps
  BytesView content;            // leaves of text and bytes
  std::uint64_t count = 0;
  std::uint64_t plain = 0;

  bool is_inner() const noexcept { return level > 0; }
  bool is_map() const noexcept { return kind == NodeKind::map; }
  std::string_view first_key() const noexcept;  // as in Summary
  std::string_view last_key() const noexcept;
  Summary summary() const noexcept;
  Entry entry() const;
};
using NodePtr = std::shared_ptr<const Node>;

// Of the value that such nodes hold.
Kind kind_of_node(NodeKind kind) noexcept;

Error corrupt(const Id& id, std::string_view what);
// Error where a child isn't what the entry at `index` says, or doesn't follow the one before.
Result<void> check_child(const Summary& parent, const std::vector<Entry>& entries,
                         std::size_t index, const Summary& child);
Result<void> check_tree(const Summary& root, std::uint64_t whole_plain);

// DAG-CBOR's order of keys.
inline bool key_less(std::string_view a, std::string_view b) noexcept {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::uint64_t head_bytes(std::uint64_t argument) noexcept;
// The whole plain encoding of a container, text or bytes; the highest number where it is more.
std::uint64_t whole_plain(std::uint64_t count, std::uint64_t plain) noexcept;

// Whether something so large can be loaded again. Errors: too_large.
Result<void> check_plain_bytes(std::uint64_t whole_plain);

// What a leaf of a list or map says before its items. Subtrees: position, plain bytes.
struct LeafHead {
  NodeKind kind = NodeKind::list;
  unsigned level = 0;
  struct Subtree {
    std::uint64_t position, plain;
  };
  std::vector<Subtree> subtrees;
};
// Reads the front of any node up to where entries, items or content begin.
Result<LeafHead> read_head(dag_cbor::Reader& reader);

// Checks the form of one node: layout, order of keys, sizes that can be known from it alone. That
// the bytes have this id is the caller's to check. Errors: corrupt.
Result<Node> parse_node(const Id& id, Bytes bytes);

}  // namespace stet::tree
