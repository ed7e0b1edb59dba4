// The least that a durable commit can cost: pwrite and fdatasync into a file whose space was
// written before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stet::bench {

class Floor {
 public:
  explicit Floor(const std::string& path);  // writes and syncs kFileBytes of zeros
  ~Floor();
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;

  void commit(std::string_view bytes);  // after the last one, wrapping at the end of the file

 private:
  static constexpr std::uint64_t kFileBytes = 32u << 20;
  int file_;
  std::uint64_t offset_ = 0;
};

}  // namespace stet::bench
