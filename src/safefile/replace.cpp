#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

#include "stet/safefile.hpp"

namespace stet::safefile {

namespace {

constexpr std::uint32_t kPermissionBits = 0777;
constexpr std::uint32_t kGroupBits = 0070;
constexpr int kNameAttempts = 8;  // 64 random bits: the second attempt is for a broken Random

struct Target {
  std::string path;                        // symbolic links resolved
  std::optional<os::FileStatus> replaced;  // nothing: the file is new
};

Error refused(ErrorCode code, const std::string& path, std::string_view reason) {
  return Error(code, fmt::format("can't replace {}: {}", path, reason)).at_path(path);
}

Result<Target> find_target(os::FileSystem& files, const std::string& path) {
  if (path.empty() || path.ends_with('/')) {
    return refused(ErrorCode::invalid, path, "that is no file name: name a file");
  }
  STET_TRY(auto entry, files.link_status(path));
  Target target{path, entry};
  if (entry && entry->type == os::FileType::symlink) {
    STET_TRY(target.path, files.real_path(path));
    STET_TRY(target.replaced, files.status(target.path));
  }
  if (!target.replaced) return target;
  if (target.replaced->type != os::FileType::regular) {
    return refused(ErrorCode::invalid, target.path,
                   "it is a folder, pipe or device: name a regular file");
  }
  STET_CHECK(files.open(target.path, os::OpenMode::read_write));  // may it be written?
  return target;
}

Result<std::unique_ptr<os::File>> make_temporary(os::FileSystem& files, const std::string& folder,
                                                 Random& random) {
  for (int attempt = 1;; ++attempt) {
    std::array<std::uint8_t, 8> name{};
    random.fill(name);
    const std::string path = fmt::format("{}/.stet-{:02x}.tmp", folder, fmt::join(name, ""));
    auto file = files.open(path, os::OpenMode::create_new, 0600);
    const bool taken = !file.ok() && file.error().code() == ErrorCode::conflict;
    if (!taken || attempt == kNameAttempts) return file;
  }
}

// Nobody has heard of the temporary: what is wrong is told of the file that was asked for.
Error no_temporary(const Error& error, const std::string& path, const std::string& folder) {
  if (error.code() == ErrorCode::not_found) {
    return refused(error.code(), path, fmt::format("there is no folder {}", folder));
  }
  if (error.code() == ErrorCode::denied) {
    return refused(error.code(), path, fmt::format("nothing may be written in {}", folder));
  }
  return error;
}

Result<void> keep_mode_and_owner(os::File& file, const os::FileStatus& replaced) {
  STET_TRY(const auto made, file.status());
  std::uint32_t mode = replaced.mode & kPermissionBits;
  if (made.user != replaced.user || made.group != replaced.group) {
    // Only a privileged process may give a file away; its group may be kept by a member of it.
    const bool kept = file.set_owner(replaced.user, replaced.group).ok() ||
                      file.set_owner(made.user, replaced.group).ok();
    if (!kept) mode &= ~kGroupBits;
  }
  return file.set_mode(mode);
}

Result<void> fill(os::File& file, const Target& target, const Writer& writer,
                  const ReplaceOptions& options) {
  Output output(file);
  STET_CHECK(writer(output));
  if (target.replaced) {
    STET_CHECK(keep_mode_and_owner(file, *target.replaced));
  } else if (options.mode != 0600) {
    STET_CHECK(file.set_mode(options.mode & kPermissionBits));
  }
  return file.sync_all();
}

}  // namespace

Result<void> Output::append(BytesView bytes) {
  STET_CHECK(file_.write_all(offset_, bytes));
  offset_ += bytes.size();
  return {};
}

Result<void> replace_file(os::FileSystem& files, const std::string& path, const Writer& writer,
                          const ReplaceOptions& options) {
  const auto random = options.random ? options.random : system_random();
  STET_TRY(const Target target, find_target(files, path));
  const std::string folder = os::parent_directory(target.path);
  const auto temporary = make_temporary(files, folder, *random);
  if (!temporary.ok()) return no_temporary(temporary.error(), target.path, folder);
  const std::unique_ptr<os::File>& file = *temporary;
  auto replaced = fill(*file, target, writer, options);
  if (replaced.ok()) replaced = files.rename(file->path(), target.path);
  if (!replaced.ok()) {
    (void)files.remove(file->path());  // the first error is the one to tell
    return replaced.error();
  }
  if (const auto synced = files.sync_directory(folder); !synced.ok()) {
    return Error(ErrorCode::outcome_unknown,
                 fmt::format("{} has its new content, but may lose it with the power: {}",
                             target.path, synced.error().message()),
                 synced.error().context());
  }
  return {};
}

Result<void> replace_file(os::FileSystem& files, const std::string& path, BytesView bytes,
                          const ReplaceOptions& options) {
  return replace_file(
      files, path, [bytes](Output& output) { return output.append(bytes); }, options);
}

}  // namespace stet::safefile
