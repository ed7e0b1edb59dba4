#include <gtest/gtest.h>

#include "stet/store/spec.hpp"

namespace stet {
namespace {

TEST(Name, MayBeAnyTextOfPartsThatFollowsTheRules) {
  for (const std::string name : {"a", "music/symphony 5", "…", "ünïcödé/名前", "a.b", "..a", "a..",
                                 ".hidden", "-", "{}", "a:b", "a\\b"}) {
    EXPECT_TRUE(check_name(name).ok()) << name;
  }
  EXPECT_TRUE(check_name(std::string(255, 'x')).ok());
}

TEST(Name, ThatBreaksARuleIsInvalidAndSaysWhich) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "empty"},
      {std::string(256, 'x'), "256 bytes"},
      {"/a", "part"},
      {"a/", "part"},
      {"a//b", "part"},
      {".", "'.'"},
      {"a/..", "'..'"},
      {"../a", "'..'"},
      {"a/./b", "'.'"},
      {std::string("a\0b", 3), "control"},
      {"a\nb", "control"},
      {"a\x7f", "control"},
      {"a\xc2\x85", "control"},
      {"a#b", "'#'"},
      {"a@b", "'@'"},
      {"a~b", "'~'"},
      {"a\xff", "UTF-8"},
      {"a\xc0\xaf", "UTF-8"},
      {"\xed\xa0\x80", "UTF-8"},
  };
  for (const auto& [name, rule] : cases) {
    const auto checked = check_name(name);
    ASSERT_FALSE(checked.ok()) << name;
    EXPECT_EQ(checked.error().code(), ErrorCode::invalid);
    EXPECT_NE(checked.error().message().find(rule), std::string::npos) << checked.error().message();
  }
}

TEST(Spec, NamesTheHeadAnIdAStepBackOrATime) {
  EXPECT_TRUE(Spec::parse("song")->is_head());
  EXPECT_EQ(Spec::parse("a/b~3")->back, 3u);
  EXPECT_EQ(Spec::parse("song@abcdef")->id_prefix, "abcdef");
  const std::string whole = id_of(as_bytes("x")).to_string();
  EXPECT_EQ(Spec::parse("song@" + whole)->id_prefix, whole.substr(7));
  EXPECT_EQ(Spec::parse("song@{1970-01-01T00:00:01Z}")->as_of_ms, 1000);
  EXPECT_EQ(Spec::parse("song@{1970-01-01T00:00:01Z}")->name, "song");
}

TEST(Spec, ThatIsMalformedIsInvalid) {
  for (const char* text :
       {"", "song@", "song@abcde", "song@ABCDEF", "song@abcde1", "song~", "song~x", "song~-1",
        "song~99999999999999999999", "song@{", "song@{2026-11-20", "song@{soon}", "@abcdef", "~1",
        "song@abcdef~1", "a//b~1"}) {
    const auto spec = Spec::parse(text);
    ASSERT_FALSE(spec.ok()) << text;
    EXPECT_EQ(spec.error().code(), ErrorCode::invalid) << text;
  }
}

TEST(Time, IsReadInEveryFormThatIso8601HasForIt) {
  EXPECT_EQ(*parse_time("1970-01-01"), 0);
  EXPECT_EQ(*parse_time("2026-11-20T10:00"), 1'795'168'800'000);
  EXPECT_EQ(*parse_time("2026-11-20 10:00"), 1'795'168'800'000);
  EXPECT_EQ(*parse_time("2026-11-20T10:00:00Z"), 1'795'168'800'000);
  EXPECT_EQ(*parse_time("2026-11-20T11:00:00+01:00"), 1'795'168'800'000);
  EXPECT_EQ(*parse_time("2026-11-20T04:30:00-0530"), 1'795'168'800'000);
  EXPECT_EQ(*parse_time("2026-11-20T10:00:00.125"), 1'795'168'800'125);
  EXPECT_EQ(*parse_time("2024-02-29"), 1'709'164'800'000);
  EXPECT_EQ(*parse_time("1969-12-31T23:59:59.999Z"), -1);
}

TEST(Time, ThatIsNoneIsInvalid) {
  for (const char* text :
       {"", "2026", "2026-11", "2026-13-01", "2026-00-01", "2026-11-00", "2026-11-31", "2023-02-29",
        "2026-11-20T", "2026-11-20T24:00", "2026-11-20T10:60", "2026-11-20T10:00:61",
        "2026-11-20T10:00:00.", "2026-11-20T10:00X", "2026-11-20T10:00+25:00", "2026-11-20T10:00Zx",
        "-026-11-20", "2026-1-20"}) {
    EXPECT_EQ(parse_time(text).error().code(), ErrorCode::invalid) << text;
  }
}

}  // namespace
}  // namespace stet
