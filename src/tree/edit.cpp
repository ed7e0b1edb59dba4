// Saving an edited value: what changed is found by skipping the nodes that the two values share,
// and the stored tree is edited there.
#include <algorithm>
#include <utility>

#include "stet/value/changes.hpp"
#include "tree/container.hpp"
#include "tree/value_writer.hpp"
#include "value/possible_changes.hpp"

namespace stet::tree {

namespace {

bool is_container(Kind kind) noexcept { return kind == Kind::list || kind == Kind::map; }

BytesView content_of(const ValueRef& value) noexcept {
  return value.kind() == Kind::text ? as_bytes(*value.to_text()) : *value.to_bytes();
}

Error not_what_is_stored() {
  return {ErrorCode::internal, "the value before isn't the one that is stored"};
}

class Editor {
 public:
  Editor(ChunkReader& reader, Output& output) : reader_(reader), output_(output), writer_(output) {}

  // The slot of `after`; `stored` is the slot of `before`.
  Result<Slot> edit_slot(ValueRef before, SlotView stored, ValueRef after, unsigned depth) {
    if (before.same_node(after)) return Slot::copy_of(stored);
    if (!stored.is_tree || before.kind() != after.kind()) return writer_.slot(after, depth);
    if (!is_container(after.kind())) return edit_content(before, stored, after, depth);
    STET_TRY(const auto container, Container::open(reader_, stored));
    const bool is_map = after.kind() == Kind::map;
    if (container.is_map() != is_map || container.count() != before.size()) {
      return not_what_is_stored();
    }
    STET_TRY(const auto edits, is_map ? map_edits(before, container, after, depth + 1)
                                      : list_edits(before, container, after, depth + 1));
    if (edits.empty()) return Slot::copy_of(stored);
    return container.edit(output_, edits);
  }

 private:
  Result<std::vector<ItemEdit>> list_edits(ValueRef before, const Container& stored, ValueRef after,
                                           unsigned depth);
  Result<std::vector<ItemEdit>> map_edits(ValueRef before, const Container& stored, ValueRef after,
                                          unsigned depth);
  Result<Slot> edit_content(ValueRef before, SlotView stored, ValueRef after, unsigned depth);

  ChunkReader& reader_;
  Output& output_;
  ValueWriter writer_;
};

// Within a change items are paired from its front: a pair is one edited item, or the same item
// where values were made anew; the rest came or went.
Result<std::vector<ItemEdit>> Editor::list_edits(ValueRef before, const Container& stored,
                                                 ValueRef after, unsigned depth) {
  std::vector<ItemEdit> edits;
  for (const auto& change : detail::possible_list_changes(before, after)) {
    ItemEdit edit{change.before_begin, change.before_begin, {}};
    for (std::size_t i = change.after_begin; i < change.after_end; ++i) {
      const std::size_t partner = change.before_begin + (i - change.after_begin);
      const ValueRef item = *after.item(i);
      if (partner >= change.before_end) {
        STET_TRY(auto slot, writer_.slot(item, depth));
        edit.items.push_back({{}, std::move(slot)});
        continue;
      }
      STET_TRY(const auto old, stored.item(partner));
      STET_TRY(auto slot, edit_slot(*before.item(partner), old, item, depth));
      if (same_slot(old, slot)) {
        append_edit(edits, std::exchange(edit, {partner + 1, partner + 1, {}}));
        continue;
      }
      edit.items.push_back({{}, std::move(slot)});
      edit.end = partner + 1;
    }
    edit.end = change.before_end;
    append_edit(edits, std::move(edit));
  }
  return edits;
}

Result<std::vector<ItemEdit>> Editor::map_edits(ValueRef before, const Container& stored,
                                                ValueRef after, unsigned depth) {
  std::vector<ItemEdit> edits;
  for (const auto& change : detail::possible_map_changes(before, after)) {
    STET_TRY(const auto place, stored.find(change.key));
    if (place.slot.has_value() != change.in_before) return not_what_is_stored();
    ItemEdit edit{place.position, place.position + (change.in_before ? 1 : 0), {}};
    if (change.in_after) {
      const ValueRef member = *after.member(change.key);
      STET_TRY(auto slot, change.in_before
                              ? edit_slot(*before.member(change.key), *place.slot, member, depth)
                              : writer_.slot(member, depth));
      if (change.in_before && same_slot(*place.slot, slot)) continue;
      edit.items.push_back({std::string(change.key), std::move(slot)});
    }
    append_edit(edits, std::move(edit));
  }
  return edits;
}

Result<Slot> Editor::edit_content(ValueRef before, SlotView stored, ValueRef after,
                                  unsigned depth) {
  const BytesView old_content = content_of(before);
  const BytesView content = content_of(after);
  STET_TRY(const auto root, reader_.tree(stored));
  if (root->count != old_content.size()) return not_what_is_stored();
  if (whole_plain(content.size(), content.size()) <= kInlineBytesMax) {
    return writer_.slot(after, depth);
  }
  const auto parts = std::ranges::mismatch(old_content, content);
  const auto prefix = static_cast<std::size_t>(parts.in1 - old_content.begin());
  const std::size_t rest = std::min(old_content.size(), content.size()) - prefix;
  std::size_t suffix = 0;
  while (suffix < rest &&
         old_content[old_content.size() - suffix - 1] == content[content.size() - suffix - 1]) {
    ++suffix;
  }
  if (prefix == content.size() && prefix == old_content.size()) return Slot::copy_of(stored);
  const ByteEdit edit{prefix, old_content.size() - suffix,
                      content.subspan(prefix, content.size() - suffix - prefix)};
  STET_TRY(const auto entry, splice(reader_, output_, root, std::vector{edit}));
  if (entry.count != content.size()) {
    return Error(ErrorCode::internal, "an edited text doesn't add up; nothing is saved");
  }
  return Slot::of_tree(entry.id, whole_plain(entry.count, entry.plain));
}

}  // namespace

Result<Root> write_edit(const Value& before, const Root& before_root, const Value& after,
                        ChunkSource& source, ChunkSink& sink) {
  if (before.same_node(after)) return before_root;
  if (before_root.kind == RootKind::plain) return write(after, sink);
  ChunkReader reader(source);
  Output output(sink, reader);
  STET_TRY(const auto stored, root_slot(reader, before_root));
  Editor editor(reader, output);
  STET_TRY(const auto slot, editor.edit_slot(before.ref(), stored, after.ref(), 0));
  return put_root(slot, output);
}

}  // namespace stet::tree
