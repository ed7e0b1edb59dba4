// multiformats/multibase: one text in every base. Stet reads the bases that CIDs are written in.
#include <fstream>
#include <set>

#include "base/multibase.hpp"
#include "conformance/tally.hpp"
#include "support/shared_data.hpp"

namespace stet {
namespace {

const std::set<std::string> kKnown = {"base16",    "base16upper", "base32",      "base32upper",
                                      "base36",    "base36upper", "base58btc",   "base64",
                                      "base64pad", "base64url",   "base64urlpad"};

// Rows are: name, "encoded".
void run_suite(const std::string& file, std::string_view expected) {
  test::Tally tally("multibase " + file);
  std::ifstream lines(test::shared_folder() / "conformance/multibase" / file);
  std::string line;
  std::getline(lines, line);  // the heading
  while (std::getline(lines, line)) {
    const std::size_t comma = line.find(',');
    const std::size_t quote = line.find('"');
    ASSERT_NE(quote, std::string::npos) << line;
    const std::string base = line.substr(0, comma);
    const auto decoded = multibase::decode(line.substr(quote + 1, line.rfind('"') - quote - 1));
    if (!kKnown.contains(base)) {
      tally.does_not_apply("a base that no CID is written in");
      EXPECT_FALSE(decoded.ok()) << base;
      continue;
    }
    tally.check(decoded.ok() && as_text(*decoded) == expected, base,
                decoded.ok() ? as_text(*decoded) : decoded.error().message());
  }
}

TEST(MultibaseSuite, Basic) {
  STET_NEEDS_SHARED();
  run_suite("basic.csv", "yes mani !");
}

TEST(MultibaseSuite, CaseInsensitive) {
  STET_NEEDS_SHARED();
  run_suite("case_insensitivity.csv", "hello world");
}

}  // namespace
}  // namespace stet
