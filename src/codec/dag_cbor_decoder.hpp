// The decode loop of DAG-CBOR over any sink: ValueBuilder to build, CheckOnly to check.
//
// The read pointer is passed and returned, so that it stays in a register. Every container is given
// an end that leaves the items after it the bytes that they need at least. So the counts of all
// open containers together never exceed the input, and a length that lies reserves nothing.
// Thread rule: one thread at a time. Nothing is kept of the input.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "codec/utf8.hpp"
#include "stet/codec/dag_cbor.hpp"

namespace stet::dag_cbor {

// Where the decoder stopped, and which rule was broken.
struct Failure {
  const std::uint8_t* at = nullptr;
  const char* rule = nullptr;
  ErrorCode code = ErrorCode::invalid;
};

Error error_of(const Failure& failure, const std::uint8_t* input_begin, const DecodeLimits& limits);

// Accepts everything and keeps nothing.
struct CheckOnly {
  void null() {}
  void boolean(bool) {}
  void integer(std::uint64_t) {}
  void negative_integer(std::uint64_t) {}
  void floating(double) {}
  void text(std::string_view) {}
  void bytes(BytesView) {}
  void link(BytesView) {}
  void begin_list(std::size_t) {}
  void end_list() {}
  void begin_map(std::size_t) {}
  void key(std::string_view) {}
  void end_sorted_map() {}
  void short_text(detail::Cell) {}
  bool encoded_key(const std::uint8_t*) { return false; }
  const detail::Recent* repeated(const std::uint8_t*) { return nullptr; }
  void repeat(const detail::Recent&) {}
  void remember(const std::uint8_t*, std::size_t) {}
};

// The first words of a cell for a text of so many bytes that are read with their head.
struct ShortTextMask {
  std::uint64_t head, body;
};
inline constexpr auto kShortTextMasks = [] {
  std::array<ShortTextMask, detail::kShortMax + 1> masks{};
  for (std::size_t size = 0; size < masks.size(); ++size) {
    for (std::size_t i = 1; i <= size; ++i) {
      (i < 8 ? masks[size].head : masks[size].body) |= std::uint64_t{0xff} << (8 * (i % 8));
    }
  }
  return masks;
}();

bool is_cid(BytesView bytes);

template <class Integer>
Integer load_big_endian(const std::uint8_t* at) noexcept {
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) {
    value = static_cast<Integer>(static_cast<std::uint64_t>(value) << 8 | at[i]);
  }
  return value;
}

template <class Sink>
class Decoder {
 public:
  using Cursor = const std::uint8_t*;

  Decoder(Sink& sink, const DecodeLimits& limits)
      : sink_(sink),
        members_left_(limits.members_max),
        depth_max_(std::min(limits.depth_max, kDepthCeiling)) {}

  // One item in [at, end). Precondition: at < end. Null on failure.
  Cursor item(Cursor at, Cursor end) {
    wide_end_ = end - at > kWideBytes ? end - kWideBytes : at;
    return any(at, end, 0);
  }
  const Failure& failure() const noexcept { return failure_; }

  // The argument of the head at `at`, shortest form. Precondition: at < end.
  Cursor head(Cursor at, Cursor end, std::uint64_t& argument) {
    const unsigned detail = *at & 0x1f;
    if (detail < 24) [[likely]] {
      argument = detail;
      return at + 1;
    }
    return long_head(at, end, detail, argument);
  }

  // A text item, UTF-8 checked. Precondition: at < end.
  [[gnu::always_inline]] Cursor text(Cursor at, Cursor end, std::string_view& out) {
    const unsigned length = *at - 0x60u;
    if (length >= 24) [[unlikely]]
      return long_text(at, end, out);
    if (end - at <= static_cast<std::ptrdiff_t>(length)) [[unlikely]]
      return ends_early(at);
    out = {reinterpret_cast<const char*>(at + 1), length};
    if (!codec::is_ascii_before(out, reinterpret_cast<const char*>(end))) [[unlikely]] {
      if (!codec::is_utf8_slow(out)) return bad_text(at);
    }
    return at + 1 + length;
  }

  Cursor bytes(Cursor at, Cursor end, BytesView& out) {
    if (*at >> 5 != 2) return fail(at, "bytes were expected here");
    std::uint64_t length = 0;
    const Cursor body = head(at, end, length);
    if (body == nullptr) return nullptr;
    if (length > static_cast<std::uint64_t>(end - body)) return ends_early(at);
    out = {body, static_cast<std::size_t>(length)};
    return body + length;
  }

  // Tag 42 over bytes that are 00 and a CID. Precondition: at < end.
  Cursor link(Cursor at, Cursor end, BytesView& cid) {
    if (end - at < 3 || at[0] != 0xd8 || at[1] != 42) {
      return fail(at, "no tag but 42 (a link) is allowed");
    }
    BytesView body;
    const Cursor next = bytes(at + 2, end, body);
    if (next == nullptr) return nullptr;
    if (body.empty() || body[0] != 0 || !is_cid(body.subspan(1))) {
      return fail(at, "this link holds no CID");
    }
    cid = body.subspan(1);
    return next;
  }

  // The count of a list or map whose head is at `at`, which the rest of the input can hold.
  Cursor count(Cursor at, Cursor end, unsigned item_bytes_min, std::uint64_t& out) {
    const Cursor next = head(at, end, out);
    if (next == nullptr) return nullptr;
    if (out > static_cast<std::uint64_t>(end - next) / item_bytes_min) return ends_early(at);
    if (out > members_left_) return fail(at, "members_max", ErrorCode::too_large);
    members_left_ -= out;
    return next;
  }

  [[gnu::cold, gnu::noinline]] Cursor fail(Cursor at, const char* rule,
                                           ErrorCode code = ErrorCode::invalid) {
    failure_ = {at, rule, code};
    return nullptr;
  }
  Cursor ends_early(Cursor at) { return fail(at, "the input ends before this item does"); }

 private:
  [[gnu::noinline]] Cursor long_text(Cursor at, Cursor end, std::string_view& out) {
    if (*at >> 5 != 3) return fail(at, "a text was expected here");
    std::uint64_t length = 0;
    const Cursor body = head(at, end, length);
    if (body == nullptr) return nullptr;
    if (length > static_cast<std::uint64_t>(end - body)) return ends_early(at);
    out = {reinterpret_cast<const char*>(body), static_cast<std::size_t>(length)};
    return codec::is_utf8_slow(out) ? body + length : bad_text(at);
  }
  Cursor bad_text(Cursor at) { return fail(at, "this text is not valid UTF-8"); }

  Cursor long_head(Cursor at, Cursor end, unsigned detail, std::uint64_t& argument) {
    if (detail > 27) {
      return fail(at, detail == 31 ? "lengths must be definite" : "this head is reserved");
    }
    const std::ptrdiff_t width = std::ptrdiff_t{1} << (detail - 24);
    if (end - at <= width) return ends_early(at);
    std::uint64_t least = 24;
    switch (detail) {
      case 24:
        argument = at[1];
        break;
      case 25:
        argument = load_big_endian<std::uint16_t>(at + 1);
        least = 1u << 8;
        break;
      case 26:
        argument = load_big_endian<std::uint32_t>(at + 1);
        least = 1u << 16;
        break;
      default:
        argument = load_big_endian<std::uint64_t>(at + 1);
        least = std::uint64_t{1} << 32;
        break;
    }
    if (argument < least) return fail(at, "this head is not in its shortest form");
    return at + 1 + width;
  }

  [[gnu::always_inline]] Cursor any(Cursor at, Cursor end, std::size_t depth) {
    const unsigned first = *at;
    if (first < 24) {
      sink_.integer(first);
      return at + 1;
    }
    if (first >> 5 == 3) return text_value(at, end);
    if (first >> 5 == 4 || first >> 5 == 5) return container(at, end, depth);
    switch (first >> 5) {
      case 0:
        return integer(at, end);
      case 1:
        return negative_integer(at, end);
      case 2: {
        BytesView view;
        const Cursor next = bytes(at, end, view);
        if (next != nullptr) sink_.bytes(view);
        return next;
      }
      case 3:
        return text_value(at, end);
      case 4:
      case 5:
        return container(at, end, depth);
      case 6: {
        BytesView cid;
        const Cursor next = link(at, end, cid);
        if (next != nullptr) sink_.link(cid);
        return next;
      }
      default:
        return simple(at, end);
    }
  }

  // A short ASCII text is read as a cell, with its head.
  [[gnu::always_inline]] Cursor text_value(Cursor at, Cursor end) {
    const std::size_t length = *at - 0x60u;
    if (length <= detail::kShortMax && at < wide_end_) [[likely]] {
      const auto [head_mask, body_mask] = kShortTextMasks[length];
      const std::uint64_t head = detail::load_word(at) & head_mask;
      const std::uint64_t body = detail::load_word(at + 8) & body_mask;
      const Cursor next = at + 1 + length;
      if (((head | body) & codec::kHighBits) == 0 && next <= end) [[likely]] {
        sink_.short_text({head | detail::head_of(detail::Tag::short_text) | length << 4, body});
        return next;
      }
    }
    std::string_view view;
    const Cursor next = text(at, end, view);
    if (next != nullptr) sink_.text(view);
    return next;
  }

  // Equal small containers are taken from the sink's recent ones where it has them.
  [[gnu::always_inline]] Cursor container(Cursor at, Cursor end, std::size_t depth) {
    const bool may_repeat = at < wide_end_ && depth < depth_max_;
    if (may_repeat) {
      const detail::Recent* const recent = sink_.repeated(at);
      if (recent != nullptr && at + recent->bytes <= end && recent->cell.size() <= members_left_)
          [[likely]] {
        members_left_ -= recent->cell.size();
        sink_.repeat(*recent);
        return at + recent->bytes;
      }
    }
    const Cursor next = *at >> 5 == 4 ? list(at, end, depth) : map(at, end, depth);
    if (may_repeat && next != nullptr && next - at <= kRepeatBytes) {
      sink_.remember(at, static_cast<std::size_t>(next - at));
    }
    return next;
  }

  [[gnu::always_inline]] Cursor integer(Cursor at, Cursor end) {
    std::uint64_t value = 0;
    const Cursor next = head(at, end, value);
    if (next != nullptr) [[likely]]
      sink_.integer(value);
    return next;
  }

  [[gnu::always_inline]] Cursor negative_integer(Cursor at, Cursor end) {
    std::uint64_t value = 0;
    const Cursor next = head(at, end, value);
    if (next == nullptr) return nullptr;
    if (value >> 63 != 0) {
      return fail(at, "an integer below -2^63", ErrorCode::unserializable);
    }
    sink_.negative_integer(value);
    return next;
  }

  [[gnu::always_inline]] Cursor simple(Cursor at, Cursor end) {
    switch (*at) {
      case 0xf4:
      case 0xf5:
        sink_.boolean(*at == 0xf5);
        return at + 1;
      case 0xf6:
        sink_.null();
        return at + 1;
      case 0xfb: {
        if (end - at < 9) return ends_early(at);
        const auto value = std::bit_cast<double>(load_big_endian<std::uint64_t>(at + 1));
        if (!std::isfinite(value)) {
          return fail(at, "a float that is not finite", ErrorCode::unserializable);
        }
        sink_.floating(value);
        return at + 9;
      }
      case 0xf9:
      case 0xfa:
        return fail(at, "floats must have 64 bits");
      default:
        return fail(at, "of the simple values only false, true and null are allowed");
    }
  }

  [[gnu::noinline]] Cursor list(Cursor at, Cursor end, std::size_t depth) {
    if (depth >= depth_max_) return fail(at, "depth_max", ErrorCode::too_large);
    std::uint64_t left = 0;
    at = count(at, end, 1, left);
    if (at == nullptr) return nullptr;
    sink_.begin_list(static_cast<std::size_t>(left));
    for (; left > 0; --left) {
      at = any(at, end - (left - 1), depth + 1);
      if (at == nullptr) return nullptr;
    }
    sink_.end_list();
    return at;
  }

  [[gnu::noinline]] Cursor map(Cursor at, Cursor end, std::size_t depth) {
    if (depth >= depth_max_) return fail(at, "depth_max", ErrorCode::too_large);
    std::uint64_t members = 0;
    at = count(at, end, 2, members);
    if (at == nullptr) return nullptr;
    sink_.begin_map(members);
    std::string_view previous;
    for (std::uint64_t left = members; left > 0; --left) {
      const Cursor member_end = end - 2 * (left - 1);
      const Cursor key_at = at;
      if (at < wide_end_ && sink_.encoded_key(at)) [[likely]] {
        previous = {reinterpret_cast<const char*>(at + 1), *at - 0x60u};
        at += 1 + previous.size();
        if (at >= member_end) [[unlikely]]
          return ends_early(key_at);
      } else {
        std::string_view key;
        at = text(at, member_end - 1, key);
        if (at == nullptr) return nullptr;
        if (left != members && !key_less(previous, key)) return bad_order(key_at, previous == key);
        sink_.key(key);
        previous = key;
      }
      at = any(at, member_end, depth + 1);
      if (at == nullptr) return nullptr;
    }
    sink_.end_sorted_map();
    return at;
  }

  static bool key_less(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return a.size() < b.size();
    // Keys mostly differ in their first bytes, so a loop beats a call.
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i] != b[i]) {
        return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[i]);
      }
    }
    return false;
  }

  Cursor bad_order(Cursor at, bool is_duplicate) {
    return fail(at, is_duplicate ? "this key is there twice"
                                 : "keys must be sorted by length and then bytewise");
  }

  static constexpr std::ptrdiff_t kWideBytes = 16;
  static constexpr std::ptrdiff_t kRepeatBytes = 8;

  Sink& sink_;
  Cursor wide_end_ = nullptr;  // before it kWideBytes may be read
  std::uint64_t members_left_;
  std::size_t depth_max_;
  Failure failure_;
};

}  // namespace stet::dag_cbor
