#include "stet/value/value.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "stet/value/utf8.hpp"
#include "value/slab.hpp"
#include "value/tree.hpp"

namespace stet {

using detail::Cell;
using detail::Tag;

std::string_view kind_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "integer";
    case Kind::floating:
      return "float";
    case Kind::text:
      return "text";
    case Kind::bytes:
      return "bytes";
    case Kind::link:
      return "link";
    case Kind::list:
      return "list";
    case Kind::map:
      return "map";
  }
  return "unknown";
}

Value::Value(double value) { *this = number(value).value(); }

Value::Value(std::string_view value) { *this = text(value).value(); }

Result<Value> Value::text(std::string_view text) {
  const std::size_t valid = is_utf8(text) ? text.size() : valid_utf8_prefix(text);
  if (valid != text.size()) {
    return Error(ErrorCode::invalid, "text is not valid UTF-8").at_offset(valid);
  }
  return Value(detail::make_chars(Tag::text, text));
}

Result<Value> Value::number(double number) {
  if (!std::isfinite(number)) {
    return Error(ErrorCode::unserializable, "a number must be finite");
  }
  return Value(Cell{detail::head_of(Tag::floating), std::bit_cast<std::uint64_t>(number)});
}

Value Value::negative_integer(std::uint64_t n) noexcept {
  assert(n >> 63 == 0);
  return Value(Cell{detail::head_of(Tag::negative), n});
}

Value Value::bytes(BytesView bytes) {
  return Value(detail::make_chars(Tag::bytes, as_text(bytes)));
}

Value Value::link(const Cid& cid) {
  return Value(detail::make_chars(Tag::link, as_text(cid.bytes())));
}

std::optional<Cid> ValueRef::to_link() const {
  const auto bytes = link_bytes();
  if (!bytes) return std::nullopt;
  auto cid = Cid::from_bytes(*bytes);
  if (!cid.ok()) return std::nullopt;
  return *std::move(cid);
}

Value Value::with_item(std::size_t index, Value item) const& {
  return Value(*this).with_item(index, std::move(item));
}
Value Value::with_item(std::size_t index, Value item) && {
  assert(is_list() && index < size());
  return detail::replace_item(std::move(*this), index, std::move(item));
}
Value Value::insert_item(std::size_t index, Value item) const& {
  return Value(*this).insert_item(index, std::move(item));
}
Value Value::insert_item(std::size_t index, Value item) && {
  assert(is_list() && index <= size());
  return detail::insert_item(std::move(*this), index, std::move(item));
}
Value Value::append(Value item) const& { return insert_item(size(), std::move(item)); }
Value Value::append(Value item) && {
  const std::size_t end = size();
  return std::move(*this).insert_item(end, std::move(item));
}
Value Value::without_item(std::size_t index) const& { return Value(*this).without_item(index); }
Value Value::without_item(std::size_t index) && {
  assert(is_list() && index < size());
  return detail::erase_item(std::move(*this), index);
}
Value Value::with_member(std::string_view key, Value value) const& {
  return Value(*this).with_member(key, std::move(value));
}
Value Value::with_member(std::string_view key, Value value) && {
  assert(is_map() && is_utf8(key));
  return detail::set_member(std::move(*this), key, std::move(value));
}
Value Value::without_member(std::string_view key) const& {
  return Value(*this).without_member(key);
}
Value Value::without_member(std::string_view key) && {
  assert(is_map());
  return detail::erase_member(std::move(*this), key);
}

}  // namespace stet
