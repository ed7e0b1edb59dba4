// verify: every chunk that a document can reach, against its id and its form, and the engine's own
// framing. Goes on after damage, and says which versions it touches.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "store/chunk_walk.hpp"
#include "store/kept.hpp"
#include "store/ref_names.hpp"
#include "store/resolve.hpp"
#include "store/store_calls.hpp"
#include "store/touched.hpp"

namespace stet {

namespace {

// What a look at one history found.
struct Look {
  KeptHistory kept;
  std::vector<VersionContent> versions;  // the newest first
  std::uint64_t records = 0;
  std::vector<std::pair<Id, std::uint64_t>> chunks;  // that no look before had met, and their bytes
  std::vector<VerifyReport::Entry> damage;
  std::vector<tree::Root> taken_back;  // of the walk, where there is damage
};

class Verification {
 public:
  Verification(StoreCore& core, const ReadsOfVerify& reads, std::string_view name,
               const ProgressCallback& progress)
      : core_(core),
        reads_(reads),
        name_(name),
        progress_(progress),
        walk_(
            reads.chunks, [this](const ReachedChunk& chunk) { return count(chunk); },
            [this](const Id& id, const Error& error) { return damaged(id, error); }) {}

  // A history that shows damage is looked for again: where others changed it meanwhile, what it
  // kept may have been swept, and what it has become is checked in its place.
  Result<VerifyReport> run(bool with_engine) {
    STET_TRY(std::vector<KeptHistory> open, histories());
    if (!name_.empty() && open.empty()) return no_such_document(name_);
    if (with_engine) STET_CHECK(check_engine());
    std::vector<Look> damaged;
    for (std::uint32_t looks = 0; !open.empty(); ++looks) {
      if (looks == kLooksMax) return too_busy("verification");
      for (const KeptHistory& kept : std::exchange(open, {})) STET_CHECK(look_at(kept, damaged));
      if (damaged.empty()) break;
      STET_TRY(open, changed_since(damaged));
    }
    STET_CHECK(report_damage(damaged));
    return std::move(report_);
  }

 private:
  Result<std::vector<KeptHistory>> histories() const {
    STET_TRY(std::vector<KeptHistory> all, kept_histories(core_, progress_));
    for (const RefChange& change : reads_.changes) STET_CHECK(take_up(change, all));
    if (name_.empty()) return all;
    std::erase_if(all, [&](const KeptHistory& kept) { return kept.name != name_; });
    return all;
  }

  // As if a document's head were changed already.
  static Result<void> take_up(const RefChange& change, std::vector<KeptHistory>& all) {
    if (!change.next || !change.name.starts_with(refs::kDocuments)) return {};
    STET_TRY(const Id head, refs::id_in(change.name, *change.next));
    const std::string name = change.name.substr(refs::kDocuments.size());
    const auto there = std::find_if(all.begin(), all.end(), [&](const KeptHistory& kept) {
      return kept.by == KeptHistory::By::document && kept.name == name;
    });
    if (there != all.end()) {
      there->head.id = head;
    } else {
      all.push_back({KeptHistory::By::document, name, {}, {head, {}}, {}});
    }
    return {};
  }

  Result<void> check_engine() {
    STET_TRY(std::vector<Damage> found, core_.backend().check(progress_));
    for (Damage& damage : found) report_.damage.push_back({std::move(damage), {}});
    return {};
  }

  Result<void> look_at(const KeptHistory& kept, std::vector<Look>& damaged) {
    now_ = Look{};
    now_.kept = kept;
    walk_.begin_part();
    STET_CHECK(check_records());
    for (const VersionContent& version : now_.versions) {
      STET_CHECK(walk_.walk(version.root));
      if (version.source) STET_CHECK(walk_.walk(*version.source));
    }
    if (now_.damage.empty()) {
      count_in(now_);
      whole_.emplace(kept.name, kept);
      return {};
    }
    now_.taken_back = walk_.take_back_part();
    damaged.push_back(std::move(now_));
    return {};
  }

  // Damage in a record ends the history there, since what came before can't be found.
  Result<void> check_records() {
    Result<void> stopped;
    std::optional<Id> reading;
    const VersionSource versions = [&](const Id& id) {
      reading = id;
      return reads_.versions(id);
    };
    Boundary boundary;
    if (now_.kept.head.boundary) {
      auto read = StoreCore::boundary_in(reads_.chunks, *now_.kept.head.boundary);
      if (!read.ok()) {
        const auto id = refs::id_in(refs::kBoundaries, *now_.kept.head.boundary);
        return record_damaged(id.ok() ? std::optional(*id) : std::nullopt, *now_.kept.head.id,
                              read.error());
      }
      boundary = *std::move(read);
    }
    const auto walked = walk_kept(
        now_.kept, versions, std::move(boundary),
        [&](const Id& id, const Version& version, bool thin) {
          ++now_.records;
          if (thin) return Result<void>();
          const auto source = version.source ? std::optional(version.source->root) : std::nullopt;
          now_.versions.push_back({spec_of(now_.kept, id), id, version.root, source});
          stopped = tell();
          return stopped;
        });
    STET_CHECK(stopped);
    if (walked.ok()) return {};
    return record_damaged(reading, reading.value_or(*now_.kept.head.id), walked.error());
  }

  Result<void> record_damaged(const std::optional<Id>& chunk, const Id& version,
                              const Error& error) {
    if (!is_damage(error)) return error;
    now_.damage.push_back({{error.context().offset, chunk,
                            error.message() + "; versions before it could not be checked"},
                           {spec_of(now_.kept, version)}});
    return {};
  }

  // Keeps of `damaged` what is kept as it was. The answer: what is there now and was not checked.
  Result<std::vector<KeptHistory>> changed_since(std::vector<Look>& damaged) {
    STET_TRY(std::vector<KeptHistory> now, histories());
    std::set<std::string> changed;
    std::erase_if(damaged, [&](const Look& look) {
      const auto as_before = std::find_if(now.begin(), now.end(), [&](const KeptHistory& kept) {
        return kept.keeps_as(look.kept);
      });
      if (as_before != now.end()) return false;
      changed.insert(look.kept.name);
      return true;
    });
    std::erase_if(now, [&](const KeptHistory& kept) {
      return !changed.contains(kept.name) || is_whole(kept) ||
             std::any_of(damaged.begin(), damaged.end(),
                         [&](const Look& look) { return look.kept.keeps_as(kept); });
    });
    return now;
  }

  bool is_whole(const KeptHistory& kept) const {
    const auto [begin, end] = whole_.equal_range(kept.name);
    return std::any_of(begin, end, [&](const auto& other) { return other.second.keeps_as(kept); });
  }

  void count_in(const Look& look) {
    if (look.kept.by == KeptHistory::By::document) documents_.insert(look.kept.name);
    report_.documents = documents_.size();
    report_.versions += look.records;
    for (const auto& [id, bytes] : look.chunks) {
      ++report_.chunks;
      report_.bytes += bytes;
    }
  }

  // What is damaged may share chunks with what was looked at since.
  Result<void> report_damage(std::vector<Look>& damaged) {
    const std::size_t of_engine = report_.damage.size();
    for (Look& look : damaged) {
      std::unordered_set<Id> first_met;
      for (const tree::Root& root : look.taken_back) {
        if (walk_.mark(root)) first_met.insert(root.id);
      }
      std::erase_if(look.chunks,
                    [&](const auto& chunk) { return !first_met.contains(chunk.first); });
      count_in(look);
      for (VerifyReport::Entry& entry : look.damage) add_once(std::move(entry), of_engine);
    }
    return damaged.empty() ? Result<void>() : name_what_is_touched(damaged);
  }

  void add_once(VerifyReport::Entry entry, std::size_t of_engine) {
    const auto begin = report_.damage.begin() + static_cast<std::ptrdiff_t>(of_engine);
    const bool there = std::any_of(begin, report_.damage.end(), [&](const auto& other) {
      return entry.damage.id && other.damage.id == entry.damage.id;
    });
    if (!there) report_.damage.push_back(std::move(entry));
  }

  static bool is_damage(const Error& error) {
    return may_be_swept(error) || error.code() == ErrorCode::newer_format;
  }

  Result<void> count(const ReachedChunk& chunk) {
    now_.chunks.emplace_back(chunk.id, chunk.bytes.size());
    return tell();
  }

  Result<void> damaged(const Id& id, const Error& error) {
    if (!is_damage(error)) return error;
    now_.chunks.emplace_back(id, 0);
    for (const VerifyReport::Entry& entry : now_.damage) {
      if (entry.damage.id == id) return {};
    }
    now_.damage.push_back({{error.context().offset, id, error.message()}, {}});
    return tell();
  }

  Result<void> tell() const {
    const Progress progress{"verify",
                            report_.chunks + report_.versions + now_.chunks.size() + now_.records,
                            0, "chunks"};
    constexpr std::uint64_t kReportEvery = 256;
    if (progress.done % kReportEvery != 0 || report(progress_, progress)) return {};
    return Error(ErrorCode::cancelled, "verify was stopped before its end");
  }

  static std::string spec_of(const KeptHistory& kept, const Id& id) {
    return fmt::format("{}@{}", kept.name, id.short_form());
  }

  Result<void> name_what_is_touched(const std::vector<Look>& damaged) {
    Touched touched(reads_.chunks);
    for (const Look& look : damaged) {
      for (const VersionContent& version : look.versions) STET_CHECK(touched.add(version));
    }
    for (VerifyReport::Entry& entry : report_.damage) {
      if (!entry.damage.id) continue;
      if (!entry.damage.offset) entry.damage.offset = core_.backend().offset_of(*entry.damage.id);
      for (const Look& look : damaged) STET_CHECK(touched.name(look.versions, entry));
    }
    return {};
  }

  StoreCore& core_;
  const ReadsOfVerify& reads_;
  const std::string_view name_;  // empty: every document
  const ProgressCallback& progress_;
  ChunkWalk walk_;
  Look now_;
  std::unordered_multimap<std::string, KeptHistory> whole_;
  std::set<std::string> documents_;
  VerifyReport report_;
};

}  // namespace

Result<VerifyReport> verify_store(StoreCore& core, std::string_view name,
                                  const ProgressCallback& progress) {
  if (!name.empty()) STET_CHECK(check_name(name));
  core.forget_chunks();  // what is checked is what the backend holds
  const ReadsOfVerify reads{core.whole_documents(), core.stored_versions(), {}};
  return Verification(core, reads, name, progress).run(true);
}

Result<VerifyReport> verify_content(StoreCore& core, const ReadsOfVerify& reads,
                                    const ProgressCallback& progress) {
  return Verification(core, reads, {}, progress).run(false);
}

}  // namespace stet
