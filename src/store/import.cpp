// import_car: histories that Stet exported come in with their ids; any other root becomes a
// document.
#include <fmt/format.h>

#include <set>

#include "store/adopt.hpp"
#include "store/archive_blocks.hpp"
#include "store/archive_index.hpp"
#include "store/save.hpp"
#include "store/store_calls.hpp"
#include "store/transfer.hpp"
#include "store/until_done.hpp"

namespace stet {

namespace {

// What an archive brings, worked out before the store is touched.
struct Contents {
  std::vector<IncomingHistory> histories;
  std::vector<Value> foreign;
};

Result<Contents> read_contents(ArchiveBlocks& blocks, const ImportOptions& options) {
  Contents contents;
  STET_TRY(auto index, blocks.index());
  if (index) {
    if (!options.name.empty() && index->documents.size() > 1) {
      return Error(ErrorCode::invalid,
                   fmt::format("the archive holds {} documents, so they can't all be named '{}'",
                               index->documents.size(), options.name))
          .in_document(options.name);
    }
    for (ArchiveIndex::Entry& entry : index->documents) {
      const std::string& name = options.name.empty() ? entry.name : options.name;
      contents.histories.push_back({name, entry.version, std::move(entry.boundary)});
    }
    return contents;
  }
  const std::string& stem = options.name.empty() ? options.fallback_name : options.name;
  for (const Cid& root : blocks.roots()) {
    STET_TRY(const bool is_version, blocks.is_version(root));
    if (is_version) {
      STET_TRY(Boundary boundary, blocks.boundary_below(*root.to_id()));
      contents.histories.push_back({stem, *root.to_id(), std::move(boundary)});
    } else {
      STET_TRY(Value value, foreign_document(blocks, root, options.adopt, options.limits));
      contents.foreign.push_back(std::move(value));
    }
  }
  return contents;
}

// One attempt to bring everything in.
class Import {
 public:
  Import(StoreCore& core, ArchiveBlocks& blocks, const Contents& contents,
         const ImportOptions& options, const Draft& draft, const ProgressCallback& progress)
      : core_(core),
        blocks_(blocks),
        contents_(contents),
        options_(options),
        draft_(draft),
        progress_(progress) {}

  using Answer = std::vector<std::string>;  // names of documents

  Result<Step<Answer>> run(Attempt& attempt) const {
    Step<Answer> step{Step<Answer>::Next::stop};
    attempt.tell(progress_, "import");
    const auto failed = add_all(attempt, step);
    if (failed.ok() && !*failed) return Step<Answer>{Step<Answer>::Next::again};
    if (!failed.ok()) return failed.error();
    STET_CHECK(attempt.tell_end());
    return step;
  }

 private:
  // False: the attempt is lost.
  Result<bool> add_all(Attempt& attempt, Step<Answer>& step) const {
    Transfer transfer(core_, attempt, blocks_.versions(), blocks_);
    std::set<std::string, std::less<>> taken;
    STET_TRY(const std::vector<IncomingHistory> histories, named_histories(taken));
    const std::vector<std::string_view> names(taken.begin(), taken.end());
    STET_TRY(const bool observed, attempt.observe_apart(names));
    if (!observed) return false;
    for (const IncomingHistory& incoming : histories) {
      STET_CHECK(add_history(transfer, incoming, step));
      step.answer.push_back(incoming.name);
    }
    for (const Value& value : contents_.foreign) {
      STET_TRY(const bool steady, add_foreign(attempt, value, taken, step));
      if (!steady) return false;
    }
    return true;
  }

  // Each under a name of its own.
  Result<std::vector<IncomingHistory>> named_histories(
      std::set<std::string, std::less<>>& taken) const {
    std::vector<IncomingHistory> histories = contents_.histories;
    for (IncomingHistory& incoming : histories) {
      const std::string stem = incoming.name;
      for (std::size_t count = 2; taken.contains(incoming.name); ++count) {
        incoming.name = numbered(stem, count);
      }
      STET_CHECK(check_name(incoming.name));
      taken.insert(incoming.name);
    }
    return histories;
  }

  static Result<void> add_history(Transfer& transfer, const IncomingHistory& incoming,
                                  Step<Answer>& step) {
    const auto outcome = transfer.add(incoming);
    if (!outcome.ok()) return as_bad_archive(outcome.error());
    if (*outcome == Transfer::Outcome::diverged) {
      return Error(ErrorCode::conflict,
                   fmt::format("'{}' is here with versions of its own, or was left behind by a "
                               "prune there: import it under another name",
                               incoming.name))
          .in_document(incoming.name);
    }
    if (*outcome == Transfer::Outcome::added) step.next = Step<Answer>::Next::swap;
    return {};
  }

  // What would be damage in a store is bad input here.
  static Error as_bad_archive(const Error& error) {
    if (error.code() != ErrorCode::corrupt && error.code() != ErrorCode::not_found) return error;
    return {ErrorCode::invalid, fmt::format("the archive is not whole: {}", error.message()),
            error.context()};
  }

  static std::string numbered(const std::string& stem, std::size_t count) {
    return fmt::format("{}-{}", stem, count);
  }

  // Under the name that was asked for, or one that is free or holds this value already.
  Result<bool> add_foreign(Attempt& attempt, const Value& value,
                           std::set<std::string, std::less<>>& taken, Step<Answer>& step) const {
    Content content;
    content.value = value;
    const std::string& stem = options_.name.empty() ? options_.fallback_name : options_.name;
    for (std::size_t count = 1;; ++count) {
      const std::string name = count == 1 ? stem : numbered(stem, count);
      if (taken.contains(name)) continue;
      STET_CHECK(check_name(name));
      const std::string_view view = name;
      STET_TRY(const bool steady, attempt.observe_apart({&view, 1}));
      if (!steady) return false;
      if (content.root == tree::Root{}) {
        STET_TRY(content.root, tree::write(value, attempt.sink()));
      }
      const bool is_wanted = !options_.name.empty() && count == 1;
      STET_TRY(const bool fits, is_free_or_same(attempt.head(name), content.root));
      if (!is_wanted && !fits) continue;
      taken.insert(name);
      STET_TRY(const auto head, document_head(core_, attempt, name));
      STET_TRY(const Change change,
               add_version(core_, attempt, name, head, draft_, std::move(content), false));
      if (change.saved.outcome == Saved::Outcome::done) step.next = Step<Answer>::Next::swap;
      step.answer.push_back(name);
      return true;
    }
  }

  Result<bool> is_free_or_same(const Head& head, const tree::Root& root) const {
    if (!head.id) return true;
    STET_TRY(const Version version, core_.version(*head.id));
    return version.root == root;
  }

  StoreCore& core_;
  ArchiveBlocks& blocks_;
  const Contents& contents_;
  const ImportOptions& options_;
  const Draft& draft_;
  const ProgressCallback& progress_;
};

// What was here already wasn't read, but it is held.
Result<void> use_what_is_held(ArchiveBlocks& blocks, const Contents& contents) {
  ChunkWalk walk(
      blocks, [](const ReachedChunk&) { return Result<void>(); },
      [](const Id&, const Error&) { return Result<void>(); });
  for (const IncomingHistory& incoming : contents.histories) {
    const History history(blocks.versions(), incoming.boundary);
    Result<void> failure;
    auto walked = history.walk(incoming.head, [&](const Id& id, const Version& version) {
      if (history.is_thin(id)) return true;
      failure = walk.walk(version.root);
      if (failure.ok() && version.source) failure = walk.walk(version.source->root);
      return failure.ok();
    });
    STET_CHECK(failure);
    if (!walked.ok() && !may_be_swept(walked.error())) return walked;
  }
  return {};
}

}  // namespace

Result<Imported> import_archive(StoreCore& core, car::Source& archive, const ImportOptions& options,
                                const ProgressCallback& progress) {
  STET_TRY(ArchiveBlocks blocks, ArchiveBlocks::open(archive, options.limits, progress));
  STET_TRY(const Contents contents, read_contents(blocks, options));
  STET_TRY(const Draft draft, draft_version(core, {}));
  const Import import(core, blocks, contents, options, draft, progress);
  Imported imported;
  STET_TRY(imported.documents,
           until_done<Import::Answer>(core, [&](Attempt& attempt) { return import.run(attempt); }));
  if (blocks.unused() > 0) STET_CHECK(use_what_is_held(blocks, contents));
  imported.blocks_unused = blocks.unused();
  return imported;
}

}  // namespace stet
