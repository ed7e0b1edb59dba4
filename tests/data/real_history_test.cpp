// A real history of 536 versions goes into one store: each loads equal, and what a version costs is
// printed beside what a packed Git repository takes for the same.
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "stet/codec.hpp"
#include "stet/store.hpp"
#include "support/shared_data.hpp"
#include "support/temporary_folder.hpp"

namespace stet {
namespace {

bool deep() { return std::getenv("STET_DEEP") != nullptr; }

bool runs(const std::string& command) { return std::system(command.c_str()) == 0; }

std::vector<std::filesystem::path> unpack(const std::string& name,
                                          const test::TemporaryFolder& to) {
  const auto archive = test::shared_folder() / "data" / "histories" / (name + ".tar.zst");
  if (!runs("zstd -q -d --long=30 -c '" + archive.string() + "' | tar x -C '" + to.path().string() +
            "'")) {
    return {};
  }
  std::vector<std::filesystem::path> versions;
  for (const auto& entry : std::filesystem::directory_iterator(to.path() / name)) {
    if (entry.path().extension() == ".json") versions.push_back(entry.path());
  }
  std::sort(versions.begin(), versions.end());
  return versions;
}

// Bytes of a packed Git repository with the same versions; nothing where there is no Git.
std::optional<std::uint64_t> git_bytes(const std::vector<std::filesystem::path>& versions,
                                       const std::string& repository) {
  const std::string git = "git -C '" + repository + "' -c user.name=x -c user.email=x@x ";
  if (!runs("git init -q '" + repository + "' 2>/dev/null")) return std::nullopt;
  for (const auto& version : versions) {
    std::filesystem::copy_file(version, repository + "/document.json",
                               std::filesystem::copy_options::overwrite_existing);
    if (!runs(git + "add -A && " + git + "commit -q -m x")) return std::nullopt;
  }
  if (!runs(git + "gc -q --aggressive --prune=now")) return std::nullopt;
  std::uint64_t bytes = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(repository + "/.git/objects")) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

TEST(RealHistory, EveryVersionLoadsEqual) {
  STET_NEEDS_SHARED();
  const test::TemporaryFolder folder;
  if (!runs("command -v zstd >/dev/null && command -v tar >/dev/null")) {
    if (test::in_ci()) FAIL() << "zstd or tar is missing";
    GTEST_SKIP() << "SKIPPED: zstd or tar is missing";
  }
  const auto versions = unpack("bcd_window", folder);
  ASSERT_EQ(versions.size(), 536u);
  const std::string url = "file:" + (folder / "history.stet");
  std::vector<Id> ids;
  std::uint64_t written = 0;
  {
    auto store = Store::open(url);
    ASSERT_TRUE(store.ok()) << store.error().to_string();
    for (const auto& path : versions) {
      const auto value = decode_json(test::read_file(path));
      ASSERT_TRUE(value.ok()) << path << ": " << value.error().to_string();
      const auto saved = store->save("window", *value, {.keep_equal = true});
      ASSERT_TRUE(saved.ok()) << saved.error().to_string();
      EXPECT_EQ(saved->cost.flushes, 1u);
      ids.push_back(*saved->id);
      written += saved->cost.bytes_written;
    }
  }
  auto store = Store::open(url);
  ASSERT_TRUE(store.ok()) << store.error().to_string();
  EXPECT_EQ(store->show("window")->version.generation, versions.size() - 1);
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const auto loaded = store->load("window@" + ids[i].to_string());
    ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
    ASSERT_TRUE(*loaded == *decode_json(test::read_file(versions[i]))) << versions[i];
  }
  EXPECT_TRUE(store->verify()->ok());
  const std::uint64_t before = store->info().stored_bytes;
  ASSERT_TRUE(store->compact().ok());
  const std::uint64_t after = store->info().stored_bytes;
  EXPECT_TRUE(*store->load("window@" + ids[100].to_string()) ==
              *decode_json(test::read_file(versions[100])));
  std::cout << versions.size() << " versions: " << written / versions.size()
            << " bytes a version as written, " << before / versions.size() << " in the file, "
            << after / versions.size() << " compacted";
  if (deep()) {
    const auto git = git_bytes(versions, folder / "git");
    if (git) std::cout << ", Git packed " << *git / versions.size();
  }
  std::cout << "\n";
}

}  // namespace
}  // namespace stet
