#include "peers/floor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "scratch.hpp"

namespace stet::bench {

Floor::Floor(const std::string& path) {
  write_file(path, std::string(kFileBytes, '\0'), true);
  file_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file_ < 0) throw std::system_error(errno, std::generic_category(), path);
}

Floor::~Floor() { ::close(file_); }

void Floor::commit(std::string_view bytes) {
  if (offset_ + bytes.size() > kFileBytes) offset_ = 0;
  const ssize_t count = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset_));
  if (count != static_cast<ssize_t>(bytes.size()) || ::fdatasync(file_) != 0) {
    throw std::system_error(errno, std::generic_category(), "the floor's file");
  }
  offset_ += bytes.size();
}

}  // namespace stet::bench
