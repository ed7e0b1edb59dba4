// verify: every chunk that a document can reach, against its id and its form, and the engine's own
// framing. Goes on after damage, and says which versions it touches.
#include <fmt/format.h>

#include <unordered_map>
#include <unordered_set>

#include "store/chunk_walk.hpp"
#include "store/kept.hpp"
#include "store/ref_names.hpp"
#include "store/resolve.hpp"
#include "store/store_calls.hpp"

namespace stet {

namespace {

struct KeptVersion {
  std::size_t history;  // index in the list of histories
  Id id;
  tree::Root root;
  std::optional<tree::Root> source;
};

class Verification {
 public:
  Verification(StoreCore& core, std::vector<KeptHistory> histories,
               const ProgressCallback& progress)
      : core_(core), histories_(std::move(histories)), progress_(progress) {}

  Result<VerifyReport> run() {
    STET_CHECK(check_engine());
    for (std::size_t i = 0; i < histories_.size(); ++i) STET_CHECK(check_history(i));
    ChunkWalk walk(
        core_.whole_documents(), [this](const ReachedChunk& chunk) { return count(chunk); },
        [this](const Id& id, const Error& error) { return damaged(id, error); });
    for (const KeptVersion& version : versions_) {
      STET_CHECK(walk.walk(version.root));
      if (version.source) STET_CHECK(walk.walk(*version.source));
    }
    if (!report_.damage.empty()) STET_CHECK(name_what_is_touched());
    return std::move(report_);
  }

 private:
  Result<void> check_engine() {
    STET_TRY(std::vector<Damage> found, core_.backend().check(progress_));
    for (Damage& damage : found) report_.damage.push_back({std::move(damage), {}});
    return {};
  }

  // Damage in a record ends the history there, since what came before can't be found.
  Result<void> check_history(std::size_t index) {
    const KeptHistory& kept = histories_[index];
    if (kept.by == KeptHistory::By::document) ++report_.documents;
    Result<void> stopped;
    const auto walked =
        walk_kept(core_, kept, [&](const Id& id, const Version& version, bool thin) {
          ++report_.versions;
          if (thin) return Result<void>();
          const auto source = version.source ? std::optional(version.source->root) : std::nullopt;
          versions_.push_back({index, id, version.root, source});
          stopped = tell();
          return stopped;
        });
    STET_CHECK(stopped);
    if (walked.ok()) return {};
    if (!is_damage(walked.error())) return walked.error();
    report_.damage.push_back(
        {{std::nullopt, std::nullopt,
          walked.error().message() + "; versions before it could not be checked"},
         {spec_of(kept, *kept.head.id)}});
    return {};
  }

  static bool is_damage(const Error& error) {
    return error.code() == ErrorCode::corrupt || error.code() == ErrorCode::newer_format ||
           error.code() == ErrorCode::not_found;
  }

  Result<void> count(const ReachedChunk& chunk) {
    ++report_.chunks;
    report_.bytes += chunk.bytes.size();
    return tell();
  }

  Result<void> damaged(const Id& id, const Error& error) {
    if (!is_damage(error)) return error;
    ++report_.chunks;
    for (VerifyReport::Entry& entry : report_.damage) {
      if (entry.damage.id == id) return {};
    }
    report_.damage.push_back({{error.context().offset, id, error.message()}, {}});
    return tell();
  }

  Result<void> tell() const {
    const Progress progress{"verify", report_.chunks + report_.versions, 0, "chunks"};
    constexpr std::uint64_t kReportEvery = 256;
    if (progress.done % kReportEvery != 0 || report(progress_, progress)) return {};
    return Error(ErrorCode::cancelled, "verify was stopped before its end");
  }

  static std::string spec_of(const KeptHistory& kept, const Id& id) {
    return fmt::format("{}@{}", kept.name, id.short_form());
  }

  // From each damaged chunk upwards to the roots that reach it.
  Result<void> name_what_is_touched() {
    std::unordered_multimap<Id, Id> parents;
    ChunkWalk walk(
        core_.whole_documents(),
        [&](const ReachedChunk& chunk) {
          for (const tree::Root& child : chunk.children) parents.emplace(child.id, chunk.id);
          return Result<void>();
        },
        [](const Id&, const Error&) { return Result<void>(); });
    for (const KeptVersion& version : versions_) {
      STET_CHECK(walk.walk(version.root));
      if (version.source) STET_CHECK(walk.walk(*version.source));
    }
    for (VerifyReport::Entry& entry : report_.damage) {
      if (entry.damage.id) name_versions(upwards(parents, *entry.damage.id), entry.documents);
    }
    return {};
  }

  static std::unordered_set<Id> upwards(const std::unordered_multimap<Id, Id>& parents,
                                        const Id& from) {
    std::unordered_set<Id> reached = {from};
    std::vector<Id> open = {from};
    while (!open.empty()) {
      const auto [begin, end] = parents.equal_range(open.back());
      open.pop_back();
      for (auto edge = begin; edge != end; ++edge) {
        if (reached.insert(edge->second).second) open.push_back(edge->second);
      }
    }
    return reached;
  }

  void name_versions(const std::unordered_set<Id>& touched,
                     std::vector<std::string>& documents) const {
    for (const KeptVersion& version : versions_) {
      if (touched.contains(version.id) || touched.contains(version.root.id) ||
          (version.source && touched.contains(version.source->id))) {
        documents.push_back(spec_of(histories_[version.history], version.id));
      }
    }
  }

  StoreCore& core_;
  const std::vector<KeptHistory> histories_;
  const ProgressCallback& progress_;
  std::vector<KeptVersion> versions_;
  VerifyReport report_;
};

}  // namespace

Result<VerifyReport> verify_store(StoreCore& core, std::string_view name,
                                  const ProgressCallback& progress) {
  STET_TRY(std::vector<KeptHistory> histories, kept_histories(core, progress));
  if (!name.empty()) {
    STET_CHECK(check_name(name));
    std::erase_if(histories, [&](const KeptHistory& kept) { return kept.name != name; });
    if (histories.empty()) return no_such_document(name);
  }
  core.forget_chunks();  // what is checked is what the backend holds
  return Verification(core, std::move(histories), progress).run();
}

}  // namespace stet
