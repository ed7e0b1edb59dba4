#include "store/read.hpp"

#include <fmt/format.h>

#include <atomic>
#include <set>
#include <thread>

#include "store/kept.hpp"
#include "store/ref_names.hpp"
#include "store/resolve.hpp"
#include "store/store_calls.hpp"

namespace stet {

namespace {

constexpr std::size_t kListPage = 256;
constexpr std::uint64_t kTellEvery = 64;

// Tells of the chunks that a comparison reads, from the thread that compares: large parts are read
// by two.
class ToldChunks final : public tree::ChunkSource {
 public:
  ToldChunks(tree::ChunkSource& below, const ProgressCallback& progress)
      : below_(below), progress_(progress) {}
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override {
    if (std::this_thread::get_id() == teller_ && read_ >= next_told_) {
      next_told_ = read_ + kTellEvery;
      if (!report(progress_, {"compare", read_, 0, "chunks"})) {
        return Error(ErrorCode::cancelled, "the comparison was stopped");
      }
    }
    read_ += ids.size();
    return below_.get(ids);
  }
  tree::CheckedChunks* checked() noexcept override { return below_.checked(); }

 private:
  tree::ChunkSource& below_;
  const ProgressCallback& progress_;
  const std::thread::id teller_ = std::this_thread::get_id();
  std::atomic<std::uint64_t> read_ = 0;
  std::uint64_t next_told_ = 0;  // the teller's
};

// By way of the value that is known of a version near it.
Result<Value> value_by_difference(StoreCore& core, const KnownVersion& known,
                                  const tree::Root& root) {
  STET_TRY(const Patch patch, tree::diff(known.version.root, root, core.chunks()));
  return apply_patch(known.value, patch);
}

Result<DocumentInfo> document_info(StoreCore& core, const std::string& name, const Head& head) {
  STET_TRY(const Version version, kept_version(core, *head.id));
  STET_TRY(const History history, core.history(head));
  const auto count = history.count(*head.id);
  if (!count.ok()) return count.error();
  return DocumentInfo{name, *head.id, version.root, version.time_ms, version.bytes, *count};
}

// The heads of a page as one snapshot, with the boundaries that go with them.
Result<std::vector<std::pair<std::string, Head>>> heads_of_page(StoreCore& core,
                                                                const std::vector<Ref>& refs) {
  std::vector<std::string> names;
  for (const Ref& ref : refs) {
    const std::string name = ref.name.substr(refs::kDocuments.size());
    if (name.find('#') != name.npos) continue;  // a branch, which is no document of its own
    names.push_back(ref.name);
    names.push_back(refs::boundary(name));
  }
  STET_TRY(auto values, core.backend().read(names));
  std::vector<std::pair<std::string, Head>> heads;
  for (std::size_t i = 0; i < names.size(); i += 2) {
    if (!values[i]) continue;
    STET_TRY(const Id id, refs::id_in(names[i], *values[i]));
    heads.emplace_back(names[i].substr(refs::kDocuments.size()),
                       Head{id, std::move(values[i + 1])});
  }
  return heads;
}

Result<void> list_page(StoreCore& core, const std::vector<Ref>& refs,
                       const std::function<bool(const DocumentInfo&)>& each, bool& go_on) {
  STET_TRY(const auto heads, heads_of_page(core, refs));
  for (const auto& [name, head] : heads) {
    auto info = document_info(core, name, head);
    if (!info.ok()) {
      // Swept since, perhaps: then it is another document now, or none.
      STET_TRY(const Head now, core.read_head(name));
      if (!now.id) continue;
      if (now != head) info = document_info(core, name, now);
    }
    if (!info.ok()) return info.error().in_document(name);
    go_on = each(*info);
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
  return read_again_if_swept(core, name, [&]() -> Result<std::optional<KnownVersion>> {
    STET_TRY(const Head head, core.read_head(name));
    if (!head.id) return std::optional<KnownVersion>();
    STET_TRY(Version version, kept_version(core, *head.id));
    STET_TRY(Value value, value_of_head(core, name, *head.id, version));
    return std::optional(KnownVersion{*head.id, std::move(version), std::move(value)});
  });
}

Result<Value> load_value(StoreCore& core, std::string_view spec_text,
                         const ProgressCallback& progress) {
  STET_TRY(const Spec spec, Spec::parse(spec_text));
  return read_again_if_swept(core, spec.name, [&]() -> Result<Value> {
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

Result<Bytes> load_source_bytes(StoreCore& core, std::string_view text) {
  STET_TRY(const Spec spec, Spec::parse(text));
  return read_again_if_swept(core, spec.name, [&] { return read_source(core, text); });
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

namespace {

// Tells versions newest first. After a failed walk another one goes on behind what was told.
class LogWalk {
 public:
  LogWalk(StoreCore& core, const std::function<bool(const VersionInfo&)>& each,
          const ProgressCallback& progress)
      : core_(core), each_(each), progress_(progress) {}

  Result<void> walk(std::string_view spec) {
    if (!from_) {
      STET_TRY(from_, resolve(core_, spec));
      spec_ = from_->name + "@" + from_->id.to_string().substr(kIdTextPrefix.size());
    } else {
      STET_TRY(from_, resolve(core_, spec_));
    }
    if (from_->head.id == from_->id && from_->found_by &&
        from_->found_by->name.starts_with(refs::kPins)) {
      return tell(from_->id, from_->version);  // the history is gone, and the pin keeps this one
    }
    STET_TRY(const History history, core_.history(from_->head));
    Result<void> failure;
    STET_CHECK(history.walk(from_->id, [&](const Id& id, const Version& version) {
      failure = pass(history, id, version);
      return failure.ok() && !stopped_;
    }));
    return failure;
  }

 private:
  Result<void> pass(const History& history, const Id& id, const Version& version) {
    const bool tells = seen_ % kTellEvery == 0;
    ++seen_;
    if (tells && !report(progress_, {"list versions", seen_, 0, "versions"})) {
      return Error(ErrorCode::cancelled, "the log was stopped before its end");
    }
    if (history.is_thin(id)) return {};
    if (!history.is_shallow(id)) return tell(id, version);
    STET_TRY(const Version as_stored, kept_version(core_, id));
    return tell(id, as_stored);
  }

  // Generations only fall, so that those told of the last one say where the walk before had come
  // to.
  Result<void> tell(const Id& id, const Version& version) {
    if (last_ && version.generation > *last_) return {};
    if (last_ && version.generation == *last_ && told_of_last_.contains(id)) return {};
    if (last_ != version.generation) told_of_last_.clear();
    last_ = version.generation;
    told_of_last_.insert(id);
    stopped_ = !each_({id, version});
    return {};
  }

  StoreCore& core_;
  const std::function<bool(const VersionInfo&)>& each_;
  const ProgressCallback& progress_;
  std::optional<Resolved> from_;
  std::string spec_;  // of where the log begins, whatever the head is by now
  std::optional<std::uint64_t> last_;
  std::set<Id> told_of_last_;
  std::uint64_t seen_ = 0;
  bool stopped_ = false;
};

}  // namespace

Result<void> walk_log(StoreCore& core, std::string_view text,
                      const std::function<bool(const VersionInfo&)>& each,
                      const ProgressCallback& progress) {
  STET_TRY(const Spec spec, Spec::parse(text));
  LogWalk log(core, each, progress);
  return read_again_if_swept(core, spec.name, [&] { return log.walk(text); });
}

Result<Patch> diff_versions(StoreCore& core, std::string_view before, std::string_view after,
                            const ProgressCallback& progress) {
  STET_TRY(const Spec one, Spec::parse(before));
  STET_TRY(const Spec other, Spec::parse(after));
  const std::string_view names[] = {one.name, other.name};
  return read_again_if_swept(core, names, [&]() -> Result<Patch> {
    ToldChunks chunks(core.chunks(), progress);
    STET_TRY(const Resolved from, resolve_content(core, before));
    STET_TRY(const Resolved to, resolve_content(core, after));
    return tree::diff(from.version.root, to.version.root, chunks);
  });
}

}  // namespace stet
