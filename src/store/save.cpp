#include "store/save.hpp"

#include <fmt/format.h>

#include "stet/store/spec.hpp"
#include "store/resolve.hpp"

namespace stet {

namespace {

Result<void> check_text(std::string_view what, std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    return Error(ErrorCode::too_large,
                 fmt::format("the {} has {} bytes, more than {}", what, text.size(), bytes_max));
  }
  if (!Value::text(text).ok()) {
    return Error(ErrorCode::invalid, fmt::format("the {} is not valid UTF-8", what));
  }
  return {};
}

// Whether everything that the version holds stays while the observed head and boundary do. False
// also where that can't be found out: it is only used to save work.
bool keeps(StoreCore& core, const Head& head, const Id& version) {
  if (!head.id) return false;
  if (*head.id == version) return true;
  const auto history = core.history(head);
  if (!history.ok() || history->is_thin(version)) return false;
  const auto is_ancestor = history->is_ancestor(version, *head.id);
  return is_ancestor.ok() && *is_ancestor;
}

bool has_content(const Version& version, const Content& content) {
  return version.root == content.root && (!content.source || version.source == content.source);
}

Result<Version> first_version(Attempt& attempt, const Draft& draft, const Content& content) {
  Version version;
  version.root = content.root;
  version.time_ms = draft.time_ms;
  version.author = draft.author;
  version.message = draft.message;
  version.nonce = draft.nonce;
  version.labels = draft.labels;
  version.source = content.source;
  WrittenChunks written = attempt.written();
  STET_TRY(version.bytes, tree::plain_bytes(content.root, written));
  return version;
}

Result<void> put_on_top_of(Attempt& attempt, const Id& id, const Version& parent,
                           Version& version) {
  version.parents = {id};
  version.generation = parent.generation + 1;
  STET_TRY(version.skip, History(attempt.versions()).skip_after(id, parent));
  return {};
}

}  // namespace

Result<std::optional<DocumentHead>> document_head(StoreCore& core, const Attempt& attempt,
                                                  const std::string& name) {
  const Head& head = attempt.head(name);
  if (!head.id) return std::optional<DocumentHead>();
  if (const auto known = core.known().find(name); known && known->id == *head.id) {
    return std::optional(DocumentHead{known->id, known->version, known->value});
  }
  STET_TRY(Version version, kept_version(core, *head.id));
  return std::optional(DocumentHead{*head.id, std::move(version), std::nullopt});
}

Result<Draft> draft_version(StoreCore& core, const SaveOptions& options) {
  Draft draft;
  draft.author = options.author.empty() ? core.options().author : options.author;
  draft.message = options.message;
  draft.labels = options.labels;
  STET_CHECK(check_text("author", draft.author, kAuthorBytesMax));
  STET_CHECK(check_text("message", draft.message, kMessageBytesMax));
  for (const auto& [label, text] : draft.labels) {
    STET_CHECK(check_text("name of a label", label, kMessageBytesMax));
    STET_CHECK(check_text("text of a label", text, kMessageBytesMax));
  }
  draft.time_ms = core.clock().now_ms();
  core.random().fill(draft.nonce);
  return draft;
}

Result<tree::Root> write_value(StoreCore& core, Attempt& attempt, const std::string& name,
                               const Value& value, const std::optional<KnownVersion>& base) {
  const Head& head = attempt.head(name);
  const auto known = core.known().find(name);
  for (const KnownVersion* const before : {base ? &*base : nullptr, known.get()}) {
    if (before == nullptr || !keeps(core, head, before->id)) continue;
    return tree::write_edit(before->value, before->version.root, value, core.chunks(),
                            attempt.sink());
  }
  return tree::write(value, attempt.sink());
}

Result<std::optional<Source>> write_source(Attempt& attempt, const SaveOptions& options) {
  if (!options.source) return std::optional<Source>();
  STET_CHECK(check_text("format of the source", options.source->format, kAuthorBytesMax));
  STET_TRY(const tree::Root root, tree::write(Value::bytes(options.source->bytes), attempt.sink()));
  return std::optional(Source{root, std::string(options.source->format)});
}

Result<Change> add_version(StoreCore& core, Attempt& attempt, const std::string& name,
                           const std::optional<DocumentHead>& head, const Draft& draft,
                           Content content, bool keep_equal) {
  Change change;
  change.value = std::move(content.value);
  change.saved.root = content.root;
  if (head && !keep_equal && has_content(head->version, content)) {
    STET_CHECK(attempt.flush());
    change.saved.outcome = Saved::Outcome::unchanged;
    change.saved.id = head->id;
    change.version = head->version;
    return change;
  }
  STET_TRY(change.version, first_version(attempt, draft, content));
  if (head) {
    STET_CHECK(put_on_top_of(attempt, head->id, head->version, change.version));
  } else if (content.parent) {
    STET_TRY(const Version parent, kept_version(core, *content.parent));
    STET_CHECK(put_on_top_of(attempt, *content.parent, parent, change.version));
  }
  STET_TRY(change.saved.id, attempt.set_version(name, change.version));
  return change;
}

Result<Step<Change>> add_save(StoreCore& core, Attempt& attempt, const std::string& name,
                              const std::optional<DocumentHead>& head, const Draft& draft,
                              const SaveOptions& options, const MakeContent& make) {
  using Next = Step<Change>::Next;
  const std::optional<Id> head_id = head ? std::optional(head->id) : std::nullopt;
  if (options.expected && *options.expected != head_id) {
    const tree::Root root = head ? head->version.root : tree::Root{};
    return Step<Change>{Next::stop, {{Saved::Outcome::conflict, head_id, root, {}}, {}, {}}};
  }
  STET_TRY(std::optional<Content> content, make(attempt, head));
  if (!content) return Step<Change>{Next::again};
  STET_TRY(Change change,
           add_version(core, attempt, name, head, draft, *std::move(content), options.keep_equal));
  const bool is_new = change.saved.outcome == Saved::Outcome::done;
  return Step<Change>{is_new ? Next::swap : Next::stop, std::move(change)};
}

Result<Change> change_with(StoreCore& core, const std::string& name, const SaveOptions& options,
                           const MakeContent& make, const ProgressCallback& progress,
                           Attempt::Observes observes) {
  STET_CHECK(check_name(name));
  STET_TRY(const Draft draft, draft_version(core, options));
  const Meter meter(core);
  const auto body = [&](Attempt& attempt) -> Result<Step<Change>> {
    using Next = Step<Change>::Next;
    attempt.tell(progress, "save");
    STET_TRY(const bool steady, attempt.observe(name));
    if (!steady) return Step<Change>{Next::again};
    STET_TRY(const auto head, document_head(core, attempt, name));
    STET_TRY(auto step, add_save(core, attempt, name, head, draft, options, make));
    if (step.next == Next::swap) STET_CHECK(attempt.tell_end());
    return step;
  };
  STET_TRY(Change change, until_done<Change>(core, body, observes));
  if (change.value && change.saved.id && change.saved.outcome != Saved::Outcome::conflict) {
    core.known().insert(name, {*change.saved.id, change.version, *change.value});
  }
  change.saved.cost = meter.cost();
  return change;
}

Result<Saved> save_with(StoreCore& core, const std::string& name, const SaveOptions& options,
                        const MakeContent& make, const ProgressCallback& progress) {
  STET_TRY(Change change, change_with(core, name, options, make, progress));
  return change.saved;
}

Result<Saved> save_value(StoreCore& core, const std::string& name, const Value& value,
                         const SaveOptions& options, const std::optional<KnownVersion>& base,
                         const ProgressCallback& progress) {
  STET_TRY(Change change, change_value(core, name, value, options, base, progress));
  return change.saved;
}

Result<Change> change_value(StoreCore& core, const std::string& name, const Value& value,
                            const SaveOptions& options, const std::optional<KnownVersion>& base,
                            const ProgressCallback& progress) {
  return change_with(
      core, name, options,
      [&](Attempt& attempt, const std::optional<DocumentHead>&) -> Result<std::optional<Content>> {
        Content content;
        STET_TRY(content.root, write_value(core, attempt, name, value, base));
        STET_TRY(content.source, write_source(attempt, options));
        content.value = value;
        return std::optional(std::move(content));
      },
      progress, Attempt::Observes::last_seen);
}

Cost Meter::cost() const {
  const BackendCounters after = core_.backend().counters();
  const std::uint64_t put = after.chunks_put - before_.chunks_put;
  Cost cost;
  cost.chunks_written = after.chunks_written - before_.chunks_written;
  cost.chunks_reused = put - std::min(put, cost.chunks_written);
  cost.bytes_written = after.bytes_written - before_.bytes_written;
  cost.flushes = after.flushes - before_.flushes;
  return cost;
}

}  // namespace stet
