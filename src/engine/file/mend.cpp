// Mending: the store is written anew without its damage, as a compaction writes it, and the file as
// it was is kept under another name.
//
//   compaction lock ▶ copy what can be read, add what mends ▶ sync ▶ writer's locks of both files ▶
//   copy what came meanwhile, check refs and epoch ▶ the old file gets a second name ▶ sync ▶
//   rename ▶ sync the folder ▶ go on in the new file
#include <fmt/format.h>

#include <algorithm>

#include "engine/file/compaction.hpp"
#include "engine/file/core.hpp"

namespace stet::file {

namespace {

constexpr int kAsideNamesMax = 1000;

class Everything final : public LiveSet {
 public:
  bool contains(const Id&) const override { return true; }
  std::uint64_t size() const override { return 0; }
};

Result<Epoch> epoch_in(const Log& log) {
  const std::string name(kEpochRef);
  STET_TRY(const auto values, log.read_refs({&name, 1}));
  return decode_epoch(values.front());
}

// With an epoch that nobody has seen yet: one that was lost may be among the changes.
Result<std::vector<RefChange>> with_raised_epoch(std::vector<RefChange> changes, Epoch epoch) {
  const auto is_epoch = [](const RefChange& change) { return change.name == kEpochRef; };
  for (const RefChange& change : changes) {
    if (!is_epoch(change) || change.assert_only) continue;
    STET_TRY(const Epoch lost, decode_epoch(change.next));
    epoch = std::max(epoch, lost);
  }
  std::erase_if(changes, is_epoch);
  changes.push_back({std::string(kEpochRef), std::nullopt, encode_epoch(epoch + 1), false});
  return changes;
}

}  // namespace

Result<void> Core::mend(const Mending& mending, const ProgressCallback& progress) {
  if (options_.read_only) {
    return Error(ErrorCode::denied, "the store was opened read-only").at_path(path_);
  }
  STET_CHECK(check_changes(mending.changes));
  STET_TRY(const auto alone, lock_mutex(sweep_mutex_, lock_wait(progress), path_, "compacted"));
  struct Sweeping {
    explicit Sweeping(Core& sweeper) : core(sweeper) { core.set_sweeping(true); }
    ~Sweeping() { core.set_sweeping(false); }
    Core& core;
  };
  const Sweeping sweeping(*this);
  STET_TRY(const FileLock compaction, begin_compaction(lock_wait(progress)));
  remove_compaction();
  return mend_alone(mending, progress);
}

Result<void> Core::check_unchanged(const Log& log, const Mending& mending) const {
  std::vector<std::string> names;
  for (const RefChange& change : mending.changes) names.push_back(change.name);
  STET_TRY(const auto values, log.read_refs(names));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (values[i] != mending.changes[i].expected) return changed_before_mending(names[i]);
  }
  return {};
}

// All of the new file carries the epoch, as after a compaction: whoever relies on such a mark
// asserts that epoch, and loses once a sweep has begun that may drop it. Whoever relies on a chunk
// that is left behind loses at once.
Result<void> Core::mend_alone(const Mending& mending, const ProgressCallback& progress) {
  STET_TRY(const auto old, refresh());
  STET_TRY(const Epoch epoch, epoch_in(*old));
  struct Unfinished {
    Core& core;
    std::string aside{};
    bool renamed = false;
    ~Unfinished() {
      if (renamed) return;
      core.remove_compaction();
      if (!aside.empty()) (void)core.options_.files->remove(aside);
    }
  };
  Unfinished unfinished{*this};
  Salt salt;
  options_.random->fill(salt);
  STET_TRY(const auto fresh,
           Log::create(*options_.files, compaction_path(), salt, options_.packer));
  const Compaction::Mended mended{mending, {mending.ids.begin(), mending.ids.end()}};
  const Everything everything;
  Compaction copying(*old, *fresh, everything, epoch, progress, &mended);
  STET_CHECK(copying.add_mended());
  STET_CHECK(copying.copy_chunks(old->position()));
  STET_CHECK(copying.add_rest_of_mended());
  STET_CHECK(copying.settle());

  STET_TRY(const Session session, begin_writing(lock_wait(progress)));
  if (&session.log() != old.get()) {
    return Error(ErrorCode::conflict, "the store's file was replaced while it was mended")
        .at_path(path_);
  }
  STET_CHECK(check_epoch(*old, epoch));
  STET_CHECK(check_unchanged(*old, mending));
  ahead_watch_.cancel();
  old->wipe_written_ahead();  // the new file hasn't it
  STET_CHECK(copying.copy_chunks(old->position()));
  std::vector<RefChange> changes = mending.changes;
  if (copying.has_left_any()) {
    STET_TRY(changes, with_raised_epoch(std::move(changes), epoch));
  }
  STET_CHECK(copying.copy_refs(changes));
  STET_TRY(unfinished.aside, keep_aside());
  const auto replaced = replace_file(*old, fresh, unfinished.renamed);
  if (unfinished.renamed) {
    fresh->note(
        fmt::format("damage was mended; the file as it was is kept in {}", unfinished.aside));
    if (const auto left = copying.packs_left(); left > 0) {
      fresh->note(
          fmt::format("{} packs of older versions can't be read and are in that file only: "
                      "keep it, and repair a copy of it when you have their chunks",
                      left));
    }
  }
  return replaced;
}

Result<std::string> Core::keep_aside() {
  os::FileSystem& files = *options_.files;
  for (int i = 1; i <= kAsideNamesMax; ++i) {
    std::string name = fmt::format("{}.damaged-{}", path_, i);
    auto linked = files.link(path_, name);
    if (linked.ok()) {
      const auto synced = files.sync_directory(os::parent_directory(path_));
      if (synced.ok()) return name;
      (void)files.remove(name);
      return synced.error();
    }
    if (linked.error().code() == ErrorCode::conflict) continue;
    return Error(linked.error().code(),
                 fmt::format("the damaged file can't be kept aside, so nothing was mended: {}; "
                             "where the file system has no hard links, repair a copy elsewhere",
                             linked.error().message()),
                 linked.error().context());
  }
  return Error(ErrorCode::conflict, "too many damaged files were kept: remove the old ones")
      .at_path(path_ + ".damaged-*");
}

}  // namespace stet::file
