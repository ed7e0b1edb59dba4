// The public JSON Schema Test Suite, draft 7 and 2020-12, required cases.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

#include "stet/codec.hpp"
#include "stet/schema.hpp"
#include "support/shared_data.hpp"

namespace stet::schema {
namespace {

namespace fs = std::filesystem;

Value json_file(const fs::path& path) { return decode_json(test::read_file(path)).value(); }

struct Tally {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::vector<std::string> failures;
};

std::map<std::string, Value> remotes(const fs::path& folder, std::string_view other_draft) {
  std::map<std::string, Value> resources;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string relative = fs::relative(entry.path(), folder).generic_string();
    if (!entry.is_regular_file() || relative.starts_with(other_draft)) continue;
    resources.emplace("http://localhost:1234/" + relative, json_file(entry.path()));
  }
  return resources;
}

void run_file(const fs::path& path, const Options& options, Tally& tally) {
  const Value groups = json_file(path);
  for (const ValueRef group : groups.items()) {
    const auto schema = Schema::compile(group.member("schema")->to_value(), options);
    const Value cases = group.member("tests")->to_value();
    for (const ValueRef one : cases.items()) {
      const bool expected = *one.member("valid")->to_bool();
      bool as_expected = false;
      if (schema.ok()) {
        const auto violations = schema->validate(one.member("data")->to_value());
        as_expected = violations.ok() && violations->empty() == expected;
      }
      ++(as_expected ? tally.passed : tally.failed);
      if (as_expected) continue;
      tally.failures.push_back(fmt::format("{}: {}: {}{}", path.filename().string(),
                                           *group.member("description")->to_text(),
                                           *one.member("description")->to_text(),
                                           schema.ok() ? "" : ": " + schema.error().to_string()));
    }
  }
}

void run_draft(const char* name, const char* other, Draft draft) {
  const fs::path suite = test::shared_folder() / "conformance/JSON-Schema-Test-Suite";
  Options options;
  options.draft = draft;
  options.resources = remotes(suite / "remotes", other);
  Tally tally;
  for (const auto& entry : fs::directory_iterator(suite / "tests" / name)) {
    if (entry.path().extension() == ".json") run_file(entry.path(), options, tally);
  }
  const std::size_t all = tally.passed + tally.failed;
  std::cout << name << ": " << tally.passed << " of " << all << " required cases\n";
  for (const std::string& failure : tally.failures)
    std::cout << "  not as expected: " << failure << "\n";
  ASSERT_GT(all, 100u);
  EXPECT_EQ(tally.failed, 0u);
}

TEST(JsonSchemaTestSuite, Draft7) {
  STET_NEEDS_SHARED();
  run_draft("draft7", "draft2020-12", Draft::draft7);
}

TEST(JsonSchemaTestSuite, Draft2020) {
  STET_NEEDS_SHARED();
  run_draft("draft2020-12", "draft7", Draft::draft2020_12);
}

}  // namespace
}  // namespace stet::schema
