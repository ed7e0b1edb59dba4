#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "os/errors.hpp"
#include "os/posix_file.hpp"
#include "os/retry.hpp"
#include "stet/os.hpp"

namespace stet::os {

namespace {

// The magic numbers of statfs(2) and <linux/magic.h>, spelt out: some are in neither header here.
struct KindName {
  std::uint32_t magic;
  std::string_view name;
};
constexpr std::array kKindNames = {
    KindName{0x0000ef53, "ext4"},  KindName{0x58465342, "xfs"},   KindName{0x9123683e, "btrfs"},
    KindName{0x2fc12fc1, "zfs"},   KindName{0xf2f52010, "f2fs"},  KindName{0xca451a4e, "bcachefs"},
    KindName{0x01021994, "tmpfs"}, KindName{0x858458f6, "ramfs"}, KindName{0x794c7630, "overlay"},
    KindName{0x00006969, "nfs"},   KindName{0xff534d42, "cifs"},  KindName{0xfe534d42, "smb2"},
    KindName{0x0000517b, "smb"},   KindName{0x65735546, "fuse"},  KindName{0x01021997, "9p"},
    KindName{0x00c36400, "ceph"},  KindName{0x00004d44, "vfat"},  KindName{0x2011bab0, "exfat"},
    KindName{0x5346544e, "ntfs"},  KindName{0x7366746e, "ntfs3"}, KindName{0x73717368, "squashfs"},
    KindName{0x3153464a, "jfs"},
};

int open_flags(OpenMode how) noexcept {
  constexpr int kAlways = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  switch (how) {
    case OpenMode::read:
      return O_RDONLY | kAlways;
    case OpenMode::read_write:
      return O_RDWR | kAlways;
    case OpenMode::create_new:
      return O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | kAlways;
    case OpenMode::create_or_open:
      return O_RDWR | O_CREAT | kAlways;
  }
  return O_RDONLY | kAlways;
}

// The system would cut such a path at its first NUL and so mean another file.
Result<void> check_path(const std::string& path) {
  if (path.find('\0') == std::string::npos) return {};
  return Error(ErrorCode::invalid, "a path holds a NUL character: name the file without it");
}

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

Result<std::optional<FileStatus>> status_at(const std::string& path, int flags) {
  STET_CHECK(check_path(path));
  if (const auto status = read_status(AT_FDCWD, path.c_str(), flags)) return status;
  if (errno == ENOENT || errno == ENOTDIR) return std::optional<FileStatus>();
  return system_error(errno, "examine", path);
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode how,
                                     std::uint32_t mode) override {
    STET_CHECK(check_path(path));
    const int descriptor =
        retry_interrupted([&] { return ::open(path.c_str(), open_flags(how), mode); });
    if (descriptor < 0) return system_error(errno, "open", path);
    return std::unique_ptr<File>(std::make_unique<PosixFile>(descriptor, path));
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    STET_CHECK(check_path(from));
    STET_CHECK(check_path(to));
    if (std::rename(from.c_str(), to.c_str()) != 0) {
      return system_error(errno, "rename a file to", to);
    }
    return {};
  }

  Result<void> rename_new(const std::string& from, const std::string& to) override {
    STET_CHECK(check_path(from));
    STET_CHECK(check_path(to));
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
      return system_error(errno, "rename a file to", to);
    }
    return {};
  }

  Result<void> link(const std::string& from, const std::string& to) override {
    STET_CHECK(check_path(from));
    STET_CHECK(check_path(to));
    if (::link(from.c_str(), to.c_str()) != 0) return system_error(errno, "link a file to", to);
    return {};
  }

  Result<void> remove(const std::string& path) override {
    STET_CHECK(check_path(path));
    if (::unlink(path.c_str()) != 0) return system_error(errno, "remove", path);
    return {};
  }

  Result<void> make_directory(const std::string& path, std::uint32_t mode) override {
    STET_CHECK(check_path(path));
    if (::mkdir(path.c_str(), mode) != 0) return system_error(errno, "make the folder", path);
    return {};
  }

  Result<void> sync_directory(const std::string& path) override {
    STET_CHECK(check_path(path));
    const int descriptor =
        retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (descriptor < 0) return system_error(errno, "open the folder", path);
    PosixFile folder(descriptor, path);
    return folder.sync_all();
  }

  Result<std::optional<FileStatus>> status(const std::string& path) override {
    return status_at(path, 0);
  }
  Result<std::optional<FileStatus>> link_status(const std::string& path) override {
    return status_at(path, AT_SYMLINK_NOFOLLOW);
  }

  Result<std::string> real_path(const std::string& path) override {
    STET_CHECK(check_path(path));
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                           &std::free);
    if (!real) return system_error(errno, "find", path);
    return std::string(real.get());
  }

  Result<std::vector<std::string>> list_directory(const std::string& path) override {
    STET_CHECK(check_path(path));
    const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
    if (!folder) return system_error(errno, "list the folder", path);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(folder.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
      errno = 0;
    }
    if (errno != 0) return system_error(errno, "list the folder", path);
    std::ranges::sort(names);
    return names;
  }

  Result<std::string> file_system_kind(const std::string& path) override {
    STET_CHECK(check_path(path));
    struct statfs facts = {};
    const int failed = retry_interrupted([&] { return ::statfs(path.c_str(), &facts); });
    if (failed != 0) return system_error(errno, "examine the file system of", path);
    const auto magic = static_cast<std::uint32_t>(facts.f_type);
    const auto found = std::ranges::find(kKindNames, magic, &KindName::magic);
    return std::string(found == kKindNames.end() ? "unknown" : found->name);
  }
};

}  // namespace

std::shared_ptr<FileSystem> posix_file_system() { return std::make_shared<PosixFileSystem>(); }

}  // namespace stet::os
