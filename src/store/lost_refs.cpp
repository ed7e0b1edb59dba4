#include "store/lost_refs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace stet {

namespace {

using Value = std::optional<RefValue>;

class LostRefsSearch {
 public:
  LostRefsSearch(StoreCore& core, MendedChunks& chunks, std::span<StoreCore* const> sources)
      : core_(core), chunks_(chunks), sources_(sources) {}

  Result<LostRefs> run() {
    for (const UnprovenRef& ref : core_.past_damage.unproven) {
      STET_TRY(Value before, value_of(ref.name));
      STET_TRY(const bool is_supported, supports(ref, before));
      if (before == ref.value) continue;
      if (is_supported) {
        next_[ref.name] = ref.value;
      } else {
        doubted_.insert(ref.name);
      }
    }
    STET_CHECK(follow_sources());
    STET_CHECK(find_lost_removals());
    STET_CHECK(gather());
    return std::move(lost_);
  }

 private:
  // As it will be, as far as is decided.
  Result<Value> value_of(const std::string& name) {
    if (const auto next = next_.find(name); next != next_.end()) return next->second;
    return stored(name);
  }

  Result<Value> stored(const std::string& name) {
    STET_TRY(auto values, core_.backend().read({&name, 1}));
    return std::move(values.front());
  }

  Result<bool> supports(const UnprovenRef& ref, const Value& before) {
    const std::string& name = ref.name;
    if (name == kEpochRef) {
      const auto next = decode_epoch(ref.value);
      const auto now = decode_epoch(before);
      return next.ok() && now.ok() && *next >= *now;
    }
    if (name.starts_with(refs::kDocuments)) {
      if (!check_name(name.substr(refs::kDocuments.size())).ok()) return false;
      if (!ref.value) return is_removed(name, before);
      const auto head = refs::id_in(name, *ref.value);
      if (!head.ok()) return false;
      return follows(name, *head, before);
    }
    if (!ref.value) return before.has_value();
    return holds(ref);
  }

  // Whether the version is there and leads back to what the ref held.
  Result<bool> follows(const std::string& ref, const Id& head, const Value& before) {
    const VersionSource versions = chunks_.versions();
    if (!versions(head).ok()) return false;
    if (!before) return true;
    const auto id = refs::id_in(ref, *before);
    if (!id.ok()) return false;
    STET_TRY(const Value pruned,
             value_of(refs::boundary(std::string_view(ref).substr(refs::kDocuments.size()))));
    auto boundary =
        pruned ? StoreCore::boundary_in(chunks_, *pruned) : Result<Boundary>(Boundary{});
    if (!boundary.ok()) return false;
    const auto follows = History(versions, *std::move(boundary)).is_ancestor(*id, head);
    return follows.ok() && *follows;
  }

  // A removal leaves a tombstone in the same batch.
  Result<bool> is_removed(const std::string& document, const Value& before) {
    if (!before) return false;
    STET_TRY(const Id head, refs::id_in(document, *before));
    const std::string tombstone = refs::tombstone(document.substr(refs::kDocuments.size()), head);
    const auto& unproven = core_.past_damage.unproven;
    return std::any_of(unproven.begin(), unproven.end(), [&](const UnprovenRef& ref) {
      return ref.name == tombstone && ref.value && refs::head_in(tombstone, *ref.value).ok();
    });
  }

  // Whether what a ref of another kind names is there.
  bool holds(const UnprovenRef& ref) {
    const std::string& name = ref.name;
    if (name.starts_with(refs::kHolds)) return true;
    if (name.starts_with(refs::kBoundaries)) {
      return StoreCore::boundary_in(chunks_, *ref.value).ok();
    }
    if (name.starts_with(refs::kPins)) {
      const auto pin = refs::pin_in(name, *ref.value);
      return pin.ok() && chunks_.versions()(pin->version).ok();
    }
    if (name.starts_with(refs::kTombstones)) {
      const auto head = refs::head_in(name, *ref.value);
      return head.ok() && head->id && chunks_.versions()(*head->id).ok();
    }
    return name.starts_with(refs::kEndings);
  }

  // A ref whose frame is lost can't be told from one that never was, but a version of a source that
  // follows ours takes nothing away.
  Result<void> follow_sources() {
    std::set<std::string> names = doubted_;
    STET_TRY(const std::vector<Ref> here, core_.refs_under(refs::kDocuments));
    for (const Ref& ref : here) names.insert(ref.name);
    for (StoreCore* const source : sources_) {
      const auto there = source->refs_under(refs::kDocuments);
      if (!there.ok()) continue;
      for (const Ref& ref : *there) {
        STET_TRY(const Value before, value_of(ref.name));
        if (before == ref.value) continue;
        const auto head = refs::id_in(ref.name, ref.value);
        if (!head.ok()) continue;
        if (!names.contains(ref.name)) {
          if (!next_.contains(ref.name)) missing_here_.insert(ref.name);
          continue;
        }
        STET_TRY(const bool is_newer, follows(ref.name, *head, before));
        if (is_newer) next_[ref.name] = ref.value;
      }
    }
    return {};
  }

  // A tombstone from a damaged place says that a document was removed, and the frame that removes
  // it is lost.
  Result<void> find_lost_removals() {
    for (const auto& [name, value] : next_) {
      if (!name.starts_with(refs::kTombstones) || !value) continue;
      STET_TRY(const Head removed, refs::head_in(name, *value));
      const std::string document =
          name.substr(refs::kTombstones.size(), name.rfind('#') - refs::kTombstones.size());
      STET_TRY(const Value now, value_of(refs::document(document)));
      if (!now || *now != refs::value_of(*removed.id)) continue;
      lost_.uncertain.push_back(fmt::format(
          "{} was removed, but the removal stood in a damaged place: it stays; remove it again",
          document));
    }
    return {};
  }

  Result<void> gather() {
    for (const auto& [name, value] : next_) {
      STET_TRY(Value before, stored(name));
      if (before == value) continue;
      if (value && name.starts_with(refs::kDocuments)) {
        STET_TRY(const Id head, refs::id_in(name, *value));
        lost_.heads.push_back(
            fmt::format("{}@{}", name.substr(refs::kDocuments.size()), head.short_form()));
      }
      lost_.changes.push_back({name, std::move(before), value, false});
    }
    for (const std::string& name : doubted_) {
      if (next_.contains(name)) continue;
      lost_.uncertain.push_back(
          fmt::format("a change of {} stood in a damaged place, and nothing supports what is left "
                      "of it: it stays as it was before",
                      name));
    }
    for (const std::string& name : missing_here_) {
      lost_.uncertain.push_back(
          fmt::format("{} is in a source and not here: if it wasn't removed, take it from there",
                      name.substr(refs::kDocuments.size())));
    }
    return {};
  }

  StoreCore& core_;
  MendedChunks& chunks_;
  const std::span<StoreCore* const> sources_;
  std::map<std::string, Value> next_;
  std::set<std::string> doubted_;
  std::set<std::string> missing_here_;
  LostRefs lost_;
};

}  // namespace

Result<LostRefs> find_lost_refs(StoreCore& core, MendedChunks& chunks,
                                std::span<StoreCore* const> sources) {
  return LostRefsSearch(core, chunks, sources).run();
}

}  // namespace stet
