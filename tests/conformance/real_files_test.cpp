// Real JSON documents pass through every codec unchanged.
#include <set>

#include "conformance/tally.hpp"
#include "stet/codec.hpp"
#include "support/shared_data.hpp"

namespace stet {
namespace {

namespace fs = std::filesystem;

bool is_json(const fs::path& path) {
  static const std::set<std::string> kExtensions = {".json", ".otio"};
  return kExtensions.contains(path.extension().string());
}

TEST(RealFiles, EveryJsonFilePassesThroughEveryCodec) {
  STET_NEEDS_SHARED();
  test::Tally tally("real JSON files");
  for (const auto& entry : fs::recursive_directory_iterator(test::shared_folder() / "data")) {
    if (!entry.is_regular_file()) continue;
    if (!is_json(entry.path())) {
      tally.does_not_apply("no JSON");
      continue;
    }
    const auto value = decode_json(test::read_file(entry.path()));
    tally.check(value.ok(), entry.path().string(), value.ok() ? "" : value.error().to_string());
    if (!value.ok()) continue;
    const Bytes cbor = dag_cbor::encode(*value);
    EXPECT_EQ(dag_cbor::decode(cbor).value(), *value) << entry.path();
    EXPECT_EQ(dag_cbor::encoded_size(value->ref()), cbor.size()) << entry.path();
    EXPECT_EQ(decode_json(as_bytes(encode_json(*value))).value(), *value) << entry.path();
    const std::string compact = encode_json(*value, TextLayout::compact);
    EXPECT_EQ(decode_json(as_bytes(compact)).value(), *value) << entry.path();
    EXPECT_EQ(decode_dag_json(as_bytes(encode_dag_json(*value).value())).value(), *value)
        << entry.path();
  }
}

}  // namespace
}  // namespace stet
