#include "support/temporary_folder.hpp"

#include <cstdlib>
#include <system_error>

namespace stet::test {

TemporaryFolder::TemporaryFolder(const std::filesystem::path& where) {
  std::string name = (where / "stet-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "can't make " + name);
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace stet::test
