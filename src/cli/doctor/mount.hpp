// How the file system under a folder is mounted (proc(5), mountinfo), and which of that weakens
// what a flush or a lock promises.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet::cli::doctor {

struct Mount {
  std::string point;
  std::string kind;                  // as the kernel names it: "ext4", "nfs4", "fuse.sshfs" …
  std::vector<std::string> options;  // of the mount, then of the file system
};

// The mount that a real path lies on; nothing where `table` (mountinfo's text) doesn't tell.
std::optional<Mount> mount_of(std::string_view table, std::string_view real_path);

// A sentence for each option that weakens the promise.
std::vector<std::string> weak_options(const Mount& mount);

}  // namespace stet::cli::doctor
