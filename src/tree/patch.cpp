// Patches of stored documents: the operations run one after the other over an overlay, each reading
// and writing only the path that it goes. What is copied or moved goes by its slot, unread.
#include "stet/value/patch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stet/value/utf8.hpp"
#include "tree/overlay.hpp"
#include "tree/resolve.hpp"
#include "tree/value_writer.hpp"

namespace stet::tree {

namespace {

constexpr std::size_t kOperationsBetweenTidying = 256;

enum class Deed : std::uint8_t { replace, insert, erase };

class NullSink : public ChunkSink {
 public:
  Result<void> put(std::span<const ChunkView>) override { return {}; }
};

class Patcher {
 public:
  Patcher(Slot root, ChunkSource& source, ChunkSink& sink)
      : source_(source), reader_(source), output_(sink, reader_), root_(std::move(root)) {}

  Result<void> apply(const Operation& operation);
  Slot take_root() { return std::move(root_); }

 private:
  Result<Slot> slot_of(const Value& value, const Path& path) {
    return ValueWriter(output_).slot(value, static_cast<unsigned>(path.size()));
  }
  Result<Slot> moved_slot(const Operation& operation);
  Result<void> move(const Operation& operation);
  Result<void> test(const Operation& operation);
  Result<void> change(const Path& path, Deed deed, Slot value);
  Result<Slot> change_below(SlotView slot, const Path& path, std::size_t steps, Deed deed,
                            Slot value);
  static Result<ItemEdit> edit_of(const Container& container, const Path& path, Deed deed,
                                  Slot value);

  ChunkSource& source_;
  ChunkReader reader_;
  Output output_;
  Slot root_;
};

Result<void> Patcher::apply(const Operation& operation) {
  using enum Operation::Kind;
  switch (operation.kind) {
    case test:
      return this->test(operation);
    case remove:
      return change(operation.path, Deed::erase, {});
    case add:
    case replace: {
      STET_TRY(auto slot, slot_of(operation.value, operation.path));
      const bool is_add = operation.kind == add;
      if (!is_add) STET_CHECK(resolve(reader_, root_, operation.path));
      return change(operation.path, is_add ? Deed::insert : Deed::replace, std::move(slot));
    }
    case copy: {
      STET_TRY(auto slot, moved_slot(operation));
      return change(operation.path, Deed::insert, std::move(slot));
    }
    case move:
      return this->move(operation);
  }
  return {};
}

// Deeper than it was, a value may pass the bound on nesting: writing it again finds out.
Result<Slot> Patcher::moved_slot(const Operation& operation) {
  STET_TRY(auto slot, resolve(reader_, root_, operation.from));
  if (operation.path.size() <= operation.from.size()) return slot;
  STET_TRY(const auto value, load_slot(slot, source_));
  return slot_of(value, operation.path);
}

Result<void> Patcher::move(const Operation& operation) {
  if (operation.path != operation.from && operation.path.begins_with(operation.from)) {
    return unfit(operation.path, operation.path.size(), "a value can't be moved into itself");
  }
  STET_TRY(auto slot, moved_slot(operation));
  if (operation.path == operation.from) return {};
  STET_CHECK(change(operation.from, Deed::erase, {}));
  return change(operation.path, Deed::insert, std::move(slot));
}

// Equal values have equal slots, so a test that holds loads nothing, but for numbers that are equal
// only as JSON has it (1 and 1.0).
Result<void> Patcher::test(const Operation& operation) {
  STET_TRY(const auto slot, resolve(reader_, root_, operation.path));
  NullSink nowhere;
  Output output(nowhere);
  STET_TRY(const auto wanted, ValueWriter(output).slot(operation.value, 0));
  if (same_slot(slot, wanted)) return {};
  STET_TRY(const auto found, load_slot(slot, source_));
  if (apply_patch(found, {{Operation::Kind::test, {}, {}, operation.value}}).ok()) return {};
  return Error(ErrorCode::conflict, "the value there isn't the one that the test names");
}

Result<void> Patcher::change(const Path& path, Deed deed, Slot value) {
  if (!path.empty()) {
    STET_TRY(root_, change_below(root_, path, 0, deed, std::move(value)));
    return {};
  }
  if (deed == Deed::erase) {
    return Error(ErrorCode::invalid, "the whole document can't be removed from itself");
  }
  root_ = std::move(value);
  return {};
}

Result<Slot> Patcher::change_below(SlotView slot, const Path& path, std::size_t steps, Deed deed,
                                   Slot value) {
  STET_TRY(const auto container, open_container(reader_, slot, path, steps + 1));
  if (steps + 1 == path.size()) {
    STET_TRY(auto edit, edit_of(container, path, deed, std::move(value)));
    return container.edit(output_, {std::move(edit)});
  }
  STET_TRY(const auto child, child_at(container, path, steps));
  STET_TRY(auto changed, change_below(child.slot, path, steps + 1, deed, std::move(value)));
  ItemEdit edit{child.position, child.position + 1, {}};
  edit.items.push_back({container.is_map() ? path[steps] : std::string(), std::move(changed)});
  return container.edit(output_, {std::move(edit)});
}

// The edit of the container that holds the path's last step.
Result<ItemEdit> Patcher::edit_of(const Container& container, const Path& path, Deed deed,
                                  Slot value) {
  const std::size_t last = path.size() - 1;
  const std::string& step = path[last];
  ItemEdit edit;
  if (container.is_map() && deed != Deed::erase) {
    if (!is_utf8(step)) return unfit(path, last, "a key must be valid UTF-8");
    STET_TRY(const auto place, container.find(step));
    edit = {place.position, place.position + (place.slot ? 1 : 0), {}};
  } else if (!container.is_map() && deed == Deed::insert) {
    const auto index = step == "-" ? container.count() : Path::index_of(step);
    if (!index) return unfit(path, path.size(), fmt::format("\"{}\" is not an index", step));
    if (*index > container.count()) return absent(path, path.size());
    edit = {*index, *index, {}};
  } else {
    STET_TRY(const auto child, child_at(container, path, last));
    edit = {child.position, child.position + 1, {}};
  }
  if (deed == Deed::erase) return edit;
  edit.items.push_back({container.is_map() ? step : std::string(), std::move(value)});
  return edit;
}

Error in_operation(const Error& error, std::size_t index, const Operation& operation) {
  return Error(error.code(), fmt::format("operation {}: {}", index, error.message()),
               error.context())
      .at_path(operation.path.to_string());
}

}  // namespace

Result<Root> patch(const Root& root, const Patch& patch, ChunkSource& source, ChunkSink& sink) {
  if (patch.empty()) return root;
  Overlay overlay(source);
  Slot slot;
  {
    ChunkReader reader(source);
    STET_TRY(slot, root_slot(reader, root));
  }
  const Slot before = slot;
  for (std::size_t next = 0; next < patch.size();) {
    const std::size_t end = std::min(patch.size(), next + kOperationsBetweenTidying);
    Patcher patcher(std::move(slot), overlay, overlay);
    for (; next < end; ++next) {
      if (const auto done = patcher.apply(patch[next]); !done.ok()) {
        return in_operation(done.error(), next, patch[next]);
      }
    }
    slot = patcher.take_root();
    STET_CHECK(overlay.keep_only(slot));
  }
  if (same_slot(slot, before)) return root;
  STET_CHECK(overlay.flush(slot, sink));
  Output output(sink);
  return put_root(slot, output);
}

}  // namespace stet::tree
