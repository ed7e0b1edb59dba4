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

  // Appends the slot.
  Result<Size> append_slot(ValueRef value, unsigned depth, Bytes& out);
  Result<Size> append_long(NodeKind kind, BytesView content, Bytes& out);
  template <class Range>
  Result<Size> append_tree(NodeKind kind, const Range& items, unsigned depth, Bytes& out);

  Output& output_;
};

// Puts the chunk of a value that is inline; a tree's chunks are there already.
Result<Root> put_root(SlotView slot, Output& output);

}  // namespace stet::tree
