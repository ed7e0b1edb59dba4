#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>

#include "codec/dag_cbor_write.hpp"
#include "codec/value_walk.hpp"
#include "stet/codec/dag_cbor.hpp"

namespace stet::dag_cbor {

namespace {

using detail::Cell;
using detail::Node;
using detail::Tag;

// Deeper values are walked without recursion.
constexpr unsigned kRecursionMax = 200;

std::size_t head_bytes(std::uint64_t argument) noexcept {
  if (argument < 24) return 1;
  if (argument <= 0xff) return 2;
  if (argument <= 0xffff) return 3;
  return argument <= 0xffff'ffff ? 5 : 9;
}

void append_run(Major major, BytesView run, Bytes& out) {
  append_head(major, run.size(), out);
  out.insert(out.end(), run.begin(), run.end());
}

void append_cid(BytesView cid, Bytes& out) {
  append_head(Major::tag, kTagLink, out);
  append_head(Major::bytes, cid.size() + 1, out);
  out.push_back(0);
  out.insert(out.end(), cid.begin(), cid.end());
}

// Encodes into a buffer of its own that is small enough to stay in the cache. The write pointer is
// passed and returned, so that it stays in a register; null says that the encoding is too long or
// nested too deep, and nothing counts that was written.
class Encoder {
 public:
  explicit Encoder(Bytes& out) : out_(out) {}
  // Precondition: bytes_max ≤ kBoundedBytesMax.
  Encoder(Bytes& out, std::size_t bytes_max)
      : out_(out), full_(buffer_ + bytes_max), is_bounded_(true) {
    assert(bytes_max <= kBoundedBytesMax);
  }

  // False where it passes the bounds; `out` is as before then.
  bool run(ValueRef value, unsigned depth_max) {
    const Place end = item(value.cell(), buffer_, depth_max);
    if (end == nullptr || (is_bounded_ && end > full_)) return false;
    flush(end);
    return true;
  }

 private:
  // Precondition: room for an item.
  [[gnu::always_inline]] Place item(const Cell& cell, Place at, unsigned levels) {
    // The usual kinds as branches, which are predicted better than a jump by table.
    if (cell.tag() == Tag::short_text) return store_short(at, Major::text, cell);
    if (cell.tag() == Tag::integer) return store_head(at, Major::unsigned_integer, cell.body);
    if (cell.tag() == Tag::list) return list(cell, at, levels);
    if (cell.tag() == Tag::map) return map(cell, at, levels);
    switch (cell.tag()) {
      case Tag::text:
        return run(Major::text, cell, at);
      case Tag::short_bytes:
        return store_short(at, Major::bytes, cell);
      case Tag::bytes:
        return run(Major::bytes, cell, at);
      case Tag::link:
        return link(cell, at);
      default:
        return store_number(at, cell);
    }
  }

  Place list(const Cell& cell, Place at, unsigned levels) {
    if (levels == 0) return deep(cell, at);
    at = store_head(at, Major::list, cell.size());
    return cell.size() == 0 ? at : items(*detail::node_of(cell), at, levels - 1);
  }

  Place map(const Cell& cell, Place at, unsigned levels) {
    if (levels == 0) return deep(cell, at);
    at = store_head(at, Major::map, cell.size());
    return cell.size() == 0 ? at : members(*detail::node_of(cell), at, levels - 1);
  }

  Place items(const Node& node, Place at, unsigned levels) {
    prefetch_behind(node);
    const Cell* cell = node.cells();
    for (const Cell* const end = cell + node.count; cell != end; ++cell) {
      if (node.height != 0) [[unlikely]] {
        at = items(*detail::node_of(*cell), at, levels);
      } else {
        if (at > full_) [[unlikely]]
          at = relieve(at);
        if (at != nullptr) [[likely]]
          at = item(*cell, at, levels);
      }
      if (at == nullptr) [[unlikely]]
        return nullptr;
    }
    return at;
  }

  Place members(const Node& node, Place at, unsigned levels) {
    prefetch_behind(node);
    const Cell* cell = node.cells();
    const Cell* key = node.keys()->cells();
    for (const Cell* const end = cell + node.count; cell != end; ++cell, ++key) {
      if (node.height != 0) [[unlikely]] {
        at = members(*detail::node_of(*cell), at, levels);
      } else {
        at = prepare_member(*key, at);
        if (at != nullptr) [[likely]]
          at = item(*cell, at, levels);
      }
      if (at == nullptr) [[unlikely]]
        return nullptr;
    }
    return at;
  }

  // The key, and room for the value.
  [[gnu::always_inline]] Place prepare_member(const Cell& key, Place at) {
    if (at > full_) [[unlikely]]
      at = relieve(at);
    if (at == nullptr) return nullptr;
    if (key.tag() == Tag::short_text) [[likely]]
      return store_short(at, Major::text, key);
    at = run(Major::text, key, at);
    return at > full_ ? relieve(at) : at;
  }

  [[gnu::noinline]] Place run(Major major, const Cell& cell, Place at) {
    const std::string_view run = detail::chars_of(cell);
    if (run.size() > static_cast<std::size_t>(end() - at) - kHeadBytesMax) {
      at = relieve(at);
      if (at != nullptr) append_run(major, as_bytes(run), out_);
      return at;
    }
    at = store_head(at, major, run.size());
    if (!run.empty()) std::memcpy(at, run.data(), run.size());
    return at + run.size();
  }

  [[gnu::noinline]] Place link(const Cell& cell, Place at) {
    const BytesView cid = as_bytes(detail::chars_of(cell));
    if (cid.size() + 2 * kHeadBytesMax > static_cast<std::size_t>(end() - at)) {
      at = relieve(at);
      if (at != nullptr) append_cid(cid, out_);
      return at;
    }
    at = store_head(at, Major::tag, kTagLink);
    at = store_head(at, Major::bytes, cid.size() + 1);
    *at++ = 0;
    return std::copy(cid.begin(), cid.end(), at);
  }

  [[gnu::noinline]] Place deep(const Cell& cell, Place at);

  // The buffer's begin, after what is in it has moved to `out`.
  [[gnu::noinline]] Place relieve(Place at) {
    if (is_bounded_) return nullptr;
    flush(at);
    return buffer_;
  }
  void flush(Place at) { out_.insert(out_.end(), buffer_, at); }
  Place end() noexcept { return std::end(buffer_); }

  Bytes& out_;
  std::uint8_t buffer_[kBoundedBytesMax + kItemRoomBytes];
  Place full_ = buffer_ + kBoundedBytesMax;
  bool is_bounded_ = false;
};

// The events of a walk through what is nested too deep for the encoder's recursion.
struct DeepWriter {
  Bytes& out;

  void scalar(ValueRef value) { Encoder(out).run(value, 0); }
  void begin_list(std::size_t count) { append_head(Major::list, count, out); }
  void end_list() {}
  void begin_map(std::size_t count) { append_head(Major::map, count, out); }
  void key(std::string_view key) { append_text(key, out); }
  void end_map() {}
};

Place Encoder::deep(const Cell& cell, Place at) {
  at = relieve(at);
  if (at == nullptr) return nullptr;
  DeepWriter writer{out_};
  codec::walk(ValueRef(&cell), writer);
  return at;
}

// Adds up what Encoder would write.
class Counter {
 public:
  std::uint64_t total() const noexcept { return total_; }

  void scalar(ValueRef value);
  void begin_list(std::size_t count) { total_ += head_bytes(count); }
  void end_list() {}
  void begin_map(std::size_t count) { total_ += head_bytes(count); }
  void key(std::string_view key) { run(key.size()); }
  void end_map() {}

 private:
  void run(std::size_t size) { total_ += head_bytes(size) + size; }

  std::uint64_t total_ = 0;
};

void Counter::scalar(ValueRef value) {
  switch (value.kind()) {
    case Kind::null:
    case Kind::boolean:
      total_ += 1;
      return;
    case Kind::integer: {
      const auto number = value.to_uint64();
      total_ += head_bytes(number ? *number : *value.to_negative());
      return;
    }
    case Kind::floating:
      total_ += 9;
      return;
    case Kind::text:
      return run(value.to_text()->size());
    case Kind::bytes:
      return run(value.to_bytes()->size());
    case Kind::link:
      total_ += head_bytes(kTagLink);
      return run(1 + value.link_bytes()->size());
    case Kind::list:
    case Kind::map:
      break;
  }
  assert(false && "a container is no scalar");
}

}  // namespace

void append(ValueRef value, Bytes& out) { Encoder(out).run(value, kRecursionMax); }

bool append_within(ValueRef value, std::size_t bytes_max, unsigned depth_max, Bytes& out) {
  return Encoder(out, bytes_max).run(value, depth_max);
}

Bytes encode(const Value& value) {
  Bytes out;
  append(value.ref(), out);
  return out;
}

std::uint64_t encoded_size(ValueRef value) {
  Counter counter;
  codec::walk(value, counter);
  return counter.total();
}

void append_head(Major major, std::uint64_t argument, Bytes& out) {
  std::array<std::uint8_t, kHeadBytesMax> head;
  const std::uint8_t* const end = store_head(head.data(), major, argument);
  out.insert(out.end(), static_cast<const std::uint8_t*>(head.data()), end);
}
void append_text(std::string_view text, Bytes& out) {
  append_run(Major::text, as_bytes(text), out);
}
void append_bytes(BytesView bytes, Bytes& out) { append_run(Major::bytes, bytes, out); }
void append_link(const Id& id, Bytes& out) { append_cid(cid_bytes_of(id), out); }

}  // namespace stet::dag_cbor
