// nst/JSONTestSuite: y_ must be read, n_ refused, i_ may be either and is recorded here.
#include <map>

#include "conformance/tally.hpp"
#include "stet/codec.hpp"
#include "support/shared_data.hpp"

namespace stet {
namespace {

namespace fs = std::filesystem;

// Where the grammar leaves the choice, Stet refuses what it could not give back unchanged.
const std::map<std::string, ErrorCode> kImplementationDefined = {
    {"i_number_double_huge_neg_exp", ErrorCode::unserializable},  // would become zero
    {"i_number_neg_int_huge_exp", ErrorCode::unserializable},     // would become infinite
    {"i_number_real_neg_overflow", ErrorCode::unserializable},
    {"i_number_real_underflow", ErrorCode::unserializable},
    {"i_number_too_big_pos_int", ErrorCode::unserializable},  // beyond 2^64 - 1
    {"i_object_key_lone_2nd_surrogate", ErrorCode::invalid},  // half a pair is no character
    {"i_string_1st_valid_surrogate_2nd_invalid", ErrorCode::invalid},
    {"i_string_incomplete_surrogate_and_escape_valid", ErrorCode::invalid},
    {"i_string_incomplete_surrogates_escape_valid", ErrorCode::invalid},
    {"i_string_invalid_surrogate", ErrorCode::invalid},
    {"i_string_inverted_surrogates_U+1D11E", ErrorCode::invalid},
    {"i_string_lone_second_surrogate", ErrorCode::invalid},
    {"i_string_UTF-8_invalid_sequence", ErrorCode::invalid},  // no UTF-8
    {"i_string_not_in_unicode_range", ErrorCode::invalid},
    {"i_string_overlong_sequence_6_bytes", ErrorCode::invalid},
    {"i_string_truncated-utf-8", ErrorCode::invalid},
    {"i_string_utf16LE_no_BOM", ErrorCode::invalid},             // RFC 8259, 8.1: UTF-8 only
    {"i_structure_UTF-8_BOM_empty_object", ErrorCode::invalid},  // RFC 8259, 8.1: no mark
};

// The one file that the grammar allows and Stet refuses: RFC 8259, 4 says that names should be
// unique, and a document that loses a member in silence is not kept.
constexpr std::string_view kDuplicate = "y_object_duplicated_key";

std::string outcome(const Result<Value>& result) {
  return result.ok() ? "was read" : "was refused: " + result.error().to_string();
}

TEST(JsonTestSuite, TestParsing) {
  STET_NEEDS_SHARED();
  test::Tally tally("JSONTestSuite test_parsing");
  const fs::path folder = test::shared_folder() / "conformance/JSONTestSuite/test_parsing";
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().stem().string();
    const auto result = decode_json(test::read_file(entry.path()));
    const bool is_refused = !result.ok() && result.error().context().offset.has_value();
    if (name == kDuplicate) {
      tally.does_not_apply("duplicate keys are refused (RFC 8259, 4: names SHOULD be unique)");
      EXPECT_TRUE(is_refused);
    } else if (name.starts_with("y_")) {
      tally.check(result.ok() && decode_json(as_bytes(encode_json(*result))).value() == *result,
                  name, outcome(result));
    } else if (name.starts_with("n_")) {
      tally.check(is_refused, name, outcome(result));
    } else {
      const auto expected = kImplementationDefined.find(name);
      tally.check(expected != kImplementationDefined.end() && is_refused &&
                      result.error().code() == expected->second,
                  name, outcome(result));
    }
  }
}

// What parsers make of texts that they understand differently. Absent: refused.
const std::map<std::string, std::optional<std::string>> kTransforms = {
    {"number_-9223372036854775808", "[-9223372036854775808]"},
    {"number_1.0", "[1.0]"},
    {"number_1000000000000000", "[1000000000000000]"},
    {"number_1e-999", std::nullopt},
    {"number_9223372036854775807", "[9223372036854775807]"},
    {"object_key_nfc_nfd", "{\"\u00e9\":\"NFC\",\"e\u0301\":\"NFD\"}"},
    {"object_same_key_different_values", std::nullopt},
    {"object_same_key_unclear_values", std::nullopt},
    {"string_1_invalid_codepoint", std::nullopt},
    {"string_2_invalid_codepoints", std::nullopt},
    {"string_3_invalid_codepoints", std::nullopt},
};

TEST(JsonTestSuite, TestTransform) {
  STET_NEEDS_SHARED();
  test::Tally tally("JSONTestSuite test_transform");
  const fs::path folder = test::shared_folder() / "conformance/JSONTestSuite/test_transform";
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().stem().string();
    const auto expected = kTransforms.find(name);
    ASSERT_NE(expected, kTransforms.end()) << name;
    const auto result = decode_json(test::read_file(entry.path()));
    const bool is_good =
        expected->second
            ? result.ok() && encode_json(*result, TextLayout::compact) == *expected->second
            : !result.ok();
    tally.check(is_good, name,
                result.ok() ? encode_json(*result, TextLayout::compact) : outcome(result));
  }
}

}  // namespace
}  // namespace stet
