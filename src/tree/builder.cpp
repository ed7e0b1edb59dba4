#include "tree/builder.hpp"

#include <cassert>

namespace stet::tree {

using dag_cbor::Major;

namespace {

// More bytes than Output has unnamed at a time, so that nobody waits for the older half of them.
constexpr std::size_t kUnnamedMax = 4096;

void append(BytesView bytes, Bytes& out) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void append_unsigned(std::uint64_t value, Bytes& out) {
  dag_cbor::append_head(Major::unsigned_integer, value, out);
}

// The text in the encoding of one that we made.
std::string_view text_of(std::string_view encoded) noexcept {
  const unsigned detail = static_cast<unsigned char>(encoded[0]) & 0x1fu;
  return encoded.substr(detail < 24 ? 1 : 1 + (std::size_t{1} << (detail - 24)));
}

std::size_t entry_fields(NodeKind kind) noexcept {
  if (kind == NodeKind::map) return 4;
  return kind == NodeKind::list ? 3 : 2;
}

}  // namespace

void NodeWriter::begin_chunk(std::size_t fields, std::size_t body_bytes) {
  constexpr std::size_t kFrontBytes = 32;
  chunk_.clear();
  chunk_.reserve(kFrontBytes + body_bytes);
  dag_cbor::append_head(Major::list, fields, chunk_);
  append_unsigned(static_cast<std::uint64_t>(kind_), chunk_);
  append_unsigned(level_, chunk_);
}

template <class Fill>
Result<void> NodeWriter::end_chunk(Entry entry, Fill fill) {
  if (names_later_) {
    STET_TRY(auto chunk, output_->put_later(chunk_));
    unnamed_.push_back({std::move(entry), std::move(chunk)});
    return {};
  }
  if (keeps_nodes()) {
    auto node = std::make_shared<Node>();
    node->bytes = std::exchange(chunk_, {});
    node->kind = kind_;
    node->level = level_;
    node->count = entry.count;
    node->plain = entry.plain;
    fill(*node);
    STET_TRY(entry.id, output_->put_node(std::move(node), replaced_.get()));
  } else {
    STET_TRY(entry.id, output_->put(chunk_, replaced_.get()));
  }
  made_.push_back(std::move(entry));
  return {};
}

// Which ones doesn't depend on what has an id by now: so chunks come in one order each time.
void NodeWriter::collect(Which which) {
  std::size_t count = unnamed_.size();
  if (which == Which::old) count = count < kUnnamedMax ? 0 : count / 2;
  for (std::size_t i = 0; i < count; ++i) {
    unnamed_[i].entry.id = output_->id(unnamed_[i].chunk);
    made_.push_back(std::move(unnamed_[i].entry));
  }
  unnamed_.erase(unnamed_.begin(), unnamed_.begin() + static_cast<std::ptrdiff_t>(count));
}

Result<void> LeafWriter::end_item(std::size_t begin, std::size_t slot_begin,
                                  std::uint64_t slot_plain, bool is_tree) {
  const std::uint64_t size = body_.size() - begin;
  const bool is_map = kind_ == NodeKind::map;
  const BytesView drawn = is_map ? BytesView(body_).subspan(begin, slot_begin - begin)
                                 : BytesView(body_).subspan(slot_begin);
  if (is_tree) subtrees_.insert(subtrees_.end(), {count_, slot_plain});
  if (keeps_nodes()) {
    places_.push_back({begin, slot_begin, body_.size(), slot_plain, is_tree});
  }
  ++count_;
  plain_ += slot_begin - begin + slot_plain;
  last_key_begin_ = begin;
  last_key_end_ = slot_begin;
  if (!cutter_.add(size, draw_of(drawn))) return {};
  return end_node();
}

Result<void> LeafWriter::add(const ItemView& item) {
  const std::size_t begin = body_.size();
  append(item.encoded, body_);
  return end_item(begin, begin + item.encoded_key().size(), item.slot.plain, item.slot.is_tree);
}

Result<void> LeafWriter::add(const Item& item) {
  const std::size_t begin = body_.size();
  if (kind_ == NodeKind::map) dag_cbor::append_text(item.key, body_);
  const std::size_t slot_begin = body_.size();
  append(item.slot.bytes, body_);
  return end_item(begin, slot_begin, item.slot.plain, item.slot.is_tree);
}

Result<void> LeafWriter::finish() { return at_start() ? Result<void>() : end_node(); }

void LeafWriter::fill_node(Node& node, std::size_t body_begin) const {
  const BytesView body = BytesView(node.bytes).subspan(body_begin);
  node.items.reserve(places_.size());
  for (const Place& place : places_) {
    ItemView item;
    item.encoded = body.subspan(place.begin, place.end - place.begin);
    item.slot = {body.subspan(place.slot_begin, place.end - place.slot_begin), place.slot_plain,
                 place.is_tree};
    if (node.is_map()) item.key = text_of(as_text(item.encoded_key()));
    node.items.push_back(item);
  }
}

Result<void> LeafWriter::end_node() {
  constexpr std::size_t kNumberBytesMax = 9;
  begin_chunk(4, body_.size() + subtrees_.size() * kNumberBytesMax);
  dag_cbor::append_head(Major::list, subtrees_.size(), chunk_);
  for (const auto number : subtrees_) append_unsigned(number, chunk_);
  const bool is_map = kind_ == NodeKind::map;
  dag_cbor::append_head(is_map ? Major::map : Major::list, count_, chunk_);
  const std::size_t body_begin = chunk_.size();
  append(body_, chunk_);
  Entry entry{{}, count_, plain_, {}};
  if (is_map) {
    const auto encoded = as_text(body_).substr(last_key_begin_, last_key_end_ - last_key_begin_);
    entry.key = text_of(encoded);
  }
  body_.clear();
  subtrees_.clear();
  count_ = plain_ = 0;
  cutter_.reset();
  auto ended = end_chunk(std::move(entry), [&](Node& node) { fill_node(node, body_begin); });
  places_.clear();
  return ended;
}

Result<void> InnerWriter::add(const Entry& entry) {
  if (at_start()) body_.reserve(2 * kInnerRule.target);
  const std::size_t begin = body_.size();
  dag_cbor::append_link(entry.id, body_);
  append_unsigned(entry.count, body_);
  if (entry_fields(kind_) > 2) append_unsigned(entry.plain, body_);
  if (kind_ == NodeKind::map) dag_cbor::append_text(entry.key, body_);
  ++entries_;
  count_ += entry.count;
  plain_ += entry.plain;
  last_ = entry;
  if (keeps_nodes()) kept_.push_back(entry);
  if (!cutter_.add(body_.size() - begin, draw_of(entry.id))) return {};
  return end_node();
}

Result<void> InnerWriter::finish() { return at_start() ? Result<void>() : end_node(); }

std::optional<Entry> InnerWriter::only_entry() const {
  if (nodes_ == 0 && entries_ == 1) return last_;
  return std::nullopt;
}

Result<void> InnerWriter::end_node() {
  begin_chunk(3, body_.size());
  dag_cbor::append_head(Major::list, entries_ * entry_fields(kind_), chunk_);
  append(body_, chunk_);
  Entry entry{{}, count_, plain_, std::move(last_.key)};
  body_.clear();
  entries_ = count_ = plain_ = 0;
  ++nodes_;
  cutter_.reset();
  return end_chunk(std::move(entry), [&](Node& node) { node.entries = std::exchange(kept_, {}); });
}

Result<void> ByteLeafWriter::add(BytesView run) {
  while (!run.empty()) {
    const std::size_t scanned = leaf_.size();
    const std::size_t taken = std::min<std::size_t>(run.size(), kLeafRule.max);
    append(run.first(taken), leaf_);
    const std::size_t end = cutter_.find_end(leaf_, scanned);
    if (end == 0) {
      run = run.subspan(taken);
      continue;
    }
    run = run.subspan(end - scanned);
    leaf_.resize(end);
    STET_CHECK(end_node());
  }
  return {};
}

Result<void> ByteLeafWriter::finish() { return at_start() ? Result<void>() : end_node(); }

Result<void> ByteLeafWriter::end_node() {
  begin_chunk(3, leaf_.size());
  if (kind_ == NodeKind::text) {
    dag_cbor::append_text(as_text(leaf_), chunk_);
  } else {
    dag_cbor::append_bytes(leaf_, chunk_);
  }
  const std::uint64_t size = leaf_.size();
  leaf_.clear();
  return end_chunk({{}, size, size, {}},
                   [size](Node& node) { node.content = BytesView(node.bytes).last(size); });
}

Result<void> InnerBuilder::add_at(std::size_t index, const Entry& entry) {
  if (index == levels_.size()) {
    levels_.emplace_back(kind_, level_ + static_cast<unsigned>(index), *output_);
  }
  auto& level = levels_[index];
  STET_CHECK(level.add(entry));
  return level.drain([&](Entry made) { return add_at(index + 1, made); });
}

Result<Entry> InnerBuilder::finish() {
  assert(!levels_.empty());
  for (std::size_t index = 0;; ++index) {
    if (const auto only = levels_[index].only_entry()) return *only;
    STET_CHECK(levels_[index].finish());
    STET_CHECK(levels_[index].drain([&](Entry made) { return add_at(index + 1, made); }));
  }
}

}  // namespace stet::tree
