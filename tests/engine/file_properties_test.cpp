#include "engine/file_properties.hpp"

#include <gtest/gtest.h>

#include <random>

#include "engine/file_rig.hpp"
#include "support/shared_data.hpp"

namespace stet::test {
namespace {

// The input that stands for the file of a real store.
Bytes input_of(const FileRig& rig, std::uint8_t flags) {
  Bytes input{flags};
  for (const std::uint64_t slot : {4096u, 8192u}) {
    const Bytes bytes = rig.read_bytes(slot, 112);
    input.insert(input.end(), bytes.begin(), bytes.end());
  }
  const Bytes log = rig.read_bytes(12288, rig.content_end() - 12288 + 64);
  input.insert(input.end(), log.begin(), log.end());
  return input;
}

TEST(FileProperties, HoldForChangedStoresWithMendedChecksums) {
  FileRig rig;
  {
    const auto backend = rig.open();
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(
          FileRig::save(*backend, "doc/" + std::to_string(i % 2), chunk_of(std::to_string(i), 100))
              ->done);
    }
  }
  const Bytes whole = input_of(rig, 1);
  EXPECT_EQ(fuzz::file_property(whole), "");
  const unsigned seed = 20261120;
  std::mt19937 random(seed);
  for (int i = 0; i < 3000; ++i) {
    Bytes input = whole;
    for (std::uint32_t k = random() % 4; k <= 4; ++k) {
      input[random() % input.size()] = static_cast<std::uint8_t>(random());
    }
    input[0] = static_cast<std::uint8_t>(i % 8 != 0);
    ASSERT_EQ(fuzz::file_property(input), "") << "seed " << seed << ", round " << i;
  }
}

TEST(FileProperties, HoldForTheFuzzersCorpus) {
  const std::filesystem::path folder =
      std::filesystem::path(STET_SOURCE_DIR) / "tests/fuzz/corpus/file";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    EXPECT_EQ(fuzz::file_property(read_file(entry.path())), "") << entry.path();
    ++files;
  }
  EXPECT_GT(files, 0);
}

}  // namespace
}  // namespace stet::test
