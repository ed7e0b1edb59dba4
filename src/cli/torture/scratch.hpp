// Scratch: the folder that torture works in, beside a store that it never touches.
//
// It lies on the same file system, is ours alone (0700) and is locked while its torture runs, so
// that one that was left behind can be told from one that is in use.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "stet/os.hpp"

namespace stet::cli::torture {

class Scratch {
 public:
  // Makes `.NAME.torture-XXXXXXXX` beside the store at `path`. Errors: as the file system's.
  static Result<std::unique_ptr<Scratch>> make(os::FileSystem& files, const std::string& path);
  ~Scratch();  // removes it with all that is in it, unless it is kept
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& path() const noexcept { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::string store() const { return *this / "store.stet"; }

  void keep() noexcept { is_kept_ = true; }
  bool is_kept() const noexcept { return is_kept_; }

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  std::unique_ptr<os::File> mark_;  // locked
  bool is_kept_ = false;
};

// Replaces `to`. Errors: no_space, io.
Result<void> copy_file(const std::string& from, const std::string& to);

// Whether a file of this name beside the store at `path` is such a folder of it.
bool is_scratch_name(const std::string& name, const std::string& path);
// Whether `folder` is a scratch folder whose torture is running.
Result<bool> is_in_use(os::FileSystem& files, const std::string& folder);

}  // namespace stet::cli::torture
