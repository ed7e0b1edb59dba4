// The README's example, and the document that the demo shows.
#include <cstdlib>

#include "command/transcript.hpp"

namespace stet::test {
namespace {

class Examples : public Transcript {};

TEST_F(Examples, the_quickstart_does_what_the_readme_says) {
  const std::string run = "cd " + folder_.path().string() + " && " STET_QUICKSTART " >printed";
  ASSERT_EQ(std::system(run.c_str()), 0);
  const std::string printed = read("printed");
  EXPECT_TRUE(printed.starts_with("flushes: 1\n")) << printed;
  EXPECT_NE(printed.find("another ending"), std::string::npos) << printed;
  environment_["STET_STORE"] = "file:quickstart.stet";
  EXPECT_EQ(stet({"load", "song", "/notes", "--compact"}).out, "[\"C4\",\"D4\",\"E4\",\"C4\"]\n");
  EXPECT_EQ(stet({"load", "song~1", "/notes/3"}).out, "\"G4\"\n");
  EXPECT_EQ(stet({"log", "song", "--json"}).json_lines().size(), 3u);
}

TEST_F(Examples, the_score_is_one_that_players_could_read) {
  const Value score = stet({"convert", STET_SOURCE_DIR "/examples/canon.json"}).json();
  std::size_t notes = 0;
  for (const auto& voice : score.member("voices")->items()) {
    for (const auto& measure : voice.member("measures")->items()) {
      for (const auto& note : measure.member("notes")->items()) {
        ++notes;
        ASSERT_TRUE(note.member("pitch")->is_text() && note.member("velocity")->is_integer());
        ASSERT_EQ(note.member("start")->size(), 2u);
        ASSERT_EQ(note.member("duration")->size(), 2u);
      }
    }
  }
  EXPECT_GE(notes, 3000u);
  EXPECT_LE(notes, 6000u);
}

}  // namespace
}  // namespace stet::test
