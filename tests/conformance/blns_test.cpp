// minimaxir/big-list-of-naughty-strings: every string passes through every codec unchanged, as a
// value and as a key.
#include <nlohmann/json.hpp>

#include "conformance/tally.hpp"
#include "stet/codec.hpp"
#include "support/shared_data.hpp"

namespace stet {
namespace {

TEST(NaughtyStrings, PassThroughEveryCodec) {
  STET_NEEDS_SHARED();
  test::Tally tally("big list of naughty strings");
  const Bytes file = test::read_file(test::shared_folder() / "conformance/blns/blns_even.json");
  const auto strings = nlohmann::json::parse(file).get<std::vector<std::string>>();
  const auto list = decode_json(file);
  ASSERT_TRUE(list.ok()) << list.error().to_string();
  ASSERT_EQ(list->size(), strings.size());
  for (std::size_t i = 0; i < strings.size(); ++i) {
    const Value text(strings[i]);
    EXPECT_EQ(list->item(i), text);
    const Value value = Value::list({text, Value::map({{strings[i], text}, {"a", 1}})});
    const bool is_good =
        decode_json(as_bytes(encode_json(value))).value() == value &&
        decode_json(as_bytes(encode_json(value, TextLayout::compact))).value() == value &&
        decode_dag_json(as_bytes(encode_dag_json(value).value())).value() == value &&
        dag_cbor::decode(dag_cbor::encode(value)).value() == value;
    tally.check(is_good, strings[i]);
  }
}

}  // namespace
}  // namespace stet
