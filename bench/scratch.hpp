// A folder for the files of one run, removed at the end.
#pragma once

#include <filesystem>
#include <string>

namespace stet::bench {

class Scratch {
 public:
  explicit Scratch(const std::filesystem::path& parent);  // makes a folder of its own below it
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // A path in the folder that nothing has used yet; the folder itself exists.
  std::string fresh_path(const std::string& stem);
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  int used_ = 0;
};

std::string read_file(const std::string& path);  // throws std::runtime_error
// Made anew, written in one go; durable: with fdatasync.
void write_file(const std::string& path, std::string_view bytes, bool durable);

}  // namespace stet::bench
