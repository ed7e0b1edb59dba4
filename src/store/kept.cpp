#include "store/kept.hpp"

#include "store/ref_names.hpp"

namespace stet {

namespace {

using By = KeptHistory::By;

Result<std::vector<std::string>> list_names(StoreCore& core) {
  std::vector<std::string> names;
  for (const std::string_view prefix :
       {refs::kDocuments, refs::kPins, refs::kTombstones, refs::kBoundaries}) {
    STET_TRY(const std::vector<Ref> found, core.refs_under(prefix));
    for (const Ref& ref : found) names.push_back(ref.name);
  }
  return names;
}

Result<std::optional<KeptHistory>> kept_by(const std::string& ref, const RefValue& value) {
  KeptHistory kept{};
  if (ref.starts_with(refs::kPins)) {
    STET_TRY(refs::Pin pin, refs::pin_in(ref, value));
    kept = {By::pin, std::move(pin.document), ref.substr(refs::kPins.size()), {pin.version, {}}};
    return std::optional(std::move(kept));
  }
  if (ref.starts_with(refs::kBoundaries)) return std::optional<KeptHistory>();
  const bool document = ref.starts_with(refs::kDocuments);
  kept.by = document ? By::document : By::tombstone;
  kept.name = ref.substr(document ? refs::kDocuments.size() : refs::kTombstones.size());
  if (!document) kept.name.resize(std::min(kept.name.find('#'), kept.name.size()));
  if (document) {
    STET_TRY(kept.head.id, refs::id_in(ref, value));
  } else {
    STET_TRY(kept.head, refs::head_in(ref, value));
  }
  return std::optional(std::move(kept));
}

}  // namespace

// A name that is made between the listing and the reading would be missed, so both are done again
// until nothing was.
Result<std::vector<KeptHistory>> kept_histories(StoreCore& core) {
  STET_TRY(std::vector<std::string> names, list_names(core));
  std::vector<std::optional<RefValue>> values;
  while (true) {
    STET_TRY(values, core.backend().read(names));
    STET_TRY(std::vector<std::string> again, list_names(core));
    if (again == names) break;
    names = std::move(again);
  }
  std::map<std::string, RefValue, std::less<>> boundaries;
  std::vector<KeptHistory> histories;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!values[i]) continue;
    if (names[i].starts_with(refs::kBoundaries)) boundaries.emplace(names[i], *values[i]);
    STET_TRY(auto kept, kept_by(names[i], *values[i]));
    if (kept) histories.push_back(*std::move(kept));
  }
  for (KeptHistory& kept : histories) {
    const auto boundary = boundaries.find(refs::boundary(kept.name));
    if (kept.by == By::document && boundary != boundaries.end())
      kept.head.boundary = boundary->second;
  }
  return histories;
}

Result<void> walk_kept(
    StoreCore& core, const KeptHistory& kept,
    const std::function<Result<void>(const Id&, const Version&, bool thin)>& each) {
  if (kept.by == By::pin) {
    STET_TRY(const Version version, core.version(*kept.head.id));
    return each(*kept.head.id, version, false);
  }
  STET_TRY(const History history, core.history(kept.head));
  Result<void> failure;
  STET_CHECK(history.walk(*kept.head.id, [&](const Id& id, const Version& version) {
    failure = each(id, version, history.is_thin(id));
    return failure.ok();
  }));
  return failure;
}

}  // namespace stet
