#include "scratch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

namespace stet::bench {

namespace {

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : number_(::open(path.c_str(), flags, 0600)) {
    if (number_ < 0) throw std::system_error(errno, std::generic_category(), path);
  }
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

[[noreturn]] void fail(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), path);
}

}  // namespace

Scratch::Scratch(const std::filesystem::path& parent) {
  std::filesystem::create_directories(parent);
  std::string name = (parent / "stet_bench.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) fail(name);
  folder_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string Scratch::fresh_path(const std::string& stem) {
  return (folder_ / (std::to_string(used_++) + "_" + stem)).string();
}

std::string read_file(const std::string& path) {
  const Descriptor file(path, O_RDONLY | O_CLOEXEC);
  std::string bytes(std::filesystem::file_size(path), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::read(file.number(), bytes.data() + done, bytes.size() - done);
    if (count <= 0) fail(path);
    done += static_cast<std::size_t>(count);
  }
  return bytes;
}

void write_file(const std::string& path, std::string_view bytes, bool durable) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.number(), bytes.data(), bytes.size());
    if (count < 0) fail(path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  if (durable && ::fdatasync(file.number()) != 0) fail(path);
}

}  // namespace stet::bench
