// Edits by path. The path is checked by reading before anything is changed, so an edit in place
// that fails leaves nothing half done.
#include <vector>

#include "stet/value/path.hpp"
#include "stet/value/utf8.hpp"
#include "stet/value/value.hpp"
#include "value/tree.hpp"

namespace stet {
namespace {

Path prefix_of(const Path& path, std::size_t steps) {
  Path prefix;
  for (std::size_t i = 0; i < steps; ++i) prefix.push(path[i]);
  return prefix;
}

Error absent(const Path& path, std::size_t steps) {
  return Error(ErrorCode::not_found, "there is nothing at this path")
      .at_path(prefix_of(path, steps).to_string());
}

Error unfit(const Path& path, std::size_t steps, std::string message) {
  return Error(ErrorCode::invalid, std::move(message)).at_path(prefix_of(path, steps).to_string());
}

std::string not_an_index(std::string_view step) {
  return "\"" + std::string(step) + "\" is not an index of a list";
}

// The child that the step after `steps` names.
Result<ValueRef> child_at(ValueRef container, const Path& path, std::size_t steps) {
  const std::string& step = path[steps];
  std::optional<ValueRef> child;
  if (container.is_map()) {
    child = container.member(step);
  } else if (container.is_list()) {
    const auto index = Path::index_of(step);
    if (!index && step != "-") return unfit(path, steps + 1, not_an_index(step));
    if (index) child = container.item(*index);
  } else {
    return unfit(path, steps + 1,
                 "a " + std::string(kind_name(container.kind())) + " has nothing inside");
  }
  if (!child) return absent(path, steps + 1);
  return *child;
}

Result<ValueRef> ref_at(ValueRef root, const Path& path, std::size_t steps) {
  ValueRef at = root;
  for (std::size_t i = 0; i < steps; ++i) {
    STET_TRY(at, child_at(at, path, i));
  }
  return at;
}

// What is done to the container that holds the last step.
enum class Deed : std::uint8_t { replace, insert, erase };

// Whether the deed fits, without doing it.
Result<void> check_deed(ValueRef container, const Path& path, Deed deed) {
  const std::size_t last = path.size() - 1;
  const std::string& step = path[last];
  if (container.is_map()) {
    if (deed == Deed::erase) {
      if (!container.member(step)) return absent(path, path.size());
    } else if (!is_utf8(step)) {
      return unfit(path, last, "a key must be valid UTF-8");
    }
    return {};
  }
  if (!container.is_list()) {
    return unfit(path, path.size(),
                 "a " + std::string(kind_name(container.kind())) + " has nothing inside");
  }
  if (step == "-" && deed != Deed::erase) return {};
  const auto index = Path::index_of(step);
  if (!index && step != "-") return unfit(path, path.size(), not_an_index(step));
  const std::size_t end = container.size() + (deed == Deed::insert ? 1 : 0);
  if (!index || *index >= end) return absent(path, path.size());
  return {};
}

Value do_deed(Value container, const std::string& step, Deed deed, Value value) {
  if (container.is_map()) {
    if (deed == Deed::erase) return detail::erase_member(std::move(container), step);
    return detail::set_member(std::move(container), step, std::move(value));
  }
  const std::size_t index = Path::index_of(step).value_or(container.size());
  if (deed == Deed::erase) return detail::erase_item(std::move(container), index);
  if (deed == Deed::insert || index == container.size()) {
    return detail::insert_item(std::move(container), index, std::move(value));
  }
  return detail::replace_item(std::move(container), index, std::move(value));
}

// Puts `value` in the place of a child that is there, and gives the child.
Value exchange(Value& container, const std::string& step, Value value) {
  if (container.is_map()) return detail::exchange_member(container, step, std::move(value));
  return detail::exchange_item(container, *Path::index_of(step), std::move(value));
}

// Each container on the way is taken out of its parent, so that it is held once and can change in
// place, and put back on the way up.
Result<Value> edit(Value root, const Path& path, Deed deed, Value value) {
  const std::size_t last = path.size() - 1;
  STET_TRY(const ValueRef holder, ref_at(root, path, last));
  STET_CHECK(check_deed(holder, path, deed));
  std::vector<Value> open;
  open.reserve(path.size());
  open.push_back(std::move(root));
  for (std::size_t i = 0; i < last; ++i) open.push_back(exchange(open.back(), path[i], Value()));
  Value done = do_deed(std::move(open.back()), path[last], deed, std::move(value));
  open.pop_back();
  for (std::size_t i = last; i-- > 0;) {
    exchange(open.back(), path[i], std::move(done));
    done = std::move(open.back());
    open.pop_back();
  }
  return done;
}

}  // namespace

Result<Value> Value::at(const Path& path) const {
  STET_TRY(const ValueRef found, ref_at(*this, path, path.size()));
  return found.to_value();
}

Result<Value> Value::with(const Path& path, Value value) const& {
  return Value(*this).with(path, std::move(value));
}
Result<Value> Value::with(const Path& path, Value value) && {
  if (path.empty()) return value;
  return edit(std::move(*this), path, Deed::replace, std::move(value));
}
Result<Value> Value::insert(const Path& path, Value value) const& {
  return Value(*this).insert(path, std::move(value));
}
Result<Value> Value::insert(const Path& path, Value value) && {
  if (path.empty()) return value;
  return edit(std::move(*this), path, Deed::insert, std::move(value));
}
Result<Value> Value::without(const Path& path) const& { return Value(*this).without(path); }
Result<Value> Value::without(const Path& path) && {
  if (path.empty()) {
    return Error(ErrorCode::invalid, "the whole document can't be removed from itself");
  }
  return edit(std::move(*this), path, Deed::erase, Value());
}

}  // namespace stet
