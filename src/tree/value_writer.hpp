// Value → slots and chunks, in one pass from the bottom up.
//
// A value is encoded into a scratch buffer, behind what is open around it. Once a container has
// passed what fits inline, it is a tree: its items so far go to the tree's leaf, and so does every
// one that follows, so that the scratch is free again behind the container's begin; at its end a
// link is left there. So every value is encoded once, and the scratch holds little more than one
// leaf for each open container.
#pragma once

#include <memory>

#include "tree/builder.hpp"

namespace stet::tree {

class ValueWriter {
 public:
  explicit ValueWriter(Output& output) : output_(output) {}

  // `depth`: containers around the value.
  Result<Slot> slot(ValueRef value, unsigned depth);

 private:
  using Place = std::uint8_t*;
  struct Open;

  // These write at `at`, where there is room for an item, and return what follows. Null: error_
  // says why. `depth`: containers around what is written.
  Place item(const detail::Cell& cell, Place at, unsigned depth);
  Place scalar(const detail::Cell& cell, Place at);
  Place container(const detail::Cell& cell, Place at, unsigned depth);
  // The content of a container of one node, whose encoding begins at `begin`.
  [[gnu::noinline]] Place long_container(bool is_map, const detail::Node& node, std::size_t begin,
                                         Place at, unsigned depth);
  Place short_list(const detail::Node& node, std::size_t begin, Place at, unsigned depth);
  Place short_map(const detail::Node& node, std::size_t begin, Place at, unsigned depth);
  // The same once it can't stay inline: `next` is the item after those that are written.
  Place outgrown(NodeKind kind, const detail::Node& node, std::size_t next, std::size_t begin,
                 Place at, unsigned depth);
  Place content(Open& open, const detail::Node& node, std::size_t first, Place at);
  Place key(const detail::Cell& key, Place at);
  Place run(dag_cbor::Major major, const detail::Cell& cell, Place at);
  Place run_within(dag_cbor::Major major, BytesView run, Place at);
  Place link(const detail::Cell& cell, Place at);

  // Gives the tree what lies between the container's begin and `at`: all items so far, or the one
  // whose slot begins at `slot_begin`.
  Place begin_tree(Open& open, Place at);
  Place add_to_tree(Open& open, std::size_t slot_begin, Place at);
  Place end_container(Open& open, Place at);
  Place tree_link(Result<Entry> root, std::size_t begin);
  [[gnu::noinline]] Place fail_too_deep();
  Place fail(Error error);

  // Whether a container that begins there must be a tree.
  bool is_large(std::size_t begin, const std::uint8_t* at) const noexcept {
    return tree_plain_ != 0 || offset(at) - begin > kInlineBytesMax;
  }
  std::size_t offset(const std::uint8_t* at) const noexcept {
    return static_cast<std::size_t>(at - scratch_.get());
  }
  Place make_room(Place at, std::size_t bytes);

  Output& output_;
  std::unique_ptr<std::uint8_t[]> scratch_;
  std::size_t scratch_bytes_ = 0;
  Place full_ = nullptr;          // behind it there may be no room for an item
  std::uint64_t tree_plain_ = 0;  // of the value written last, where it is a tree
  std::optional<Error> error_;
};

// Puts the chunk of a value that is inline; a tree's chunks are there already. Errors: too_large,
// where load() would refuse it.
Result<Root> put_root(SlotView slot, Output& output);

}  // namespace stet::tree
