#include "store/resolve.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "store/ending.hpp"
#include "store/ref_names.hpp"

namespace stet {

namespace {

constexpr std::size_t kCandidatesShown = 8;

std::string time_text(std::int64_t time_ms) {
  constexpr std::int64_t kYear9999Ms = 253'402'300'799'999;
  if (time_ms < 0 || time_ms > kYear9999Ms) return fmt::format("{} ms", time_ms);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(static_cast<std::time_t>(time_ms / 1000)));
}

// Gathers the versions that an id's prefix could mean.
class PrefixSearch {
 public:
  PrefixSearch(StoreCore& core, const Spec& spec) : core_(core), spec_(spec) {
    constexpr std::size_t kWholeIdCharacters = 52;
    if (spec.id_prefix.size() < kWholeIdCharacters) return;
    if (auto id = Id::parse(std::string(kIdTextPrefix) + spec.id_prefix); id.ok()) whole_ = *id;
  }

  Result<void> search(const Head& head, const std::optional<Ref>& found_by) {
    STET_TRY(const History history, core_.history(head));
    if (whole_) return search_whole(history, head, found_by);
    return history.walk(*head.id, [&](const Id& id, const Version&) {
      if (matches(id)) add(history, head, id, found_by);
      return true;
    });
  }

  Result<void> search_tombstones() {
    STET_TRY(const auto tombstones, core_.refs_under(refs::tombstones_of(spec_.name)));
    for (const Ref& tombstone : tombstones) {
      STET_TRY(const Head head, refs::head_in(tombstone.name, tombstone.value));
      STET_CHECK(search(head, tombstone));
    }
    return {};
  }

  Result<void> search_pins() {
    STET_TRY(const auto pins, core_.refs_under(refs::kPins));
    for (const Ref& ref : pins) {
      STET_TRY(const refs::Pin pin, refs::pin_in(ref.name, ref.value));
      if (pin.document != spec_.name || !matches(pin.version)) continue;
      add_pinned(pin.version, ref);
    }
    return {};
  }

  Result<Resolved> the_one() {
    if (found_.empty()) {
      return Error(ErrorCode::not_found,
                   fmt::format("'{}' has no version {}", spec_.name, spec_.id_prefix))
          .in_document(spec_.name)
          .at_version(spec_.id_prefix);
    }
    for (Resolved& found : found_) {
      STET_TRY(found.version, kept_version(core_, found.id));
    }
    if (found_.size() > 1) return ambiguous();
    return std::move(found_.front());
  }

 private:
  Result<void> search_whole(const History& history, const Head& head,
                            const std::optional<Ref>& found_by) {
    STET_TRY(const bool there, history.is_ancestor(*whole_, *head.id));
    if (there) add(history, head, *whole_, found_by);
    return {};
  }

  bool matches(const Id& id) const {
    return whole_ ? id == *whole_ : id.short_form(spec_.id_prefix.size()) == spec_.id_prefix;
  }

  bool has(const Id& id) const {
    return std::any_of(found_.begin(), found_.end(),
                       [&](const Resolved& found) { return found.id == id; });
  }

  void add(const History& history, const Head& head, const Id& id,
           const std::optional<Ref>& found_by) {
    if (has(id)) return;
    found_.push_back({spec_.name, id, {}, head, history.is_thin(id), found_by});
  }

  // A pin keeps the content also of a version that was pruned.
  void add_pinned(const Id& id, const Ref& pin) {
    const auto found = std::find_if(found_.begin(), found_.end(),
                                    [&](const Resolved& other) { return other.id == id; });
    if (found == found_.end()) {
      found_.push_back({spec_.name, id, {}, {id, {}}, false, pin});
    } else if (found->thin) {
      found->thin = false;
      found->found_by = pin;
    }
  }

  Error ambiguous() const {
    std::string list;
    for (std::size_t i = 0; i < std::min(found_.size(), kCandidatesShown); ++i) {
      const Resolved& found = found_[i];
      list += fmt::format("{}{} of {}", i == 0 ? "" : ", ",
                          found.id.short_form(spec_.id_prefix.size() + 6),
                          time_text(found.version.time_ms));
      if (!found.version.message.empty()) {
        list += fmt::format(" \"{}\"", std::string_view(found.version.message).substr(0, 40));
      }
    }
    if (found_.size() > kCandidatesShown) list += ", …";
    return Error(ErrorCode::invalid,
                 fmt::format("'{}@{}' is ambiguous: {} versions begin like that: {}", spec_.name,
                             spec_.id_prefix, found_.size(), list))
        .in_document(spec_.name);
  }

  StoreCore& core_;
  const Spec& spec_;
  std::optional<Id> whole_;
  std::vector<Resolved> found_;
};

Result<Resolved> resolve_prefix(StoreCore& core, const Spec& spec, const Head& head) {
  PrefixSearch search(core, spec);
  if (head.id) STET_CHECK(search.search(head, std::nullopt));
  STET_CHECK(search.search_tombstones());
  STET_CHECK(search.search_pins());
  return search.the_one();
}

Result<Resolved> resolve_line(StoreCore& core, const Spec& spec, const Head& in,
                              const History& history) {
  const Id& head = *in.id;
  Resolved resolved;
  resolved.name = spec.name;
  resolved.id = head;
  resolved.head = in;
  if (spec.back) {
    STET_TRY(const auto found, history.back(head, *spec.back));
    if (!found) {
      return Error(ErrorCode::not_found,
                   fmt::format("'{}' has no version {} back", spec.name, *spec.back))
          .in_document(spec.name);
    }
    resolved.id = *found;
  } else if (spec.as_of_ms) {
    STET_TRY(const auto found, history.as_of(head, *spec.as_of_ms));
    if (!found) {
      return Error(ErrorCode::not_found, fmt::format("'{}' has no version as old as {}", spec.name,
                                                     time_text(*spec.as_of_ms)))
          .in_document(spec.name);
    }
    resolved.id = *found;
  }
  STET_TRY(resolved.version, kept_version(core, resolved.id));
  resolved.thin = history.is_thin(resolved.id);
  return resolved;
}

Error removed_or_never_there(StoreCore& core, std::string_view name) {
  const auto found = core.refs_under(refs::tombstones_of(name));
  if (!found.ok()) return found.error();
  const std::vector<Ref>& tombstones = *found;
  if (tombstones.empty()) {
    const auto ended = ended_head(core, name);
    if (!ended.ok()) return ended.error();
    if (!*ended) return no_such_document(name);
    return Error(ErrorCode::not_found,
                 fmt::format("'{}' was removed, and a compaction drops it or was ended before it "
                             "could; restore {}@{} brings it back where it is still there",
                             name, name, (*ended)->short_form()))
        .in_document(name);
  }
  const auto head = refs::head_in(tombstones.back().name, tombstones.back().value);
  if (!head.ok()) return head.error();
  return Error(ErrorCode::not_found,
               fmt::format("'{}' was removed; until the next compaction, restore {}@{} brings it "
                           "back",
                           name, name, head->id->short_form()))
      .in_document(name);
}

}  // namespace

Result<Resolved> resolve(StoreCore& core, const Spec& spec, const Head& head) {
  if (!spec.id_prefix.empty()) return resolve_prefix(core, spec, head);
  if (!head.id) return removed_or_never_there(core, spec.name);
  STET_TRY(const History history, core.history(head));
  return resolve_line(core, spec, head, history);
}

Result<Resolved> resolve(StoreCore& core, std::string_view text) {
  STET_TRY(const Spec spec, Spec::parse(text));
  STET_TRY(const Head head, core.read_head(spec.name));
  return resolve(core, spec, head);
}

Result<Resolved> resolve_content(StoreCore& core, std::string_view text) {
  STET_TRY(Resolved resolved, resolve(core, text));
  if (resolved.thin) return content_was_pruned(resolved.id).in_document(resolved.name);
  return resolved;
}

Result<Version> kept_version(StoreCore& core, const Id& id) {
  auto version = core.version(id);
  if (!version.ok() && version.error().code() == ErrorCode::not_found) {
    return Error(ErrorCode::corrupt, version.error().message(), version.error().context());
  }
  return version;
}

}  // namespace stet
