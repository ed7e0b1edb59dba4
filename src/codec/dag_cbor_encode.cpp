#include <bit>
#include <cassert>

#include "codec/byte_writer.hpp"
#include "codec/value_walk.hpp"
#include "stet/codec/dag_cbor.hpp"

namespace stet::dag_cbor {

namespace {

constexpr std::size_t kHeadBytesMax = 9;
constexpr std::uint8_t kTagLink = 42;

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

class Writer {
 public:
  explicit Writer(Bytes& out) : out_(out) {}

  void head(Major major, std::uint64_t argument) {
    out_.advance_to(store_head(out_.room(kHeadBytesMax), major, argument));
  }
  void run(Major major, const void* data, std::size_t size) {
    std::uint8_t* const at = store_head(out_.room(kHeadBytesMax + size), major, size);
    out_.advance_to(codec::copy_run(at, data, size));
  }
  void text(std::string_view text) { run(Major::text, text.data(), text.size()); }
  void bytes(BytesView bytes) { run(Major::bytes, bytes.data(), bytes.size()); }
  void link(BytesView cid) {
    head(Major::tag, kTagLink);
    std::uint8_t* at =
        store_head(out_.room(kHeadBytesMax + 1 + cid.size()), Major::bytes, cid.size() + 1);
    *at++ = 0;
    out_.advance_to(codec::copy_run(at, cid.data(), cid.size()));
  }
  void simple(std::uint8_t byte) {
    std::uint8_t* at = out_.room(1);
    *at = byte;
    out_.advance_to(at + 1);
  }
  void floating(double value) {
    std::uint8_t* at = out_.room(kHeadBytesMax);
    *at++ = 0xfb;
    out_.advance_to(store_big_endian<std::uint64_t>(at, std::bit_cast<std::uint64_t>(value)));
  }

  // The events of a walk.
  void scalar(ValueRef value);
  void begin_list(std::size_t count) { head(Major::list, count); }
  void end_list() {}
  void begin_map(std::size_t count) { head(Major::map, count); }
  void key(std::string_view key) { text(key); }
  void end_map() {}

 private:
  codec::ByteWriter out_;
};

void Writer::scalar(ValueRef value) {
  switch (value.kind()) {
    case Kind::null:
      return simple(0xf6);
    case Kind::boolean:
      return simple(*value.to_bool() ? 0xf5 : 0xf4);
    case Kind::integer:
      if (const auto number = value.to_uint64()) return head(Major::unsigned_integer, *number);
      return head(Major::negative_integer, *value.to_negative());
    case Kind::floating:
      return floating(*value.to_double());
    case Kind::text:
      return text(*value.to_text());
    case Kind::bytes:
      return bytes(*value.to_bytes());
    case Kind::link:
      return link(*value.link_bytes());
    case Kind::list:
    case Kind::map:
      break;
  }
  assert(false && "a container is no scalar");
}

// Adds up what Writer would write.
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

void append(ValueRef value, Bytes& out) {
  Writer writer(out);
  codec::walk(value, writer);
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
  Writer(out).head(major, argument);
}
void append_text(std::string_view text, Bytes& out) { Writer(out).text(text); }
void append_bytes(BytesView bytes, Bytes& out) { Writer(out).bytes(bytes); }
void append_link(const Id& id, Bytes& out) { Writer(out).link(cid_bytes_of(id)); }

}  // namespace stet::dag_cbor
