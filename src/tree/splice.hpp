// Editing a stored tree in place of writing it anew: replaces ranges of it and cuts again only from
// the start of each node that is touched to where the cuts meet the old ones, level by level. The
// root is the one that writing the edited content from nothing gives.
//
// Edits are ascending and apart: each begins after the end of the one before. The tree may not
// become empty.
#pragma once

#include "tree/builder.hpp"
#include "tree/chunk_reader.hpp"

namespace stet::tree {

// Items at [begin, end) of the stored list or map become `items`.
struct ItemEdit {
  std::uint64_t begin = 0, end = 0;
  std::vector<Item> items;
};

// Bytes at [begin, end) of the stored text or bytes become `content`, which is borrowed.
struct ByteEdit {
  std::uint64_t begin = 0, end = 0;
  BytesView content;
};

Result<Entry> splice(ChunkReader& reader, Output& output, const NodePtr& root,
                     const std::vector<ItemEdit>& edits);
Result<Entry> splice(ChunkReader& reader, Output& output, const NodePtr& root,
                     const std::vector<ByteEdit>& edits);

// Joins edits that touch, and leaves out those that change nothing. Precondition: ascending and not
// overlapping.
void append_edit(std::vector<ItemEdit>& edits, ItemEdit edit);

}  // namespace stet::tree
