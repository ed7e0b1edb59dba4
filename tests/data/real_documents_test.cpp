// Every real file beside the checkout, saved and read back through a store in a file: equal, and
// with its source kept exact to the byte.
#include <algorithm>
#include <iostream>

#include "stet/codec.hpp"
#include "stet/store.hpp"
#include "support/shared_data.hpp"
#include "support/temporary_folder.hpp"

namespace stet {
namespace {

std::vector<std::filesystem::path> all_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(test::shared_folder() / "data")) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// As its extension says, and as bytes where it says nothing or says what isn't so.
std::pair<std::string, Value> read_document(const std::filesystem::path& path, BytesView bytes) {
  const Codec* codec = codec_for_path(path.string());
  if (codec != nullptr) {
    auto value = codec->decode(bytes, {});
    if (value.ok()) return {std::string(codec->name()), *std::move(value)};
  }
  return {"bytes", Value::bytes(bytes)};
}

TEST(RealDocuments, ComeBackEqualAndExactToTheByte) {
  STET_NEEDS_SHARED();
  const test::TemporaryFolder folder;
  const std::string url = "file:" + (folder / "all.stet");
  auto store = Store::open(url);
  ASSERT_TRUE(store.ok()) << store.error().to_string();
  const auto root = test::shared_folder() / "data";
  std::uint64_t bytes_in = 0;
  std::vector<std::pair<std::string, std::filesystem::path>> saved;
  for (const auto& path : all_files()) {
    SCOPED_TRACE(path);
    const Bytes bytes = test::read_file(path);
    bytes_in += bytes.size();
    const auto [format, value] = read_document(path, bytes);
    std::string name = std::filesystem::relative(path, root).string();
    for (const char mark : {'@', '~', '#'}) std::replace(name.begin(), name.end(), mark, '_');
    const auto result = store->save(name, value, {.source = KeptSource{bytes, format}});
    ASSERT_TRUE(result.ok()) << result.error().to_string();
    saved.emplace_back(name, path);
  }
  ASSERT_GT(saved.size(), 100u);
  auto again = Store::open(url);
  ASSERT_TRUE(again.ok()) << again.error().to_string();
  for (const auto& [name, path] : saved) {
    SCOPED_TRACE(path);
    const Bytes bytes = test::read_file(path);
    const auto loaded = again->load(name);
    ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
    EXPECT_TRUE(*loaded == read_document(path, bytes).second);
    const auto source = again->load_source(name);
    ASSERT_TRUE(source.ok()) << source.error().to_string();
    EXPECT_TRUE(*source == bytes);
  }
  const auto report = again->verify();
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_TRUE(report->ok());
  std::cout << saved.size() << " files, " << bytes_in << " bytes, each kept as a tree and as its "
            << "source: " << again->info().stored_bytes << " bytes in one store\n";
}

}  // namespace
}  // namespace stet
