// export_car: an index of names, then each version's record and chunks, each block once. What goes
// in is worked out from the records first, so that the contents pass through without being kept.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "store/archive_index.hpp"
#include "store/chunk_walk.hpp"
#include "store/kept.hpp"
#include "store/resolve.hpp"
#include "store/store_calls.hpp"

namespace stet {

namespace {

class Exporter {
 public:
  Exporter(StoreCore& core, const ArchiveWriter& out, const ProgressCallback& progress)
      : core_(core),
        out_(out),
        progress_(progress),
        walk_(core.whole_documents(),
              [this](const ReachedChunk& chunk) { return append(chunk.id, chunk.bytes); }) {}

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

  Result<void> write() {
    const Bytes index = encode_index(index_);
    std::vector<Cid> roots = {Cid::of(id_of(index))};
    for (const ArchiveIndex::Entry& entry : index_.documents) {
      roots.push_back(Cid::of(entry.version));
    }
    car::append_header(roots, buffer_);
    car::append_block(roots.front(), index, buffer_);
    for (const Planned& planned : plan_) STET_CHECK(write_version(planned));
    return flush();
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
      failure = plan(id, whole.is_thin(id));
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
    STET_CHECK(plan(found.id, false));
    return boundary;
  }

  struct Planned {
    Id id;
    bool thin;
  };

  Result<void> plan(const Id& id, bool thin) {
    plan_.push_back({id, thin});
    constexpr std::size_t kTellEvery = 256;
    if (plan_.size() % kTellEvery != 1) return {};
    return tell({"list versions", plan_.size(), 0, "versions"});
  }

  // A version that is thin in one history may be whole in another.
  Result<void> write_version(const Planned& planned) {
    STET_TRY(const Version version, kept_version(core_, planned.id));
    if (records_.insert(planned.id).second) {
      STET_CHECK(append(planned.id, encode_version(version)));
    }
    if (planned.thin) return {};
    STET_CHECK(walk_.walk(version.root));
    return version.source ? walk_.walk(version.source->root) : Result<void>();
  }

  Result<void> append(const Id& id, BytesView bytes) {
    constexpr std::size_t kFlushBytes = 256u << 10;
    car::append_block(Cid::of(id), bytes, buffer_);
    return buffer_.size() < kFlushBytes ? Result<void>() : flush();
  }

  Result<void> flush() {
    STET_CHECK(out_(buffer_));
    written_ += buffer_.size();
    buffer_.clear();
    return tell({"export", written_, 0, "bytes"});
  }

  Result<void> tell(const Progress& progress) const {
    if (report(progress_, progress)) return {};
    return Error(ErrorCode::cancelled, "the export was stopped before its end");
  }

  StoreCore& core_;
  const ArchiveWriter& out_;
  const ProgressCallback& progress_;
  ArchiveIndex index_;
  std::vector<Planned> plan_;
  Bytes buffer_;
  std::uint64_t written_ = 0;
  std::unordered_set<Id> records_;
  ChunkWalk walk_;
};

}  // namespace

namespace {

Error swept_meanwhile(const Error& cause) {
  return {
      ErrorCode::unavailable,
      "the store was changed and compacted while it was exported, and what was handed out is no "
      "archive: export again",
      cause.context()};
}

}  // namespace

Result<void> export_archive(StoreCore& core, std::span<const std::string> specs,
                            const ArchiveWriter& out, const ExportOptions& options,
                            const ProgressCallback& progress,
                            const std::function<void()>& restart) {
  if (specs.empty()) return Error(ErrorCode::invalid, "name at least one document to export");
  std::vector<std::string> names;
  for (const std::string& text : specs) {
    STET_TRY(Spec spec, Spec::parse(text));
    names.push_back(std::move(spec.name));
  }
  const std::vector<std::string_view> documents(names.begin(), names.end());
  bool handed_out = false;
  const ArchiveWriter watched = [&](BytesView piece) {
    handed_out = true;
    return out(piece);
  };
  return read_again_if_swept(core, documents, [&]() -> Result<void> {
    if (handed_out && restart) restart();
    handed_out = false;
    STET_TRY(const auto before, refs_of(core, documents));
    Exporter exporter(core, watched, progress);
    for (const std::string& spec : specs) STET_CHECK(exporter.add(spec, options.history));
    auto written = exporter.write();
    if (written.ok() || !handed_out || restart || !may_be_swept(written.error())) return written;
    STET_TRY(const auto now, refs_of(core, documents));
    return now == before ? written : Result<void>(swept_meanwhile(written.error()));
  });
}

}  // namespace stet
