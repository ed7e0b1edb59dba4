#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "schema/node.hpp"

namespace stet::schema {

namespace {

constexpr std::size_t kDepthMax = 2000;  // nodes within nodes; a cycle of references ends here
constexpr std::size_t kShownCharactersMax = 60;

std::string cut(std::string_view text) {
  if (text.size() <= kShownCharactersMax) return std::string(text);
  std::size_t end = kShownCharactersMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

Value normalised_to(ValueRef value, std::size_t depth) {
  switch (value.kind()) {
    case Kind::floating: {
      const double number = *value.to_double();
      if (std::trunc(number) != number) break;
      if (number >= -0x1p63 && number < 0x1p63) return static_cast<std::int64_t>(number);
      if (number > 0 && number < 0x1p64) return static_cast<std::uint64_t>(number);
      break;
    }
    case Kind::list: {
      if (depth == kDepthMax) break;  // such a document ends in too_large elsewhere
      ListBuilder builder;
      for (const ValueRef item : value.items()) builder.append(normalised_to(item, depth + 1));
      return builder.build();
    }
    case Kind::map: {
      if (depth == kDepthMax) break;
      MapBuilder builder;
      for (const auto& [key, member] : value.members())
        builder.set(key, normalised_to(member, depth + 1));
      return builder.build();
    }
    default:
      break;
  }
  return value.to_value();
}

}  // namespace

void Evaluated::mark(std::size_t index, std::size_t size) {
  if (parts.size() < size) parts.resize(size);
  parts[index] = true;
}

void Evaluated::mark_all(std::size_t size) { parts.assign(size, true); }

void Evaluated::merge(const Evaluated& other) {
  if (parts.size() < other.parts.size()) parts.resize(other.parts.size());
  for (std::size_t i = 0; i < other.parts.size(); ++i) {
    if (other.parts[i]) parts[i] = true;
  }
}

void Run::apply(const Node& node, ValueRef instance, Evaluated& evaluated) {
  if (failure_ || full()) return;
  if (depth_ >= kDepthMax) {
    failure_ = Error(ErrorCode::too_large,
                     "the schema's references or the document nest deeper than the validator "
                     "follows; a reference may lead back to itself");
    return;
  }
  if (node.never) return report("false", "nothing is allowed here", instance);
  ++depth_;
  const bool enters = scope_.empty() || scope_.back() != node.resource;
  if (enters) scope_.push_back(node.resource);
  Evaluated own;  // a schema doesn't see what the ones beside it have looked at
  for (const auto& rule : node.rules) {
    rule->check(*this, instance, own);
    if (failure_ || (quiet_ > 0 && failed_)) break;
  }
  evaluated.merge(own);
  if (enters) scope_.pop_back();
  --depth_;
}

void Run::apply_item(const Node& node, ValueRef item, std::size_t index) {
  path_.push_index(index);
  Evaluated own;
  apply(node, item, own);
  path_.pop();
}

void Run::apply_member(const Node& node, ValueRef value, std::string_view key) {
  path_.push(key);
  Evaluated own;
  apply(node, value, own);
  path_.pop();
}

bool Run::passes(const Node& node, ValueRef instance, Evaluated& evaluated) {
  const bool failed_before = failed_;
  failed_ = false;
  ++quiet_;
  Evaluated own;
  apply(node, instance, own);
  --quiet_;
  const bool passed = !failed_;
  failed_ = failed_before;
  if (passed) evaluated.merge(own);
  return passed;
}

void Run::fail(const Error& error) {
  if (!failure_) failure_ = error.at_path(path_.to_string());
}

void Run::report(std::string_view rule, std::string message, ValueRef instance) {
  if (quiet_ > 0) {
    failed_ = true;
    return;
  }
  if (full()) return;
  violations_.push_back({path_, std::string(rule), std::move(message), instance.to_value()});
}

Value normalised(ValueRef value) { return normalised_to(value, 0); }

void Run::report_member(std::string_view rule, std::string message, ValueRef value,
                        std::string_view key) {
  path_.push(key);
  report(rule, std::move(message), value);
  path_.pop();
}

std::string shown(ValueRef value) {
  switch (value.kind()) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return *value.to_bool() ? "true" : "false";
    case Kind::integer:
      if (const auto number = value.to_int64()) return std::to_string(*number);
      return std::to_string(*value.to_uint64());
    case Kind::floating:
      return fmt::format("{}", *value.to_double());
    case Kind::text:
      return fmt::format("\"{}\"", cut(*value.to_text()));
    case Kind::list:
      return fmt::format("a list of {}", value.size());
    case Kind::map:
      return fmt::format("a map of {}", value.size());
    case Kind::bytes:
      return "bytes";
    case Kind::link:
      return "a link";
  }
  return {};
}

}  // namespace stet::schema
