#include "cli/doctor/place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/doctor/mount.hpp"
#include "cli/files.hpp"
#include "cli/flush_probe.hpp"
#include "cli/text.hpp"

namespace stet::cli::doctor {

namespace {

constexpr std::size_t kFlushes = 25;
constexpr std::int64_t kCacheNs = 20'000;  // no device makes bytes durable in less
constexpr std::uint64_t kRoomBytes = 64'000'000;
constexpr std::uint32_t kOthersWrite = 02;
constexpr std::uint32_t kSticky = 01000;

bool is_one_of(std::string_view kind, std::initializer_list<std::string_view> kinds) {
  return std::ranges::find(kinds, kind) != kinds.end();
}

// Of a store that is there the engine has said the first two.
void judge_kind(const std::string& kind, bool store_is_there, Findings& findings) {
  if (!store_is_there && is_one_of(kind, {"tmpfs", "ramfs"})) {
    findings.warn(kind + " is memory: the store is gone when the machine stops");
  }
  if (!store_is_there && is_one_of(kind, {"nfs", "cifs", "smb", "smb2", "fuse", "9p"})) {
    findings.warn(kind +
                  " is not under this machine's control: its server decides what a flush and a "
                  "lock mean");
  }
  if (kind == "ceph") {
    findings.warn(
        "ceph is not under this machine's control: the cluster decides what a flush and "
        "a lock mean");
  }
  if (kind == "overlay") {
    findings.warn("overlay usually belongs to a container: the store may be gone with it");
  }
  if (is_one_of(kind, {"vfat", "exfat"})) {
    findings.warn(kind +
                  " has no journal: a loss of power can damage the file system itself, and "
                  "the store with it");
  }
  if (kind == "unknown") {
    findings.warn(
        "this kind of file system is not known here: whether a flush makes anything "
        "durable can't be said");
  }
}

void look_at_file_system(os::FileSystem& files, const std::string& folder, bool store_is_there,
                         Findings& findings) {
  const auto kind = files.file_system_kind(folder);
  if (!kind.ok()) return findings.warn(kind.error().to_string());
  findings.tell("file_system", "file system", Value(printable(*kind)), printable(*kind));
  judge_kind(*kind, store_is_there, findings);
}

void look_at_mount(os::FileSystem& files, const std::string& folder, Findings& findings) {
  const auto real = files.real_path(folder);
  if (!real.ok()) return;
  std::optional<Mount> mount;
  try {
    mount = mount_of(as_text(read_bytes("/proc/self/mountinfo")), *real);
  } catch (const Error&) {
    return;  // not everybody may look
  }
  if (!mount) return;
  findings.tell("mount_point", "mounted at", Value(printable(mount->point)),
                printable(mount->point));
  for (const std::string& sentence : weak_options(*mount)) findings.warn(printable(sentence));
}

void look_at_room(const std::string& folder, std::uint64_t stored_bytes, Findings& findings) {
  std::error_code failed;
  const auto room = std::filesystem::space(folder, failed);
  if (failed) return;
  findings.tell("free_bytes", "free", Value(std::uint64_t{room.available}),
                size_text(room.available));
  const std::uint64_t needed = std::max(stored_bytes, kRoomBytes);
  if (room.available >= needed) return;
  findings.warn(
      fmt::format("only {} are free: saves fail when that is used up, and a compaction "
                  "writes up to {} before it gives anything back",
                  size_text(room.available), size_text(needed)));
}

void look_at_folder(os::FileSystem& files, const std::string& folder, Findings& findings) {
  const auto status = files.status(folder);
  if (!status.ok() || !*status) return;
  const std::uint32_t mode = (*status)->mode;
  if ((mode & kOthersWrite) == 0 || (mode & kSticky) != 0) return;
  findings.warn(
      fmt::format("every user of this machine may replace what lies in {} (mode {:04o}): "
                  "chmod o-w",
                  printable(folder), mode));
}

void measure(os::FileSystem& files, Clock& clock, const std::string& path, Findings& findings) {
  const auto times =
      measure_flushes(files, clock, scratch_path(path, *system_random(), ".tmp"), kFlushes);
  if (!times.ok() && times.error().code() == ErrorCode::denied) {
    return findings.warn(
        "no file can be made beside the store, which making it, compacting it and "
        "setting a torn end aside need: " +
        times.error().to_string());
  }
  if (!times.ok()) {
    return findings.warn("a scratch file beside the store failed: " + times.error().to_string());
  }
  const std::int64_t median_ns = (*times)[kFlushes / 2];
  findings.tell("flush_ns", "flush", Value(median_ns),
                fmt::format("{} (fastest {}, slowest {})", duration_text(median_ns),
                            duration_text(times->front()), duration_text(times->back())));
  if (median_ns < kCacheNs) {
    findings.warn(
        "a flush is faster than devices are: something may keep it in a cache that a "
        "loss of power empties");
  }
}

}  // namespace

void look_at_place(os::FileSystem& files, Clock& clock, const std::string& path,
                   std::uint64_t stored_bytes, Findings& findings) {
  const std::string folder = os::parent_directory(path);
  look_at_file_system(files, folder, stored_bytes > 0, findings);
  look_at_mount(files, folder, findings);
  look_at_room(folder, stored_bytes, findings);
  look_at_folder(files, folder, findings);
  measure(files, clock, path, findings);
}

}  // namespace stet::cli::doctor
