// Where in a document the chunks of its tree lie.
#include "tree/node.hpp"

namespace stet::tree {

Result<std::vector<Placed>> placed_children(const Placed& chunk, BytesView bytes) {
  if (id_of(bytes) != chunk.chunk.id) {
    return corrupt(chunk.chunk.id, "its bytes don't match its id");
  }
  std::vector<Placed> placed;
  if (chunk.chunk.kind == RootKind::plain) return placed;
  STET_TRY(const Node node, parse_node(chunk.chunk.id, Bytes(bytes.begin(), bytes.end())));
  const Extent& extent = chunk.extent;
  std::uint64_t at = extent.range ? extent.range->first : 0;
  for (const Entry& entry : node.entries) {
    placed.push_back({{entry.id, RootKind::node},
                      {extent.path, kind_of_node(node.kind), std::pair(at, at + entry.count)}});
    at += entry.count;
  }
  for (const ItemView& item : node.items) {
    const std::uint64_t index = at++;
    if (!item.slot.is_tree) continue;
    Path path = node.is_map() ? extent.path.child(item.key)
                              : extent.path.child(static_cast<std::size_t>(index));
    placed.push_back({{item.slot.id(), RootKind::node}, {std::move(path), Kind::null, {}}});
  }
  return placed;
}

}  // namespace stet::tree
