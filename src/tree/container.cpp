#include "tree/container.hpp"

#include <algorithm>

namespace stet::tree {

using dag_cbor::Major;

namespace {

Major major_of(SlotView slot) noexcept { return static_cast<Major>(slot.bytes[0] >> 5); }

Kind kind_of_inline(SlotView slot) noexcept {
  switch (major_of(slot)) {
    case Major::unsigned_integer:
    case Major::negative_integer:
      return Kind::integer;
    case Major::bytes:
      return Kind::bytes;
    case Major::text:
      return Kind::text;
    case Major::list:
      return Kind::list;
    case Major::map:
      return Kind::map;
    case Major::tag:
      return Kind::link;
    case Major::simple:
      break;
  }
  constexpr std::uint8_t kNull = 0xf6, kFloat = 0xfb;
  if (slot.bytes[0] == kNull) return Kind::null;
  return slot.bytes[0] == kFloat ? Kind::floating : Kind::boolean;
}

std::uint64_t removed_by(const std::vector<ItemEdit>& edits) {
  std::uint64_t removed = 0;
  for (const auto& edit : edits) removed += edit.end - edit.begin;
  return removed;
}

std::uint64_t added_by(const std::vector<ItemEdit>& edits) {
  std::uint64_t added = 0;
  for (const auto& edit : edits) added += edit.items.size();
  return added;
}

std::uint64_t plain_of(const Item& item, bool is_map) {
  const std::uint64_t key = is_map ? head_bytes(item.key.size()) + item.key.size() : 0;
  return key + item.slot.plain;
}

}  // namespace

Result<Kind> kind_of(ChunkReader& reader, SlotView slot) {
  if (!slot.is_tree) return kind_of_inline(slot);
  STET_TRY(const auto root, reader.tree(slot));
  return kind_of_node(root->kind);
}

Result<std::uint64_t> size_of(ChunkReader& reader, SlotView slot) {
  if (slot.is_tree) {
    STET_TRY(const auto root, reader.tree(slot));
    return root->count;
  }
  dag_cbor::Reader encoded(slot.bytes);
  switch (major_of(slot)) {
    case Major::list:
      return encoded.begin_list();
    case Major::map:
      return encoded.begin_map();
    case Major::text: {
      STET_TRY(const auto text, encoded.read_text());
      return text.size();
    }
    case Major::bytes: {
      STET_TRY(const auto bytes, encoded.read_bytes());
      return bytes.size();
    }
    default:
      return std::uint64_t{0};
  }
}

Result<Slot> root_slot(ChunkReader& reader, const Root& root) {
  if (root.kind == RootKind::node) {
    STET_TRY(const auto node, reader.node(root.id));
    return Slot::of_tree(root.id, whole_plain(node->count, node->plain));
  }
  STET_TRY(auto bytes, reader.bytes(root.id));
  dag_cbor::Reader encoded(bytes);
  auto checked = encoded.skip_value();
  if (!checked.ok() || !encoded.at_end()) return corrupt(root.id, "it isn't plain DAG-CBOR");
  const std::uint64_t plain = bytes.size();
  return Slot{std::move(bytes), plain, false};
}

Result<Value> load_slot(SlotView slot, ChunkSource& source) {
  if (slot.is_tree) return load({slot.id(), RootKind::node}, source);
  return dag_cbor::decode(slot.bytes);
}

Result<Container> Container::open(ChunkReader& reader, SlotView slot) {
  if (slot.is_tree) {
    STET_TRY(auto root, reader.tree(slot));
    Container container(reader, root->kind);
    container.count_ = root->count;
    container.plain_ = root->plain;
    container.root_ = std::move(root);
    return container;
  }
  const bool is_map = kind_of_inline(slot) == Kind::map;
  Container container(reader, is_map ? NodeKind::map : NodeKind::list);
  container.bytes_ = std::make_shared<Bytes>(slot.bytes.begin(), slot.bytes.end());
  STET_CHECK(container.parse_inline());
  return container;
}

Result<void> Container::parse_inline() {
  const BytesView all = *bytes_;
  dag_cbor::Reader encoded(all);
  STET_TRY(count_, is_map() ? encoded.begin_map() : encoded.begin_list());
  const std::size_t items_begin = encoded.offset();
  items_.reserve(count_);
  for (std::uint64_t i = 0; i < count_; ++i) {
    ItemView item;
    const std::size_t begin = encoded.offset();
    if (is_map()) {
      STET_TRY(item.key, encoded.read_text());
    }
    STET_TRY(item.slot.bytes, encoded.skip_value());
    item.slot.plain = item.slot.bytes.size();
    item.encoded = all.subspan(begin, encoded.offset() - begin);
    items_.push_back(item);
  }
  plain_ = all.size() - items_begin;
  return {};
}

Result<Slot> Container::item(std::uint64_t position) const {
  if (!root_) return Slot::copy_of(items_[position].slot);
  STET_TRY(const auto place, locate(*reader_, root_, 0, position));
  return Slot::copy_of(place.node->items[position - place.begin].slot);
}

Result<KeyPlace> Container::find(std::string_view key) const {
  if (root_) return find_key(*reader_, root_, key);
  const auto found = std::ranges::lower_bound(items_, key, key_less, &ItemView::key);
  KeyPlace place{static_cast<std::uint64_t>(found - items_.begin()), std::nullopt};
  if (found != items_.end() && found->key == key) place.slot = Slot::copy_of(found->slot);
  return place;
}

Result<void> Container::for_items(std::uint64_t begin, std::uint64_t end,
                                  const ItemCallback& callback) const {
  if (root_) return tree::for_items(*reader_, root_, begin, end, callback);
  for (std::uint64_t i = begin; i < std::min(end, count_); ++i) STET_CHECK(callback(items_[i]));
  return {};
}

Result<std::uint64_t> Container::plain_after(const std::vector<ItemEdit>& edits) const {
  std::uint64_t plain = plain_;
  for (const auto& edit : edits) {
    if (root_) {
      STET_TRY(const auto removed, plain_between(*reader_, root_, edit.begin, edit.end));
      plain -= removed;
    } else {
      for (std::uint64_t i = edit.begin; i < edit.end; ++i) plain -= items_[i].plain();
    }
    // No item passes check_plain_bytes, so only more of them than memory holds could overflow.
    for (const auto& item : edit.items) plain += plain_of(item, is_map());
  }
  return plain;
}

Result<Slot> Container::edit(Output& output, const std::vector<ItemEdit>& edits) const {
  if (!edits.empty() && edits.back().end > count_) {
    return Error(ErrorCode::internal, "an edit lies outside of the stored container");
  }
  STET_TRY(const auto plain, plain_after(edits));
  const std::uint64_t count = count_ - removed_by(edits) + added_by(edits);
  const std::uint64_t whole = whole_plain(count, plain);
  STET_CHECK(check_plain_bytes(whole));
  if (whole <= kInlineBytesMax) return edit_inline(edits, count);
  if (!root_) return edit_to_tree(output, edits);
  STET_TRY(const auto entry, splice(*reader_, output, root_, edits));
  if (entry.count != count || entry.plain != plain) {
    return Error(ErrorCode::internal, "an edited container doesn't add up; nothing is saved");
  }
  return Slot::of_tree(entry.id, whole_plain(entry.count, entry.plain));
}

template <class OnOld, class OnNew>
Result<void> Container::walk_edited(const std::vector<ItemEdit>& edits, OnOld on_old,
                                    OnNew on_new) const {
  std::uint64_t at = 0;
  for (const auto& edit : edits) {
    STET_CHECK(for_items(at, edit.begin, on_old));
    for (const auto& item : edit.items) STET_CHECK(on_new(item));
    at = edit.end;
  }
  return for_items(at, count_, on_old);
}

Result<Slot> Container::edit_inline(const std::vector<ItemEdit>& edits, std::uint64_t count) const {
  Slot slot;
  const auto append = [&](BytesView bytes) {
    slot.bytes.insert(slot.bytes.end(), bytes.begin(), bytes.end());
    return Result<void>();
  };
  dag_cbor::append_head(is_map() ? Major::map : Major::list, count, slot.bytes);
  STET_CHECK(walk_edited(
      edits, [&](const ItemView& item) { return append(item.encoded); },
      [&](const Item& item) {
        if (is_map()) dag_cbor::append_text(item.key, slot.bytes);
        return append(item.slot.bytes);
      }));
  slot.plain = slot.bytes.size();
  return slot;
}

Result<Slot> Container::edit_to_tree(Output& output, const std::vector<ItemEdit>& edits) const {
  TreeBuilder<LeafWriter> tree(kind_, output);
  const auto add = [&](const auto& item) -> Result<void> {
    STET_CHECK(tree.leaf().add(item));
    return tree.settle();
  };
  STET_CHECK(walk_edited(edits, add, add));
  STET_TRY(const auto root, tree.finish());
  return Slot::of_tree(root.id, whole_plain(root.count, root.plain));
}

}  // namespace stet::tree
