// The properties of foreign records over the fuzzers' corpus, and over what Stet writes itself.
#include "store/store_properties.hpp"

#include <filesystem>

#include "store/stores.hpp"
#include "support/shared_data.hpp"

namespace stet {
namespace {

using Property = std::string (*)(BytesView);

void run_corpus(const std::string& name, Property property) {
  const std::filesystem::path folder = STET_SOURCE_DIR "/tests/fuzz/corpus/" + name;
  std::size_t inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    EXPECT_EQ(property(test::read_file(entry.path())), "") << entry.path();
    ++inputs;
  }
  EXPECT_GT(inputs, 1u) << folder;
}

TEST(ForeignRecords, OfTheCorpusHoldTheirProperties) {
  run_corpus("version", fuzz::version_property);
  run_corpus("boundary", fuzz::boundary_property);
  run_corpus("record", fuzz::record_property);
  run_corpus("delta", fuzz::delta_property);
  run_corpus("pack", fuzz::pack_property);
  run_corpus("import", fuzz::import_property);
  run_corpus("schema", fuzz::schema_property);
}

}  // namespace
}  // namespace stet
