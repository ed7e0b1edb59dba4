#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>

#include "codec/value_walk.hpp"
#include "stet/codec/dag_cbor.hpp"

namespace stet::dag_cbor {

namespace {

constexpr std::size_t kHeadBytesMax = 9;
constexpr std::uint8_t kTagLink = 42;
// Deeper values are walked without recursion.
constexpr unsigned kRecursionMax = 200;

std::size_t head_bytes(std::uint64_t argument) noexcept {
  if (argument < 24) return 1;
  if (argument <= 0xff) return 2;
  if (argument <= 0xffff) return 3;
  return argument <= 0xffff'ffff ? 5 : 9;
}

template <class Integer>
std::uint8_t* store_big_endian(std::uint8_t* at, std::uint64_t value) noexcept {
  for (std::size_t i = sizeof(Integer); i > 0; --i) {
    *at++ = static_cast<std::uint8_t>(value >> (8 * (i - 1)));
  }
  return at;
}

std::uint8_t* store_long_head(std::uint8_t* at, Major major, std::uint64_t argument) noexcept {
  const auto first = static_cast<unsigned>(major) << 5;
  const auto put = [&](unsigned detail) { *at++ = static_cast<std::uint8_t>(first | detail); };
  if (argument <= 0xff) {
    put(24);
    return store_big_endian<std::uint8_t>(at, argument);
  }
  if (argument <= 0xffff) {
    put(25);
    return store_big_endian<std::uint16_t>(at, argument);
  }
  if (argument <= 0xffff'ffff) {
    put(26);
    return store_big_endian<std::uint32_t>(at, argument);
  }
  put(27);
  return store_big_endian<std::uint64_t>(at, argument);
}

// Writes the shortest head; room for kHeadBytesMax is the caller's.
inline std::uint8_t* store_head(std::uint8_t* at, Major major, std::uint64_t argument) noexcept {
  if (argument >= 24) return store_long_head(at, major, argument);
  *at = static_cast<std::uint8_t>(static_cast<unsigned>(major) << 5 | argument);
  return at + 1;
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
    const Place end = item(value, buffer_, depth_max);
    if (end == nullptr || (is_bounded_ && end > full_)) return false;
    flush(end);
    return true;
  }

 private:
  using Place = std::uint8_t*;

  static constexpr std::size_t kItemBytes = 48;  // of any item that isn't a long run: key and value

  Place item(ValueRef value, Place at, unsigned levels) {
    if (at > full_) [[unlikely]]
      at = relieve(at);
    if (at == nullptr) return nullptr;
    switch (value.kind()) {
      case Kind::null:
        return simple(at, 0xf6);
      case Kind::boolean:
        return simple(at, *value.to_bool() ? 0xf5 : 0xf4);
      case Kind::integer:
        if (const auto number = value.to_uint64()) {
          return store_head(at, Major::unsigned_integer, *number);
        }
        return store_head(at, Major::negative_integer, *value.to_negative());
      case Kind::floating:
        *at++ = 0xfb;
        return store_big_endian<std::uint64_t>(at,
                                               std::bit_cast<std::uint64_t>(*value.to_double()));
      case Kind::text:
        return text(*value.to_text(), at);
      case Kind::bytes:
        return run(Major::bytes, *value.to_bytes(), at);
      case Kind::link:
        return link(*value.link_bytes(), at);
      case Kind::list:
        return levels == 0 ? deep(value, at) : list(value, at, levels - 1);
      case Kind::map:
        break;
    }
    return levels == 0 ? deep(value, at) : map(value, at, levels - 1);
  }

  Place list(ValueRef list, Place at, unsigned levels) {
    at = store_head(at, Major::list, list.size());
    for (const ValueRef value : list.items()) {
      at = item(value, at, levels);
      if (at == nullptr) return nullptr;
    }
    return at;
  }

  Place map(ValueRef map, Place at, unsigned levels) {
    at = store_head(at, Major::map, map.size());
    for (const auto [key, value] : map.members()) {
      if (at > full_) [[unlikely]]
        at = relieve(at);
      if (at != nullptr) at = text(key, at);
      if (at != nullptr) at = item(value, at, levels);
      if (at == nullptr) return nullptr;
    }
    return at;
  }

  static Place simple(Place at, std::uint8_t byte) {
    *at = byte;
    return at + 1;
  }

  // Of a value or a key of one: a short one is copied with all of its cell.
  Place text(std::string_view text, Place at) {
    if (text.size() > kCellTextBytes) return run(Major::text, as_bytes(text), at);
    at = store_head(at, Major::text, text.size());
    std::memcpy(at, text.data(), kCellTextBytes);
    return at + text.size();
  }

  Place run(Major major, BytesView run, Place at) {
    if (run.size() > static_cast<std::size_t>(end() - at) - kHeadBytesMax) {
      return long_run(major, run, at);
    }
    at = store_head(at, major, run.size());
    if (!run.empty()) std::memcpy(at, run.data(), run.size());
    return at + run.size();
  }

  [[gnu::noinline]] Place long_run(Major major, BytesView run, Place at) {
    at = relieve(at);
    if (at != nullptr) append_run(major, run, out_);
    return at;
  }

  [[gnu::noinline]] Place link(BytesView cid, Place at) {
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

  [[gnu::noinline]] Place deep(ValueRef value, Place at);

  // The buffer's begin, after what is in it has moved to `out`.
  [[gnu::noinline]] Place relieve(Place at) {
    if (is_bounded_) return nullptr;
    flush(at);
    return buffer_;
  }
  void flush(Place at) { out_.insert(out_.end(), buffer_, at); }
  Place end() noexcept { return std::end(buffer_); }

  Bytes& out_;
  std::uint8_t buffer_[kBoundedBytesMax + kItemBytes];
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

Encoder::Place Encoder::deep(ValueRef value, Place at) {
  at = relieve(at);
  if (at == nullptr) return nullptr;
  DeepWriter writer{out_};
  codec::walk(value, writer);
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
