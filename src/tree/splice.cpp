#include "tree/splice.hpp"

#include <algorithm>
#include <numeric>

namespace stet::tree {

namespace {

// Entries of the nodes at positions [begin, end) become `entries`.
struct EntryEdit {
  std::uint64_t begin = 0, end = 0;
  std::vector<Entry> entries;
};

// How the content of one level passes to its writer: a part of an old node by positions in it, and
// what an edit brings.
struct ItemLevel {
  using Edit = ItemEdit;
  LeafWriter writer;

  Result<void> add_old(const NodePtr& node, std::uint64_t from, std::uint64_t to) {
    writer.replace(node);
    writer.reserve(node->bytes.size(), node->items.size());
    for (std::uint64_t i = from; i < to; ++i) STET_CHECK(writer.add(node->items[i]));
    return {};
  }
  Result<void> add_new(const Edit& edit) {
    for (const auto& item : edit.items) STET_CHECK(writer.add(item));
    return {};
  }
};

struct ByteLevel {
  using Edit = ByteEdit;
  ByteLeafWriter writer;

  Result<void> add_old(const NodePtr& node, std::uint64_t from, std::uint64_t to) {
    writer.replace(node);
    return writer.add(node->content.subspan(from, to - from));
  }
  Result<void> add_new(const Edit& edit) { return writer.add(edit.content); }
};

struct EntryLevel {
  using Edit = EntryEdit;
  InnerWriter writer;

  Result<void> add_old(const NodePtr& node, std::uint64_t from, std::uint64_t to) {
    writer.replace(node);
    std::uint64_t at = 0;
    for (const auto& entry : node->entries) {
      if (at >= from && at < to) STET_CHECK(writer.add(entry));
      at += entry.count;
    }
    return {};
  }
  Result<void> add_new(const Edit& edit) {
    for (const auto& entry : edit.entries) STET_CHECK(writer.add(entry));
    return {};
  }
};

void append_edit(std::vector<EntryEdit>& edits, EntryEdit edit) {
  if (edits.empty() || edits.back().end != edit.begin) {
    edits.push_back(std::move(edit));
    return;
  }
  auto& last = edits.back();
  last.end = edit.end;
  std::ranges::move(edit.entries, std::back_inserter(last.entries));
}

// One level of one tree being cut again.
template <class Level>
class LevelSplice {
 public:
  using Edits = std::vector<typename Level::Edit>;

  LevelSplice(ChunkReader& reader, const NodePtr& root, unsigned level_number, Level level,
              const Edits& edits)
      : reader_(reader),
        root_(root),
        level_number_(level_number),
        level_(std::move(level)),
        edits_(edits) {}

  // The edits that follow for the level above.
  Result<std::vector<EntryEdit>> run() {
    std::vector<EntryEdit> above;
    while (next_ < edits_.size()) {
      STET_CHECK(move_to(edits_[next_].begin));
      const std::uint64_t begin = place_.begin;
      at_ = begin;
      STET_CHECK(run_until_cuts_meet());
      append_edit(above, {begin, at_, level_.writer.take()});
    }
    return above;
  }

 private:
  Result<void> move_to(std::uint64_t position) {
    at_ = position;
    STET_TRY(place_, locate(reader_, root_, level_number_, position));
    return {};
  }

  bool edits_here() const {
    if (next_ == edits_.size()) return false;
    const std::uint64_t begin = edits_[next_].begin;
    return begin < place_.end() || (begin == place_.end() && begin == root_->count);
  }

  Result<void> run_until_cuts_meet() {
    for (;;) {
      if (edits_here()) {
        const auto& edit = edits_[next_++];
        STET_CHECK(add_old_until(edit.begin));
        STET_CHECK(level_.add_new(edit));
        at_ = edit.end;
      } else {
        STET_CHECK(add_old_until(place_.end()));
      }
      if (at_ == root_->count) return level_.writer.finish();
      if (at_ >= place_.end()) STET_CHECK(move_to(at_));
      if (at_ == place_.begin && level_.writer.at_start()) return {};
    }
  }

  Result<void> add_old_until(std::uint64_t end) {
    STET_CHECK(level_.add_old(place_.node, at_ - place_.begin, end - place_.begin));
    at_ = end;
    return {};
  }

  ChunkReader& reader_;
  const NodePtr& root_;
  unsigned level_number_;
  Level level_;
  const Edits& edits_;
  std::size_t next_ = 0;  // edit
  Place place_;           // the old node that is being read
  std::uint64_t at_ = 0;  // position in the old tree: all before is passed on or replaced
};

// The only node of the level that is left after the edits, if there is just one.
Result<std::optional<Entry>> only_node(ChunkReader& reader, const NodePtr& root, unsigned level,
                                       const std::vector<EntryEdit>& edits) {
  const Entry* made = nullptr;
  std::uint64_t kept_begin = 0, kept_count = root->count;
  std::size_t made_count = 0;
  for (const auto& edit : edits) {
    if (edit.begin == kept_begin) kept_begin = edit.end;
    kept_count -= edit.end - edit.begin;
    made_count += edit.entries.size();
    if (!edit.entries.empty()) made = &edit.entries[0];
  }
  if (kept_count == 0 && made_count == 1) return std::optional(*made);
  if (made_count > 0) return std::optional<Entry>();
  STET_TRY(const auto place, locate(reader, root, level, kept_begin));
  if (place.begin != kept_begin || place.node->count != kept_count) return std::optional<Entry>();
  return std::optional(place.node->entry());
}

Result<Entry> build_above(Output& output, NodeKind kind, unsigned level,
                          const std::vector<Entry>& entries) {
  if (entries.size() == 1) return entries[0];
  InnerBuilder builder(kind, output, level);
  for (const auto& entry : entries) STET_CHECK(builder.add(entry));
  return builder.finish();
}

Error bad_edits(const NodePtr& root) {
  return {ErrorCode::internal, "an edit lies outside of the stored tree " + root->id.to_string()};
}

template <class Level>
Result<Entry> splice_with(ChunkReader& reader, Output& output, const NodePtr& root, Level leaves,
                          const std::vector<typename Level::Edit>& edits) {
  if (edits.empty()) return root->entry();
  if (edits.back().end > root->count) return bad_edits(root);
  LevelSplice<Level> lowest(reader, root, 0, std::move(leaves), edits);
  STET_TRY(auto above, lowest.run());
  for (unsigned level = 1; level <= root->level; ++level) {
    STET_TRY(const auto only, only_node(reader, root, level - 1, above));
    if (only) return *only;
    LevelSplice<EntryLevel> inner(reader, root, level, {InnerWriter(root->kind, level, output)},
                                  above);
    STET_TRY(above, inner.run());
  }
  if (above.size() != 1 || above[0].entries.empty()) return bad_edits(root);
  // What came before the first item may have ended a node right there; the old root follows whole.
  auto& entries = above[0].entries;
  if (above[0].end == 0) entries.push_back(root->entry());
  return build_above(output, root->kind, root->level + 1, entries);
}

}  // namespace

Result<Entry> splice(ChunkReader& reader, Output& output, const NodePtr& root,
                     const std::vector<ItemEdit>& edits) {
  return splice_with(reader, output, root, ItemLevel{LeafWriter(root->kind, output)}, edits);
}

Result<Entry> splice(ChunkReader& reader, Output& output, const NodePtr& root,
                     const std::vector<ByteEdit>& edits) {
  return splice_with(reader, output, root, ByteLevel{ByteLeafWriter(root->kind, output)}, edits);
}

void append_edit(std::vector<ItemEdit>& edits, ItemEdit edit) {
  if (edit.begin == edit.end && edit.items.empty()) return;
  if (edits.empty() || edits.back().end != edit.begin) {
    edits.push_back(std::move(edit));
    return;
  }
  auto& last = edits.back();
  last.end = edit.end;
  std::ranges::move(edit.items, std::back_inserter(last.items));
}

}  // namespace stet::tree
