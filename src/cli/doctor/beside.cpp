#include "cli/doctor/beside.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <filesystem>

#include "cli/flush_probe.hpp"
#include "cli/text.hpp"
#include "cli/torture/scratch.hpp"
#include "engine/file/lock.hpp"

namespace stet::cli::doctor {

namespace {

constexpr std::uint32_t kOthersRead = 04;
constexpr std::uint32_t kOthersWrite = 02;
constexpr std::int64_t kHeldForMs = 1000;
constexpr std::int64_t kLookAgainMs = 50;
constexpr std::chrono::minutes kInUse{1};  // what was changed since may still be written
constexpr std::size_t kNamesMax = 3;

struct Lock {
  std::uint64_t offset;
  std::string_view what;
};
constexpr std::array kLocks = {
    Lock{file::kWriterLock, "has been writing to the store for a second: saves wait meanwhile"},
    Lock{file::kFirstPlace + file::kPlaces - 1,
         "has been next to write for a second: others wait a second longer each"},
    Lock{file::kCompactionLock, "is compacting the store: another compaction waits meanwhile"},
};

bool is_free(os::File& file, const Lock& lock) {
  const auto taken = file.try_lock(os::LockKind::shared, lock.offset, 1);
  if (taken.ok() && *taken) (void)file.unlock(lock.offset, 1);
  return !taken.ok() || *taken;
}

void look_at_locks(os::File& file, Clock& clock, Findings& findings) {
  for (const Lock& lock : kLocks) {
    bool is_held = !is_free(file, lock);
    for (std::int64_t ms = 0; is_held && ms < kHeldForMs; ms += kLookAgainMs) {
      clock.sleep_ms(kLookAgainMs);
      is_held = !is_free(file, lock);
    }
    if (!is_held) continue;
    const std::string holder = file.lock_holder(lock.offset, 1);
    findings.warn(fmt::format("{} {}", holder.empty() ? "somebody" : printable(holder), lock.what));
  }
}

void judge_status(const os::FileStatus& status, Findings& findings) {
  const bool may_write = (status.mode & kOthersWrite) != 0;
  if (may_write || (status.mode & kOthersRead) != 0) {
    findings.warn(fmt::format("every user of this machine may {} the store (mode {:04o}): chmod {}",
                              may_write ? "write to" : "read", status.mode,
                              may_write ? "o-rw" : "o-r"));
  }
  if (status.links > 1) {
    findings.warn(
        fmt::format("the store's file has {} names (hard links): a compaction goes on "
                    "under one, and the others keep what was before",
                    status.links));
  }
}

struct Leftover {
  std::size_t count = 0;
  std::string names;

  void add(const std::string& name) {
    if (++count <= kNamesMax) names += (count > 1 ? ", " : "") + printable(name);
    if (count == kNamesMax + 1) names += " …";
  }
};

// Of what is put away as soon as it has served.
bool is_in_use(const std::string& path) {
  std::error_code failed;
  const auto changed = std::filesystem::last_write_time(path, failed);
  return failed || std::filesystem::file_time_type::clock::now() - changed < kInUse;
}

struct Leftovers {
  Leftover damaged, torn, unfinished, scratch, tortures;
};

Leftovers gather(os::FileSystem& files, const std::string& path,
                 const std::vector<std::string>& names) {
  const std::string folder = os::parent_directory(path);
  const std::string store = os::file_name(path);
  Leftovers left;
  for (const std::string& name : names) {
    const std::string whole = fmt::format("{}/{}", folder, name);
    if (name.starts_with(store + ".torn-")) {
      left.torn.add(name);
    } else if (name.starts_with(store + ".damaged-")) {
      left.damaged.add(name);
    } else if (torture::is_scratch_name(name, path)) {
      const auto runs = torture::is_in_use(files, whole);
      if (runs.ok() && !*runs) left.tortures.add(name);
    } else if (name == store + ".compact" || name.starts_with(store + ".new-")) {
      if (!is_in_use(whole)) left.unfinished.add(name);
    } else if (name.starts_with(kScratchBegin) && !is_in_use(whole)) {
      left.scratch.add(name);
    }
  }
  return left;
}

}  // namespace

void look_at_file(os::FileSystem& files, Clock& clock, const std::string& path,
                  Findings& findings) {
  const auto file = files.open(path, os::OpenMode::read);
  if (!file.ok()) return;
  const auto status = (*file)->status();
  if (status.ok()) judge_status(*status, findings);
  look_at_locks(**file, clock, findings);
}

void look_for_leftovers(os::FileSystem& files, const std::string& path, Findings& findings) {
  const auto names = files.list_directory(os::parent_directory(path));
  if (!names.ok()) return;
  const Leftovers left = gather(files, path, *names);
  const auto warn = [&](const Leftover& leftover, std::string_view what) {
    if (leftover.count > 0) findings.warn(fmt::format("{}: {}", leftover.names, what));
  };
  warn(left.torn,
       "what saves left that never ended, kept aside by recovery; nothing needs it: "
       "remove it once you know why they ended so");
  warn(left.damaged,
       "the store as it was before repairs; nothing needs it: remove it when all that you miss is "
       "back");
  warn(left.unfinished,
       "left by a process that ended while it compacted or made the store; the "
       "next compaction clears it away");
  warn(left.scratch, "left by a bench or doctor that was killed: remove it");
  warn(left.tortures,
       "left by a torture that was killed, or kept for what it found: remove it "
       "when you have looked");
}

}  // namespace stet::cli::doctor
