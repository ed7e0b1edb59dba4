// One open descriptor as a File.
#pragma once

#include <sys/stat.h>

#include <string>

#include "stet/os.hpp"

namespace stet::os {

FileStatus status_of(const struct stat& raw) noexcept;

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
