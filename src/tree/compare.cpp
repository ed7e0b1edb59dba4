#include "tree/compare.hpp"

#include <unordered_map>

#include "tree/align.hpp"

namespace stet::tree {

namespace {

// Equal things get equal marks.
template <class Key>
class Marker {
 public:
  std::uint64_t mark(Key key) {
    return marks_.emplace(std::move(key), marks_.size()).first->second;
  }

 private:
  std::unordered_map<Key, std::uint64_t> marks_;
};

// Nodes of one level that follow one another in one tree.
struct Nodes {
  std::uint64_t begin = 0;  // position
  std::vector<NodePtr> nodes;
};

struct Items {
  std::uint64_t begin = 0;
  std::vector<Item> items;
};

Item copy_of(const ItemView& item) { return {std::string(item.key), Slot::copy_of(item.slot)}; }

std::string fingerprint(const Item& item) {
  std::string text(1, item.slot.is_tree ? 't' : 'i');
  text += as_text(item.slot.bytes);
  return text + item.key;  // a slot's encoding ends by itself
}

class Comparison {
 public:
  explicit Comparison(ChunkReader& reader) : reader_(reader) {}

  Result<void> compare_nodes(const Nodes& a, const Nodes& b);
  void compare_items(Items a, Items b);
  std::vector<ItemHunk> take() { return std::move(hunks_); }

 private:
  Result<Nodes> below(const Nodes& nodes);
  // One side of a hunk of entries, as nodes.
  Result<Nodes> read_nodes(const Nodes& parents, std::size_t begin, std::size_t end);
  static Items items_of(const Nodes& leaves);

  ChunkReader& reader_;
  std::vector<ItemHunk> hunks_;
};

std::vector<std::uint64_t> marks_of(const Nodes& parents, Marker<Id>& marker) {
  std::vector<std::uint64_t> marks;
  for (const auto& node : parents.nodes) {
    for (const auto& entry : node->entries) marks.push_back(marker.mark(entry.id));
  }
  return marks;
}

Items Comparison::items_of(const Nodes& leaves) {
  Items all{leaves.begin, {}};
  for (const auto& leaf : leaves.nodes) {
    for (const auto& item : leaf->items) all.items.push_back(copy_of(item));
  }
  return all;
}

// The children `begin` to `end`, counted over all parents.
Result<Nodes> Comparison::read_nodes(const Nodes& parents, std::size_t begin, std::size_t end) {
  Nodes found{parents.begin, {}};
  std::size_t at = 0;
  for (const auto& parent : parents.nodes) {
    for (std::size_t i = 0; i < parent->entries.size(); ++i, ++at) {
      if (at < begin) found.begin += parent->entries[i].count;
      if (at < begin || at >= end) continue;
      STET_TRY(auto child, reader_.child(*parent, i));
      found.nodes.push_back(std::move(child));
    }
  }
  return found;
}

Result<Nodes> Comparison::below(const Nodes& nodes) {
  return read_nodes(nodes, 0, ~std::size_t{0});
}

Result<void> Comparison::compare_nodes(const Nodes& a, const Nodes& b) {
  const unsigned a_level = a.nodes.empty() ? 0 : a.nodes[0]->level;
  const unsigned b_level = b.nodes.empty() ? 0 : b.nodes[0]->level;
  if (a_level == 0 && b_level == 0) {
    compare_items(items_of(a), items_of(b));
    return {};
  }
  if (a_level > b_level) {
    STET_TRY(const auto lower, below(a));
    return compare_nodes(lower, b);
  }
  if (b_level > a_level) {
    STET_TRY(const auto lower, below(b));
    return compare_nodes(a, lower);
  }
  Marker<Id> marker;
  const auto a_marks = marks_of(a, marker);
  for (const auto& hunk : align(a_marks, marks_of(b, marker))) {
    STET_TRY(const auto in_a, read_nodes(a, hunk.a_begin, hunk.a_end));
    STET_TRY(const auto in_b, read_nodes(b, hunk.b_begin, hunk.b_end));
    STET_CHECK(compare_nodes(in_a, in_b));
  }
  return {};
}

void Comparison::compare_items(Items a, Items b) {
  Marker<std::string> marker;
  const auto marks = [&](const Items& items) {
    std::vector<std::uint64_t> result;
    for (const auto& item : items.items) result.push_back(marker.mark(fingerprint(item)));
    return result;
  };
  const auto a_marks = marks(a);
  for (const auto& hunk : align(a_marks, marks(b))) {
    ItemHunk found{a.begin + hunk.a_begin, b.begin + hunk.b_begin, {}, {}};
    for (auto i = hunk.a_begin; i < hunk.a_end; ++i) found.a.push_back(std::move(a.items[i]));
    for (auto i = hunk.b_begin; i < hunk.b_end; ++i) found.b.push_back(std::move(b.items[i]));
    hunks_.push_back(std::move(found));
  }
}

Result<Items> all_items(const Container& container) {
  Items all;
  STET_CHECK(container.for_items(0, container.count(), [&](const ItemView& item) -> Result<void> {
    all.items.push_back(copy_of(item));
    return {};
  }));
  return all;
}

}  // namespace

Result<std::vector<ItemHunk>> compare(ChunkReader& reader, const Container& a, const Container& b) {
  Comparison comparison(reader);
  if (a.root() && b.root()) {
    STET_CHECK(comparison.compare_nodes({0, {a.root()}}, {0, {b.root()}}));
  } else {
    STET_TRY(auto a_items, all_items(a));
    STET_TRY(auto b_items, all_items(b));
    comparison.compare_items(std::move(a_items), std::move(b_items));
  }
  return comparison.take();
}

}  // namespace stet::tree
