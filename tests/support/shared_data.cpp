#include "support/shared_data.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace stet::test {

std::filesystem::path shared_folder() {
  if (const char* folder = std::getenv("STET_SHARED")) return folder;
  return std::filesystem::path(STET_SOURCE_DIR).parent_path() / "shared";
}

bool has_shared_folder() { return std::filesystem::is_directory(shared_folder() / "conformance"); }

bool in_ci() { return std::getenv("CI") != nullptr; }

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

}  // namespace stet::test
