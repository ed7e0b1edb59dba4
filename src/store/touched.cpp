#include "store/touched.hpp"

namespace stet {

Result<void> Touched::add(const VersionContent& version) {
  STET_CHECK(walk_.walk(version.root));
  return version.source ? walk_.walk(*version.source) : Result<void>();
}

Result<void> Touched::name(std::span<const VersionContent> versions,
                           VerifyReport::Entry& entry) const {
  const std::unordered_set<Id> touched = upwards(*entry.damage.id);
  bool is_newest = true;
  for (const VersionContent& version : versions) {
    const bool by_source = version.source && touched.contains(version.source->id);
    const bool by_content = touched.contains(version.root.id);
    if (!touched.contains(version.id) && !by_content && !by_source) continue;
    if (entry.documents.size() < VerifyReport::kNamedMax) {
      entry.documents.push_back(version.spec);
    } else {
      ++entry.documents_more;
    }
    if (!is_newest) continue;
    is_newest = false;
    if (by_content) STET_CHECK(find_parts(version, version.root, false, touched, entry));
    if (by_source) STET_CHECK(find_parts(version, *version.source, true, touched, entry));
  }
  return {};
}

std::unordered_set<Id> Touched::upwards(const Id& from) const {
  std::unordered_set<Id> reached = {from};
  std::vector<Id> open = {from};
  while (!open.empty()) {
    const auto [begin, end] = parents_.equal_range(open.back());
    open.pop_back();
    for (auto edge = begin; edge != end; ++edge) {
      if (reached.insert(edge->second).second) open.push_back(edge->second);
    }
  }
  return reached;
}

// Every chunk that is gone into leads to the damaged one, so this takes no more steps than the tree
// is high for each part that it finds.
Result<void> Touched::find_parts(const VersionContent& version, const tree::Root& root,
                                 bool of_source, const std::unordered_set<Id>& touched,
                                 VerifyReport::Entry& entry) const {
  std::vector<tree::Placed> open = {{root, {}}};
  while (!open.empty() && entry.parts.size() < VerifyReport::kNamedMax) {
    const tree::Placed placed = std::move(open.back());
    open.pop_back();
    if (placed.chunk.id == *entry.damage.id) {
      entry.parts.push_back({version.spec, placed.extent, of_source});
      continue;
    }
    const auto bytes = chunks_.get(std::span(&placed.chunk.id, 1));
    if (!bytes.ok()) continue;  // damaged too, and named for that
    auto children = tree::placed_children(placed, *bytes->front());
    if (!children.ok()) continue;
    for (auto child = children->rbegin(); child != children->rend(); ++child) {
      if (touched.contains(child->chunk.id)) open.push_back(std::move(*child));
    }
  }
  return {};
}

}  // namespace stet
