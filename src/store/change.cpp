// set, patch, merge_patch and update: read, change, compare-and-swap.
#include <fmt/format.h>

#include "store/read.hpp"
#include "store/save.hpp"
#include "store/store_calls.hpp"

namespace stet {

namespace {

using Made = Result<std::optional<Content>>;

// Changes the value where it is known, else the stored tree; both give the same root.
Made change_head(StoreCore& core, Attempt& attempt, const std::string& name,
                 const std::optional<DocumentHead>& head, const Patch& patch) {
  if (!head) return no_such_document(name);
  Content content;
  if (head->value) {
    STET_TRY(content.value, apply_patch(*head->value, patch));
    STET_TRY(content.root, write_value(core, attempt, name, *content.value, std::nullopt));
  } else {
    STET_TRY(content.root, tree::patch(head->version.root, patch, core.chunks(), attempt.sink()));
  }
  return std::optional(std::move(content));
}

// `set` as an RFC 6902 operation: an item of a list is replaced, all else added.
Result<Patch> patch_for_set(StoreCore& core, const DocumentHead& head, const Path& path,
                            const Value& value) {
  const tree::View view(head.version.root, core.chunks());
  STET_TRY(const Kind parent, view.kind_at(path.parent()));
  const bool replaces = parent == Kind::list && path[path.size() - 1] != "-";
  const auto kind = replaces ? Operation::Kind::replace : Operation::Kind::add;
  return Patch{{kind, path, {}, value}};
}

}  // namespace

Result<Saved> set_value(StoreCore& core, const std::string& name, const Path& path,
                        const Value& value, const SaveOptions& options) {
  if (path.empty()) return save_value(core, name, value, options);
  return save_with(
      core, name, options, [&](Attempt& attempt, const std::optional<DocumentHead>& head) -> Made {
        if (!head) return no_such_document(name);
        Content content;
        if (!head->value) {
          STET_TRY(const Patch patch, patch_for_set(core, *head, path, value));
          return change_head(core, attempt, name, head, patch);
        }
        STET_TRY(content.value, head->value->with(path, value));
        STET_TRY(content.root, write_value(core, attempt, name, *content.value, std::nullopt));
        return std::optional(std::move(content));
      });
}

Result<Saved> patch_document(StoreCore& core, const std::string& name, const Patch& patch,
                             const SaveOptions& options) {
  return save_with(core, name, options,
                   [&](Attempt& attempt, const std::optional<DocumentHead>& head) {
                     return change_head(core, attempt, name, head, patch);
                   });
}

Result<Saved> update_document(StoreCore& core, const std::string& name,
                              const Store::ChangeFunction& change, const SaveOptions& options) {
  return save_with(
      core, name, options, [&](Attempt& attempt, const std::optional<DocumentHead>& head) -> Made {
        if (!head) return no_such_document(name);
        STET_TRY(const Value before, value_of_head(core, name, head->id, head->version));
        Content content;
        STET_TRY(content.value, change(before));
        const KnownVersion base{head->id, head->version, before};
        STET_TRY(content.root, write_value(core, attempt, name, *content.value, base));
        return std::optional(std::move(content));
      });
}

}  // namespace stet
