// Real documents of five kinds: each saved with its original and given back, exact to the byte.
#include <filesystem>

#include "command/transcript.hpp"
#include "support/shared_data.hpp"

namespace stet::test {
namespace {

class RealFiles : public Transcript {};

TEST_F(RealFiles, every_file_comes_back_exact_to_the_byte_under_the_id_of_its_content) {
  STET_NEEDS_SHARED();
  std::size_t count = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(shared_folder() / "data")) {
    if (!entry.is_regular_file() || entry.path().string().find("/histories/") != std::string::npos)
      continue;
    const std::string file = entry.path().string();
    const std::string name = "file-" + std::to_string(++count);
    const Ran saved = stet({"save", name, file, "--keep-source"});
    ASSERT_EQ(saved.exit, 0) << file << saved;
    const Ran source = stet({"load", name, "--source"});
    ASSERT_EQ(source.exit, 0) << file << source.err;
    EXPECT_TRUE(as_text(read_file(entry.path())) == source.out) << file;
    EXPECT_EQ(stet({"id", file}).out.substr(0, 59),
              text_of(stet({"show", name, "--json"}).json(), "root"))
        << file;
  }
  EXPECT_GT(count, 50u);
  EXPECT_EQ(stet({"verify"}).exit, 0);
}

}  // namespace
}  // namespace stet::test
