#include "store/read.hpp"

#include <fmt/format.h>

#include "store/ref_names.hpp"
#include "store/store_calls.hpp"

namespace stet {

namespace {

constexpr std::size_t kListPage = 256;

// A compaction may take what a read that began before it still needs: then the document has moved
// on, and reading again finds what it is now. Damage stays damage.
template <class Read>
auto read_again_if_swept(Read read) {
  auto answer = read();
  if (answer.ok() || answer.error().code() != ErrorCode::corrupt) return answer;
  return read();
}

// By way of the value that is known of a version near it.
Result<Value> value_by_difference(StoreCore& core, const KnownVersion& known,
                                  const tree::Root& root) {
  STET_TRY(const Patch patch, tree::diff(known.version.root, root, core.chunks()));
  return apply_patch(known.value, patch);
}

Result<void> list_page(StoreCore& core, const std::vector<Ref>& refs,
                       const std::function<bool(const DocumentInfo&)>& each, bool& go_on) {
  for (const Ref& ref : refs) {
    const std::string name = ref.name.substr(refs::kDocuments.size());
    if (name.find('#') != name.npos) continue;  // a branch, which is no document of its own
    STET_TRY(const Id id, refs::id_in(ref.name, ref.value));
    const auto version = kept_version(core, id);
    if (!version.ok()) return version.error().in_document(name);
    go_on =
        each({name, id, version->root, version->time_ms, version->bytes, version->generation + 1});
    if (!go_on) return {};
  }
  return {};
}

}  // namespace

Result<Value> value_of_head(StoreCore& core, const std::string& name, const Id& id,
                            const Version& version, const ProgressCallback& progress) {
  const auto known = core.known().find(name);
  if (known && known->id == id) return known->value;
  auto value = known ? value_by_difference(core, *known, version.root)
                     : value_of_version(core, id, version, progress);
  if (!value.ok() && known) value = value_of_version(core, id, version, progress);
  if (value.ok()) core.known().insert(name, {id, version, *value});
  return value;
}

Result<Value> value_of_version(StoreCore& core, const Id& id, const Version& version,
                               const ProgressCallback& progress) {
  auto value = tree::load(version.root, core.whole_documents(), progress);
  if (!value.ok()) return value.error().at_version(id.short_form());
  return value;
}

Result<std::optional<KnownVersion>> load_head(StoreCore& core, const std::string& name) {
  STET_TRY(const Head head, core.read_head(name));
  if (!head.id) return std::optional<KnownVersion>();
  STET_TRY(Version version, kept_version(core, *head.id));
  STET_TRY(Value value, value_of_head(core, name, *head.id, version));
  return std::optional(KnownVersion{*head.id, std::move(version), std::move(value)});
}

Result<Value> load_value(StoreCore& core, std::string_view spec_text,
                         const ProgressCallback& progress) {
  STET_TRY(const Spec spec, Spec::parse(spec_text));
  return read_again_if_swept([&]() -> Result<Value> {
    STET_TRY(const Resolved found, resolve_content(core, spec_text));
    if (spec.is_head()) return value_of_head(core, found.name, found.id, found.version, progress);
    return value_of_version(core, found.id, found.version, progress);
  });
}

namespace {
Result<Bytes> read_source(StoreCore& core, std::string_view spec) {
  STET_TRY(const Resolved found, resolve_content(core, spec));
  if (!found.version.source) {
    return Error(ErrorCode::not_found,
                 fmt::format("version {} was saved without its source", found.id.short_form()))
        .in_document(found.name)
        .at_version(found.id.short_form());
  }
  auto value = tree::load(found.version.source->root, core.whole_documents());
  if (!value.ok()) return value.error().at_version(found.id.short_form());
  const auto bytes = value->to_bytes();
  if (!bytes) {
    return Error(ErrorCode::corrupt, "the kept source is not made of bytes")
        .at_version(found.id.short_form());
  }
  return Bytes(bytes->begin(), bytes->end());
}
}  // namespace

Result<Bytes> load_source_bytes(StoreCore& core, std::string_view spec) {
  return read_again_if_swept([&] { return read_source(core, spec); });
}

Result<void> list_documents(StoreCore& core, std::string_view prefix,
                            const std::function<bool(const DocumentInfo&)>& each) {
  const std::string ref_prefix = refs::document(prefix);
  std::string cursor;
  bool go_on = true;
  while (go_on) {
    STET_TRY(RefPage page, core.backend().list(ref_prefix, cursor, kListPage));
    STET_CHECK(list_page(core, page.refs, each, go_on));
    if (!page.next) return {};
    cursor = *std::move(page.next);
  }
  return {};
}

Result<void> walk_log(StoreCore& core, std::string_view spec,
                      const std::function<bool(const VersionInfo&)>& each) {
  STET_TRY(const Resolved from, resolve(core, spec));
  if (from.head.id == from.id && from.found_by && from.found_by->name.starts_with(refs::kPins)) {
    each({from.id, from.version});  // the history is gone, and the pin keeps this one
    return {};
  }
  STET_TRY(const History history, core.history(from.head));
  Result<void> failure;
  STET_CHECK(history.walk(from.id, [&](const Id& id, const Version& version) {
    if (history.is_thin(id)) return true;
    if (!history.is_shallow(id)) return each({id, version});
    const auto as_stored = core.version(id);
    if (!as_stored.ok()) failure = as_stored.error();
    return as_stored.ok() && each({id, *as_stored});
  }));
  return failure;
}

Result<Patch> diff_versions(StoreCore& core, std::string_view before, std::string_view after) {
  return read_again_if_swept([&]() -> Result<Patch> {
    STET_TRY(const Resolved from, resolve_content(core, before));
    STET_TRY(const Resolved to, resolve_content(core, after));
    return tree::diff(from.version.root, to.version.root, core.chunks());
  });
}

}  // namespace stet
