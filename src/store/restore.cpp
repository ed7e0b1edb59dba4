// restore and copy: a version's content becomes a new version, sharing every chunk.
#include "store/ending.hpp"
#include "store/ref_names.hpp"
#include "store/resolve.hpp"
#include "store/save.hpp"
#include "store/store_calls.hpp"

namespace stet {

namespace {

using Made = Result<std::optional<Content>>;

// The version named, as the attempt's snapshot has it. The commit asserts what keeps it.
Result<Resolved> find_content(StoreCore& core, Attempt& attempt, const Spec& spec) {
  STET_TRY(Resolved found, resolve(core, spec, attempt.head(spec.name)));
  if (found.thin) return content_was_pruned(found.id).in_document(spec.name);
  return found;
}

RefChange assert_there(const Ref& ref) {
  return {.name = ref.name, .expected = ref.value, .next = std::nullopt, .assert_only = true};
}

Content content_of(const Resolved& found) {
  Content content;
  content.root = found.version.root;
  content.source = found.version.source;
  return content;
}

}  // namespace

// A document that was removed gets its history back, and the tombstone goes.
Result<Saved> restore_version(StoreCore& core, std::string_view text, const SaveOptions& options) {
  STET_TRY(const Spec spec, Spec::parse(text));
  if (!spec.id_prefix.empty()) STET_CHECK(revive_endings(core, spec.name));
  return save_with(core, spec.name, options,
                   [&](Attempt& attempt, const std::optional<DocumentHead>& head) -> Made {
                     STET_TRY(const Resolved found, find_content(core, attempt, spec));
                     Content content = content_of(found);
                     if (!found.found_by) return std::optional(std::move(content));
                     RefChange keeper = assert_there(*found.found_by);
                     if (!head && keeper.name.starts_with(refs::kTombstones)) {
                       STET_TRY(Head removed, refs::head_in(keeper.name, *keeper.expected));
                       content.parent = removed.id;
                       if (removed.boundary) {
                         attempt.set_boundary(spec.name, *std::move(removed.boundary));
                       }
                       keeper.assert_only = false;
                     }
                     attempt.change(std::move(keeper));
                     return std::optional(std::move(content));
                   });
}

Result<Saved> copy_version(StoreCore& core, std::string_view text, const std::string& name,
                           const SaveOptions& options) {
  STET_TRY(const Spec spec, Spec::parse(text));
  return save_with(core, name, options,
                   [&](Attempt& attempt, const std::optional<DocumentHead>&) -> Made {
                     STET_TRY(const bool steady, attempt.observe(spec.name));
                     if (!steady) return std::optional<Content>();
                     STET_TRY(const Resolved found, find_content(core, attempt, spec));
                     if (found.found_by) attempt.change(assert_there(*found.found_by));
                     return std::optional(content_of(found));
                   });
}

}  // namespace stet
