// A stored list or map, inline in its referrer or a tree of its own: reading and editing it without
// caring which, and crossing from one to the other where an edit makes it so.
#pragma once

#include "tree/splice.hpp"

namespace stet::tree {

// What a slot holds, without loading it.
Result<Kind> kind_of(ChunkReader& reader, SlotView slot);
// Items, members, bytes of text or bytes; 0 for other scalars.
Result<std::uint64_t> size_of(ChunkReader& reader, SlotView slot);
Result<Slot> root_slot(ChunkReader& reader, const Root& root);
Result<Value> load_slot(SlotView slot, ChunkSource& source);

// Borrows the reader. Cheap to move.
class Container {
 public:
  // Precondition: the slot holds a list or a map.
  static Result<Container> open(ChunkReader& reader, SlotView slot);

  bool is_map() const noexcept { return kind_ == NodeKind::map; }
  std::uint64_t count() const noexcept { return count_; }
  Result<Slot> item(std::uint64_t position) const;  // precondition: position < count()
  Result<KeyPlace> find(std::string_view key) const;
  Result<void> for_items(std::uint64_t begin, std::uint64_t end,
                         const ItemCallback& callback) const;
  // The edited container's slot: its chunks are put. Edits as splice takes them.
  Result<Slot> edit(Output& output, const std::vector<ItemEdit>& edits) const;
  const NodePtr& root() const noexcept { return root_; }  // null where it is inline

 private:
  Container(ChunkReader& reader, NodeKind kind) : reader_(&reader), kind_(kind) {}
  Result<void> parse_inline();
  Result<std::uint64_t> plain_after(const std::vector<ItemEdit>& edits) const;
  // Calls with the items that the edited container has, in order.
  template <class OnOld, class OnNew>
  Result<void> walk_edited(const std::vector<ItemEdit>& edits, OnOld on_old, OnNew on_new) const;
  Result<Slot> edit_inline(const std::vector<ItemEdit>& edits, std::uint64_t count) const;
  Result<Slot> edit_to_tree(Output& output, const std::vector<ItemEdit>& edits) const;

  ChunkReader* reader_;
  NodeKind kind_;
  std::uint64_t count_ = 0;
  std::uint64_t plain_ = 0;       // of the items
  NodePtr root_;                  // of a tree; else
  std::shared_ptr<Bytes> bytes_;  // the encoding, which the items point into
  std::vector<ItemView> items_;
};

}  // namespace stet::tree
