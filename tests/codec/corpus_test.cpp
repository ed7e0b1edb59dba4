// The fuzzers' corpus as an ordinary test, so that what was once found stays found.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "codec/codec_properties.hpp"
#include "support/shared_data.hpp"

namespace stet {
namespace {

struct Target {
  const char* folder;
  std::function<std::string(BytesView)> property;
};

TEST(FuzzCorpus, EveryPropertyHoldsForEveryInput) {
  const Target targets[] = {{"dag_cbor", fuzz::dag_cbor_property},
                            {"json", fuzz::json_property},
                            {"dag_json", fuzz::dag_json_property},
                            {"car", fuzz::car_property},
                            {"patch", fuzz::patch_property}};
  const std::filesystem::path corpus = std::filesystem::path(STET_SOURCE_DIR) / "tests/fuzz/corpus";
  for (const auto& [folder, property] : targets) {
    int inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(corpus / folder)) {
      ++inputs;
      EXPECT_EQ(property(test::read_file(entry.path())), "") << entry.path();
    }
    EXPECT_GT(inputs, 4) << folder;
  }
}

}  // namespace
}  // namespace stet
