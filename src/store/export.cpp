// export_car: an index of names, then each version's record and chunks, each block once.
#include <fmt/format.h>

#include <algorithm>

#include "store/archive_index.hpp"
#include "store/chunk_walk.hpp"
#include "store/resolve.hpp"
#include "store/store_calls.hpp"

namespace stet {

namespace {

class Exporter {
 public:
  explicit Exporter(StoreCore& core)
      : core_(core), walk_(core.whole_documents(), [this](const ReachedChunk& chunk) {
          car::append_block(Cid::of(chunk.id), chunk.bytes, blocks_);
          return Result<void>();
        }) {}

  Result<void> add(std::string_view text, bool with_history) {
    STET_TRY(const Spec spec, Spec::parse(text));
    STET_TRY(const Head head, core_.read_head(spec.name));
    STET_TRY(const Resolved found, resolve(core_, spec, head));
    if (found.thin) return content_was_pruned(found.id).in_document(spec.name);
    for (const ArchiveIndex::Entry& entry : index_.documents) {
      if (entry.name != spec.name) continue;
      return Error(ErrorCode::invalid,
                   fmt::format("'{}' is named twice: an archive holds one version of a document, "
                               "or its history",
                               spec.name));
    }
    STET_TRY(Boundary boundary,
             with_history && !found.found_by ? add_history(found, head) : add_alone(found));
    index_.documents.push_back({spec.name, found.id, std::move(boundary)});
    return {};
  }

  Bytes finish() const {
    const Bytes index = encode_index(index_);
    std::vector<Cid> roots = {Cid::of(id_of(index))};
    for (const ArchiveIndex::Entry& entry : index_.documents) {
      roots.push_back(Cid::of(entry.version));
    }
    Bytes archive;
    car::append_header(roots, archive);
    car::append_block(roots.front(), index, archive);
    archive.insert(archive.end(), blocks_.begin(), blocks_.end());
    return archive;
  }

 private:
  // What the history keeps up to this version, and where it ends.
  Result<Boundary> add_history(const Resolved& found, const Head& head) {
    STET_TRY(const Boundary whole, core_.boundary(head.boundary));
    const History history(core_.versions(), whole);
    Boundary boundary;
    Result<void> failure;
    STET_CHECK(history.walk(found.id, [&](const Id& id, const Version& version) {
      boundary.generation = version.generation;
      if (whole.is_shallow(id)) boundary.shallow.push_back(id);
      if (whole.is_thin(id)) boundary.thin.push_back(id);
      failure = add_version(id, whole.is_thin(id));
      return failure.ok();
    }));
    if (!failure.ok()) return failure.error();
    std::sort(boundary.shallow.begin(), boundary.shallow.end());
    std::sort(boundary.thin.begin(), boundary.thin.end());
    return boundary;
  }

  Result<Boundary> add_alone(const Resolved& found) {
    Boundary boundary{.generation = found.version.generation, .shallow = {}, .thin = {}};
    if (!found.version.parents.empty()) boundary.shallow.push_back(found.id);
    STET_CHECK(add_version(found.id, false));
    return boundary;
  }

  Result<void> add_version(const Id& id, bool thin) {
    if (!versions_.insert(id).second) return {};
    STET_TRY(const Version version, kept_version(core_, id));
    car::append_block(Cid::of(id), encode_version(version), blocks_);
    if (thin) return {};
    STET_CHECK(walk_.walk(version.root));
    return version.source ? walk_.walk(version.source->root) : Result<void>();
  }

  StoreCore& core_;
  ArchiveIndex index_;
  Bytes blocks_;
  std::unordered_set<Id> versions_;
  ChunkWalk walk_;
};

}  // namespace

Result<Bytes> export_archive(StoreCore& core, std::span<const std::string> specs,
                             const ExportOptions& options) {
  if (specs.empty()) return Error(ErrorCode::invalid, "name at least one document to export");
  Exporter exporter(core);
  for (const std::string& spec : specs) STET_CHECK(exporter.add(spec, options.history));
  return exporter.finish();
}

}  // namespace stet
