// Making nodes: one writer a level, which takes items in order, ends nodes where the cutter says,
// and gives an entry for each; and TreeBuilder, which stacks levels until one node is left.
//
// Errors: those of the sink, and too_large for an item (a key, a link) that no chunk can hold.
#pragma once

#include <deque>

#include "tree/cutter.hpp"
#include "tree/node.hpp"
#include "tree/output.hpp"

namespace stet::tree {

// What the writers of all levels have in common: the nodes made so far.
class NodeWriter {
 public:
  // From here on nodes are named later, and count as made by collect().
  void name_later() noexcept { names_later_ = true; }
  // The older ones, once there are many, or all.
  enum class Which : std::uint8_t { old, all };
  void collect(Which which);
  std::vector<Entry> take() { return std::exchange(made_, {}); }
  // The nodes that follow take the place of this one, until another is named.
  void replace(const NodePtr& node) { replaced_ = node; }
  bool has_made() const noexcept { return !made_.empty(); }
  // Moves the nodes made so far to a function that takes each as an Entry and returns a Result.
  template <class Receiver>
  Result<void> drain(Receiver receiver) {
    for (auto& entry : made_) STET_CHECK(receiver(std::move(entry)));
    made_.clear();
    return {};
  }

 protected:
  NodeWriter(NodeKind kind, unsigned level, Output& output)
      : kind_(kind), level_(level), output_(&output) {}
  // Whether nodes are left for readers.
  bool keeps_nodes() const noexcept { return !names_later_ && output_->keeps_nodes(); }
  // `body_bytes`: what follows the node's front, about.
  void begin_chunk(std::size_t fields, std::size_t body_bytes);
  // `fill` gives a node that is to be kept what it holds: views into its bytes, which are the
  // chunk's.
  template <class Fill>
  Result<void> end_chunk(Entry entry, Fill fill);

  NodeKind kind_;
  unsigned level_;
  Output* output_;
  Bytes chunk_;  // scratch
  NodePtr replaced_;
  std::vector<Entry> made_;

 private:
  struct Unnamed {
    Entry entry;
    Output::Pending chunk;
  };
  bool names_later_ = false;
  std::vector<Unnamed> unnamed_;
};

// Leaves of lists and maps.
class LeafWriter : public NodeWriter {
 public:
  LeafWriter(NodeKind kind, Output& output) : NodeWriter(kind, 0, output) {}

  Result<void> add(const ItemView& item);
  Result<void> add(const Item& item);
  Result<void> finish();  // ends the last leaf, if one was begun
  bool at_start() const noexcept { return count_ == 0; }
  // For a node of about that.
  void reserve(std::size_t bytes, std::size_t items) {
    body_.reserve(bytes);
    if (keeps_nodes()) places_.reserve(items);
  }

 private:
  struct Place {
    std::size_t begin, slot_begin, end;  // in body_
    std::uint64_t slot_plain;
    bool is_tree;
  };

  // What was appended to body_ from `begin` on is an item.
  Result<void> end_item(std::size_t begin, std::size_t slot_begin, std::uint64_t slot_plain,
                        bool is_tree);
  Result<void> end_node();
  void fill_node(Node& node, std::size_t body_begin) const;

  ItemCutter cutter_{kLeafRule, 1};
  Bytes body_;
  std::vector<Place> places_;            // of the items, where the node is to be kept
  std::vector<std::uint64_t> subtrees_;  // position, plain …
  std::uint64_t count_ = 0;
  std::uint64_t plain_ = 0;
  std::size_t last_key_begin_ = 0, last_key_end_ = 0;
};

class InnerWriter : public NodeWriter {
 public:
  InnerWriter(NodeKind kind, unsigned level, Output& output) : NodeWriter(kind, level, output) {}
  Result<void> add(const Entry& entry);
  Result<void> finish();
  bool at_start() const noexcept { return entries_ == 0; }
  // The only entry there ever was, if there was one: its node is the root.
  std::optional<Entry> only_entry() const;

 private:
  Result<void> end_node();

  ItemCutter cutter_{kInnerRule, kInnerEntriesMin};
  Bytes body_;
  std::uint64_t entries_ = 0;
  std::vector<Entry> kept_;  // all of them, where the node is to be kept
  std::uint64_t nodes_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t plain_ = 0;
  Entry last_;
};

// Leaves of text and bytes. Keeps no more than a leaf.
class ByteLeafWriter : public NodeWriter {
 public:
  ByteLeafWriter(NodeKind kind, Output& output)
      : NodeWriter(kind, 0, output), cutter_(kind == NodeKind::text) {}
  Result<void> add(BytesView run);
  Result<void> finish();
  bool at_start() const noexcept { return leaf_.empty(); }

 private:
  Result<void> end_node();

  ByteCutter cutter_;
  Bytes leaf_;
};

// Levels above the leaves.
class InnerBuilder {
 public:
  InnerBuilder(NodeKind kind, Output& output, unsigned level = 1)
      : kind_(kind), level_(level), output_(&output) {}
  Result<void> add(const Entry& entry) { return add_at(0, entry); }
  Result<Entry> finish();  // the root. Precondition: an entry was added

 private:
  Result<void> add_at(std::size_t index, const Entry& entry);

  NodeKind kind_;
  unsigned level_;  // of the lowest
  Output* output_;
  std::deque<InnerWriter> levels_;
};

template <class Leaf>
class TreeBuilder {
 public:
  TreeBuilder(NodeKind kind, Output& output) : leaf_(kind, output), inner_(kind, output) {
    leaf_.name_later();
  }
  Leaf& leaf() noexcept { return leaf_; }
  // To be called after something was added to the leaf.
  Result<void> settle() { return settle(NodeWriter::Which::old); }
  // The root. Precondition: not empty.
  Result<Entry> finish() {
    STET_CHECK(leaf_.finish());
    STET_CHECK(settle(NodeWriter::Which::all));
    return inner_.finish();
  }

 private:
  Result<void> settle(NodeWriter::Which which) {
    leaf_.collect(which);
    return leaf_.drain([this](Entry entry) { return inner_.add(entry); });
  }

  Leaf leaf_;
  InnerBuilder inner_;
};

}  // namespace stet::tree
