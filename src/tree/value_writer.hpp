// Value → slots and chunks, in one pass from the bottom up.
#pragma once

#include "tree/builder.hpp"

namespace stet::tree {

class ValueWriter {
 public:
  explicit ValueWriter(Output& output) : output_(output) {}

  Result<Slot> slot(ValueRef value, unsigned depth);

 private:
  struct Size {
    std::uint64_t plain = 0;
    bool is_tree = false;
  };
  // Where items end, in the encoding of a container that may stay inline.
  struct Mark {
    std::size_t slot_begin, end;
  };

  // Appends the slot.
  Result<Size> append_slot(ValueRef value, unsigned depth, Bytes& out);
  Result<Size> append_container(ValueRef value, unsigned depth, Bytes& out);
  Result<Size> append_long(NodeKind kind, BytesView content, Bytes& out);
  template <class Range>
  Result<Size> append_items(NodeKind kind, std::size_t count, const Range& items, unsigned depth,
                            Bytes& out);
  Result<void> move_items(std::size_t first_mark, std::size_t begin, const Bytes& from, Size last,
                          TreeBuilder<LeafWriter>& tree);

  Output& output_;
  std::vector<Mark> marks_;  // a stack: of all containers on the way that may stay inline
};

// Puts the chunk of a value that is inline; a tree's chunks are there already.
Result<Root> put_root(SlotView slot, Output& output);

}  // namespace stet::tree
