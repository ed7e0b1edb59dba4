// One open descriptor as a File.
#pragma once

#include <optional>
#include <string>

#include "stet/os.hpp"

namespace stet::os {

// statx(2); nothing: errno says why. Never asks for the file's times: a time that was looked at has
// to differ after the next write, so Linux then makes the sync of each append write the inode too.
std::optional<FileStatus> read_status(int folder, const char* path, int flags) noexcept;

class PosixFile final : public File {
 public:
  // Takes over the descriptor, which it closes.
  PosixFile(int descriptor, std::string path) noexcept
      : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override;
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  const std::string& path() const noexcept override { return path_; }
  Result<std::size_t> read_some(std::uint64_t offset, MutableBytes out) override;
  Result<std::size_t> write_some(std::uint64_t offset, BytesView bytes) override;
  Result<void> sync_data() override;
  Result<void> start_sync(std::uint64_t offset, std::uint64_t length) override;
  Result<void> sync_all() override;
  Result<void> truncate(std::uint64_t size_bytes) override;
  Result<FileStatus> status() override;
  Result<void> set_mode(std::uint32_t mode) override;
  Result<void> set_owner(std::uint32_t user, std::uint32_t group) override;
  Result<bool> try_lock(LockKind kind, std::uint64_t offset, std::uint64_t length) override;
  Result<void> unlock(std::uint64_t offset, std::uint64_t length) override;
  std::string lock_holder(std::uint64_t offset, std::uint64_t length) override;

 private:
  Error error(int number, const char* what) const;
  Error error_at(int number, const char* what, std::uint64_t offset) const;

  const int descriptor_;
  const std::string path_;
};

}  // namespace stet::os
