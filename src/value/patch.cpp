#include "stet/value/patch.hpp"

#include <array>

#include "value/compare.hpp"

namespace stet {
namespace {

using OperationKind = Operation::Kind;

struct OperationName {
  OperationKind kind;
  std::string_view name;
};
constexpr std::array<OperationName, 6> kNames = {{{OperationKind::add, "add"},
                                                  {OperationKind::remove, "remove"},
                                                  {OperationKind::replace, "replace"},
                                                  {OperationKind::move, "move"},
                                                  {OperationKind::copy, "copy"},
                                                  {OperationKind::test, "test"}}};

std::string_view name_of(OperationKind kind) noexcept {
  for (const OperationName& entry : kNames) {
    if (entry.kind == kind) return entry.name;
  }
  return "unknown";
}

bool has_from(OperationKind kind) noexcept {
  return kind == OperationKind::move || kind == OperationKind::copy;
}
bool has_value(OperationKind kind) noexcept {
  return kind == OperationKind::add || kind == OperationKind::replace ||
         kind == OperationKind::test;
}

Error invalid_at(std::size_t index, std::string_view member, std::string message) {
  std::string path = "/" + std::to_string(index);
  if (!member.empty()) path += "/" + std::string(member);
  return Error(ErrorCode::invalid, std::move(message)).at_path(path);
}

Result<std::string_view> text_member(ValueRef operation, std::size_t index, std::string_view name) {
  const auto member = operation.member(name);
  if (!member) return invalid_at(index, name, "the operation has no \"" + std::string(name) + "\"");
  const auto text = member->to_text();
  if (!text) return invalid_at(index, name, "\"" + std::string(name) + "\" must be a text");
  return *text;
}

Result<Path> path_member(ValueRef operation, std::size_t index, std::string_view name) {
  STET_TRY(const std::string_view text, text_member(operation, index, name));
  auto path = Path::parse(text);
  if (!path.ok()) return invalid_at(index, name, path.error().message());
  return path;
}

Result<Operation> operation_from(ValueRef value, std::size_t index) {
  if (!value.is_map()) return invalid_at(index, "", "an operation must be a map");
  STET_TRY(const std::string_view name, text_member(value, index, "op"));
  Operation operation;
  bool known = false;
  for (const OperationName& entry : kNames) {
    if (entry.name != name) continue;
    operation.kind = entry.kind;
    known = true;
  }
  if (!known) return invalid_at(index, "op", "no operation is named \"" + std::string(name) + "\"");
  STET_TRY(operation.path, path_member(value, index, "path"));
  if (has_from(operation.kind)) {
    STET_TRY(operation.from, path_member(value, index, "from"));
  }
  if (has_value(operation.kind)) {
    const auto member = value.member("value");
    if (!member) return invalid_at(index, "value", "the operation has no \"value\"");
    operation.value = member->to_value();
  }
  return operation;
}

Result<Value> apply_test(Value document, const Operation& operation) {
  STET_TRY(const Value found, document.at(operation.path));
  if (!detail::equal_as_json(found, operation.value)) {
    return Error(ErrorCode::conflict, "the value there isn't the one that the test names")
        .at_path(operation.path.to_string());
  }
  return document;
}

Result<Value> apply_move(Value document, const Operation& operation) {
  if (operation.path != operation.from && operation.path.begins_with(operation.from)) {
    return Error(ErrorCode::invalid, "a value can't be moved into itself")
        .at_path(operation.path.to_string());
  }
  STET_TRY(Value moved, document.at(operation.from));
  if (operation.path == operation.from) return document;
  STET_TRY(document, std::move(document).without(operation.from));
  return std::move(document).insert(operation.path, std::move(moved));
}

Result<Value> apply_one(Value document, const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::add:
      return std::move(document).insert(operation.path, operation.value);
    case OperationKind::remove:
      return std::move(document).without(operation.path);
    case OperationKind::replace: {
      STET_CHECK(document.at(operation.path));
      return std::move(document).with(operation.path, operation.value);
    }
    case OperationKind::move:
      return apply_move(std::move(document), operation);
    case OperationKind::copy: {
      STET_TRY(Value copied, document.at(operation.from));
      return std::move(document).insert(operation.path, std::move(copied));
    }
    case OperationKind::test:
      return apply_test(std::move(document), operation);
  }
  return Error(ErrorCode::invalid, "unknown operation");
}

Error in_operation(const Error& error, std::size_t index, const Operation& operation) {
  const std::string message = "operation " + std::to_string(index) + " (" +
                              std::string(name_of(operation.kind)) + "): " + error.message();
  return Error(error.code(), message, error.context()).at_path(operation.path.to_string());
}

}  // namespace

Result<Patch> patch_from_value(const Value& document) {
  if (!document.is_list()) {
    return Error(ErrorCode::invalid, "a patch must be a list of operations");
  }
  Patch patch;
  patch.reserve(document.size());
  for (const ValueRef item : document.items()) {
    STET_TRY(Operation operation, operation_from(item, patch.size()));
    patch.push_back(std::move(operation));
  }
  return patch;
}

Value patch_to_value(const Patch& patch) {
  Value list = Value::empty_list();
  for (const Operation& operation : patch) {
    Value map = Value::map(
        {{"op", Value(name_of(operation.kind))}, {"path", Value(operation.path.to_string())}});
    if (has_from(operation.kind)) {
      map = std::move(map).with_member("from", operation.from.to_string());
    }
    if (has_value(operation.kind)) map = std::move(map).with_member("value", operation.value);
    list = std::move(list).append(std::move(map));
  }
  return list;
}

Result<Value> apply_patch(const Value& document, const Patch& patch) {
  Value changed = document;
  for (std::size_t i = 0; i < patch.size(); ++i) {
    auto next = apply_one(std::move(changed), patch[i]);
    if (!next.ok()) return in_operation(next.error(), i, patch[i]);
    changed = *std::move(next);
  }
  return changed;
}

}  // namespace stet
