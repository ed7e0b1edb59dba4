// json-patch/json-patch-tests (RFC 6902) and the cases of java-json-tools/json-patch (RFC 7396).
// The files are read by nlohmann's parser, since one holds a case with a duplicate key.
#include <nlohmann/json.hpp>

#include "conformance/tally.hpp"
#include "stet/codec.hpp"
#include "support/shared_data.hpp"

namespace stet {
namespace {

using Json = nlohmann::json;

Json read_cases(const std::filesystem::path& path) {
  return Json::parse(test::read_file(test::shared_folder() / "conformance" / path));
}

Value value_of(const Json& json) { return decode_json(as_bytes(json.dump())).value(); }

Result<Value> patched(const Json& test) {
  STET_TRY(const Patch patch, patch_from_value(value_of(test["patch"])));
  return apply_patch(value_of(test["doc"]), patch);
}

void run_patch_case(const Json& test, const std::string& name, test::Tally& tally) {
  const auto result = patched(test);
  const std::string outcome =
      result.ok() ? encode_json(*result, TextLayout::compact) : result.error().to_string();
  if (test.contains("error")) {
    tally.check(!result.ok(), name, "should fail: " + test["error"].get<std::string>());
  } else {
    // A case without "expected" only has to succeed.
    tally.check(
        result.ok() && (!test.contains("expected") || *result == value_of(test["expected"])), name,
        outcome);
  }
}

void run_patch_suite(const std::string& file) {
  test::Tally tally("json-patch " + file);
  int index = 0;
  for (const Json& test : read_cases("json-patch/" + file)) {
    const std::string name = std::to_string(index++) + " " + test.value("comment", "");
    if (!test.contains("patch")) {
      tally.does_not_apply("a comment without a patch");
    } else if (test.value("disabled", false)) {
      tally.does_not_apply("disabled by the suite: " + test.value("comment", ""));
    } else {
      run_patch_case(test, name, tally);
    }
  }
}

TEST(JsonPatchSuite, CasesOfTheSpecification) {
  STET_NEEDS_SHARED();
  run_patch_suite("spec_tests.json");
}

TEST(JsonPatchSuite, CasesOfTheCommunity) {
  STET_NEEDS_SHARED();
  run_patch_suite("tests_even.json");
}

TEST(JsonPatchSuite, TheDisabledCaseWithTwoOpsIsNoJsonToUs) {
  const char* text = R"([{"op":"add","path":"/baz","value":"qux","op":"remove"}])";
  EXPECT_EQ(decode_json(as_bytes(text)).error().code(), ErrorCode::invalid);
}

TEST(JsonMergePatchSuite, EveryCase) {
  STET_NEEDS_SHARED();
  test::Tally tally("json-merge-patch");
  for (const Json& test : read_cases("json-merge-patch/mergepatch.json")) {
    const Value result = apply_merge(value_of(test["doc"]), value_of(test["patch"]));
    tally.check(result == value_of(test["expected"]), test.dump(), encode_json(result));
  }
}

}  // namespace
}  // namespace stet
