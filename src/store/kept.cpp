#include "store/kept.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "store/ref_names.hpp"

namespace stet {

namespace {

using By = KeptHistory::By;

constexpr std::size_t kPage = 1000;
// Each listing but the first means that names were made during the one before.
constexpr std::uint32_t kListingsMax = 100;
constexpr std::uint32_t kWaitMsMax = 16;

using Names = std::set<std::string, std::less<>>;

class Listing {
 public:
  Listing(StoreCore& core, const ProgressCallback& progress) : core_(core), progress_(progress) {}

  // Adds the names that are there now. False: none was new.
  Result<bool> list(Names& names) {
    bool added = false;
    for (const std::string_view prefix :
         {refs::kDocuments, refs::kPins, refs::kTombstones, refs::kBoundaries, refs::kHolds}) {
      STET_TRY(const bool more, list_under(prefix, names));
      added = added || more;
    }
    return added;
  }

 private:
  Result<bool> list_under(std::string_view prefix, Names& names) {
    bool added = false;
    std::string cursor;
    while (true) {
      STET_TRY(RefPage page, core_.backend().list(prefix, cursor, kPage));
      for (Ref& ref : page.refs) added = names.insert(std::move(ref.name)).second || added;
      if (!report(progress_, {"list what is kept", names.size(), 0, "names"})) {
        return Error(ErrorCode::cancelled,
                     "stopped while the store was listed; nothing is changed");
      }
      if (!page.next) return added;
      cursor = *std::move(page.next);
    }
  }

  StoreCore& core_;
  const ProgressCallback& progress_;
};

Result<KeptHistory> kept_by(const std::string& ref, const RefValue& value) {
  KeptHistory kept{};
  if (ref.starts_with(refs::kPins)) {
    STET_TRY(refs::Pin pin, refs::pin_in(ref, value));
    return KeptHistory{
        By::pin, std::move(pin.document), ref.substr(refs::kPins.size()), {pin.version, {}}, {}};
  }
  const bool document = ref.starts_with(refs::kDocuments);
  kept.by = document ? By::document : By::tombstone;
  kept.name = ref.substr(document ? refs::kDocuments.size() : refs::kTombstones.size());
  if (!document) kept.name.resize(std::min(kept.name.find('#'), kept.name.size()));
  if (document) {
    STET_TRY(kept.head.id, refs::id_in(ref, value));
  } else {
    STET_TRY(kept.head, refs::head_in(ref, value));
  }
  return kept;
}

// A name that is made between the listing and the reading would be missed, so both are done again
// until none was. One that went meanwhile reads as absent.
Result<std::vector<std::pair<std::string, RefValue>>> read_kept_refs(
    StoreCore& core, const ProgressCallback& progress) {
  Listing listing(core, progress);
  Names names;
  STET_CHECK(listing.list(names));
  for (std::uint32_t count = 1; count < kListingsMax; ++count) {
    const std::vector<std::string> read(names.begin(), names.end());
    STET_TRY(auto values, core.backend().read(read));
    STET_TRY(const bool more, listing.list(names));
    if (more) {
      core.clock().sleep_ms(std::min(count, kWaitMsMax));
      continue;
    }
    std::vector<std::pair<std::string, RefValue>> found;
    for (std::size_t i = 0; i < read.size(); ++i) {
      if (values[i]) found.emplace_back(read[i], *std::move(values[i]));
    }
    return found;
  }
  return Error(ErrorCode::unavailable,
               fmt::format("documents were made during each of {} looks at what is there: try "
                           "again when less is written",
                           kListingsMax));
}

}  // namespace

Error too_busy(std::string_view work) {
  return {
      ErrorCode::unavailable,
      fmt::format("the store was changed and compacted during each of {} looks at it, so the {} "
                  "came to no end: try again when less is written",
                  kLooksMax, work)};
}

Result<std::vector<KeptHistory>> kept_histories(StoreCore& core, const ProgressCallback& progress) {
  STET_TRY(const auto refs, read_kept_refs(core, progress));
  std::map<std::string_view, const RefValue*> beside;  // boundaries and holds
  std::vector<KeptHistory> histories;
  for (const auto& [name, value] : refs) {
    if (name.starts_with(refs::kBoundaries) || name.starts_with(refs::kHolds)) {
      beside.emplace(name, &value);
      continue;
    }
    STET_TRY(KeptHistory kept, kept_by(name, value));
    histories.push_back(std::move(kept));
  }
  for (KeptHistory& kept : histories) {
    if (kept.by != By::document) continue;
    const auto boundary = beside.find(refs::boundary(kept.name));
    if (boundary != beside.end()) kept.head.boundary = *boundary->second;
    const auto hold = beside.find(refs::hold(kept.name));
    if (hold != beside.end()) kept.hold = *hold->second;
  }
  return histories;
}

Result<std::vector<std::optional<RefValue>>> refs_of(StoreCore& core,
                                                     std::span<const std::string_view> names) {
  std::vector<std::string> refs = {std::string(kEpochRef)};
  for (const std::string_view name : std::set<std::string_view>(names.begin(), names.end())) {
    refs.push_back(refs::document(name));
    refs.push_back(refs::boundary(name));
  }
  return core.backend().read(refs);
}

Result<void> walk_kept(
    StoreCore& core, const KeptHistory& kept,
    const std::function<Result<void>(const Id&, const Version&, bool thin)>& each) {
  STET_TRY(Boundary boundary, core.boundary(kept.head.boundary));
  return walk_kept(kept, core.versions(), std::move(boundary), each);
}

Result<void> walk_kept(
    const KeptHistory& kept, const VersionSource& versions, Boundary boundary,
    const std::function<Result<void>(const Id&, const Version&, bool thin)>& each) {
  if (kept.by == By::pin) {
    STET_TRY(const Version version, versions(*kept.head.id));
    return each(*kept.head.id, version, false);
  }
  const History history(versions, std::move(boundary));
  Result<void> failure;
  STET_CHECK(history.walk(*kept.head.id, [&](const Id& id, const Version& version) {
    failure = each(id, version, history.is_thin(id));
    return failure.ok();
  }));
  return failure;
}

}  // namespace stet
