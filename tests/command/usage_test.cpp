// What the command says about itself, and to those who use it wrongly.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "command/transcript.hpp"
#include "stet/codec.hpp"

namespace stet::test {
namespace {

class Usage : public Transcript {
 protected:
  // As the overview lists them.
  Words verbs() {
    Words names;
    std::istringstream lines(stet({"help"}).out);
    bool listed = false;
    for (std::string line; std::getline(lines, line);) {
      if (line == "Verbs") listed = true;
      if (listed && line.empty()) break;
      if (line.starts_with("  ") && line[2] != ' ' && listed) {
        names.push_back(line.substr(2, line.find(' ', 2) - 2));
      }
    }
    return names;
  }
};

TEST_F(Usage, every_promised_verb_is_there) {
  const Words listed = verbs();
  for (const char* verb :
       {"save",    "load",   "set",     "patch",   "list",   "log",   "show",   "diff",
        "restore", "remove", "copy",    "convert", "id",     "apply", "export", "import",
        "verify",  "repair", "compact", "backup",  "doctor", "bench", "torture"}) {
    EXPECT_NE(std::find(listed.begin(), listed.end(), verb), listed.end()) << verb;
  }
}

TEST_F(Usage, help_of_each_verb_shows_an_example_both_ways) {
  const Words listed = verbs();
  ASSERT_GE(listed.size(), 22u);
  for (const std::string& verb : listed) {
    const Ran asked = stet({"help", verb});
    EXPECT_EQ(asked.exit, 0) << verb << asked;
    EXPECT_NE(asked.out.find("\nExample"), std::string::npos) << asked;
    EXPECT_NE(asked.out.find("  stet " + verb), std::string::npos) << asked;
    const Ran option = stet({verb, "--help"});
    EXPECT_EQ(option.exit, 0) << verb << option;
    EXPECT_EQ(option.out, asked.out);
  }
  EXPECT_TRUE(files().empty());  // asking makes no store
}

TEST_F(Usage, nothing_asked_shows_the_overview) {
  const Ran ran = stet({});
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_EQ(ran.out, stet({"help"}).out);
  EXPECT_EQ(stet({"--help"}).out, ran.out);
  EXPECT_TRUE(stet({"--version"}).out.starts_with("stet ")) << stet({"--version"});
}

TEST_F(Usage, a_near_miss_of_a_verb_suggests_the_right_one) {
  const Ran ran = stet({"lod", "song"});
  EXPECT_EQ(ran.exit, 2) << ran;
  EXPECT_EQ(ran.err, "stet: no verb 'lod': did you mean load?\n");
  EXPECT_EQ(ran.out, "");
  EXPECT_NE(stet({"restroe", "x"}).err.find("did you mean restore?"), std::string::npos);
  EXPECT_NE(stet({"help", "savee"}).err.find("did you mean save?"), std::string::npos);
  EXPECT_EQ(stet({"zzzzzzz"}).err, "stet: no verb 'zzzzzzz': see stet help\n");
}

TEST_F(Usage, a_near_miss_of_an_option_suggests_the_right_one) {
  const Ran ran = stet({"save", "song", "--mesage", "x"});
  EXPECT_EQ(ran.exit, 2) << ran;
  EXPECT_EQ(ran.err, "stet: no option --mesage: did you mean --message?\n");
  EXPECT_EQ(stet({"list", "--jsno"}).err, "stet: no option --jsno: did you mean --json?\n");
}

TEST_F(Usage, wrong_use_ends_with_2_and_one_line) {
  write("a.json", "{}");
  const std::vector<Words> wrong = {
      {"load"},
      {"set", "song", "/a"},
      {"convert"},
      {"list", "a", "b"},
      {"save", "song", "a.json", "--from"},
      {"save", "song", "a.json", "--from", "jsno"},
      {"save", "song", "a.json", "--expect", "nonsense!"},
      {"convert", "a.json", "--to", "nothing"},
      {"diff", "a.json", "./a.json", "--format", "html"},
      {"log", "song", "-n", "many"},
      {"load", "./a.json", "no-slash"},
      {"completion", "tcsh"},
      {"--store", "redis://x", "list"},
      {"--store", "documents.stet", "list"},
      {"show", "./a.json"},
      {"-x"},
  };
  for (const Words& words : wrong) {
    const Ran ran = stet(words);
    EXPECT_EQ(ran.exit, 2) << words.front() << " " << words.back() << "\n" << ran;
    EXPECT_EQ(ran.out, "") << words.front();
    EXPECT_TRUE(ran.err.starts_with("stet: ")) << ran;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran;
  }
  EXPECT_EQ(files(), (Words{"a.json"}));
}

TEST_F(Usage, errors_under_json_are_one_object_on_standard_error) {
  for (const Words& words :
       {Words{"--json", "lod"}, Words{"load", "--json"}, Words{"load", "a~b~c", "--json"},
        Words{"list", "--json", "--store", "file:none.stet"},
        Words{"convert", "none.json", "--json"}}) {
    const Ran ran = stet(words);
    EXPECT_NE(ran.exit, 0) << ran;
    EXPECT_EQ(ran.out, "") << ran;
    EXPECT_EQ(keys_of(ran.error()), (Words{"code", "context", "message"})) << ran;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran;
  }
  EXPECT_EQ(text_of(stet({"convert", "none.json", "--json"}).error(), "code"), "not_found");
}

TEST_F(Usage, the_man_page_has_every_verb_and_is_the_one_that_is_shipped) {
  const Ran ran = stet({"help", "--man"});
  EXPECT_EQ(ran.exit, 0) << ran;
  for (const std::string& verb : verbs()) {
    EXPECT_NE(ran.out.find("\n.SS " + verb + "\n"), std::string::npos) << verb;
  }
  const std::string shipped = STET_SOURCE_DIR "/docs/man/stet.1";
  std::ifstream file(shipped);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(ran.out, text) << "stet help --man > docs/man/stet.1";
}

TEST_F(Usage, completion_scripts_know_every_verb_and_bash_can_read_its_own) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const Ran ran = stet({"completion", shell});
    EXPECT_EQ(ran.exit, 0) << ran;
    for (const std::string& verb : verbs()) {
      EXPECT_NE(ran.out.find(verb), std::string::npos) << shell << " " << verb;
    }
    write("completion." + shell, ran.out);
  }
  EXPECT_EQ(std::system(("bash -n " + path("completion.bash")).c_str()), 0);
}

TEST_F(Usage, completion_in_bash_offers_verbs_options_and_formats) {
  write("completion.bash", stet({"completion", "bash"}).out);
  const auto complete = [&](const std::string& words, int at) {
    write("script", "source completion.bash\nCOMP_WORDS=(" + words +
                        ")\nCOMP_CWORD=" + std::to_string(at) +
                        "\n_stet\nprintf '%s ' \"${COMPREPLY[@]}\" >offered\n");
    const std::string run = "cd " + folder_.path().string() + " && bash script";
    EXPECT_EQ(std::system(run.c_str()), 0);
    return read("offered");
  };
  EXPECT_EQ(complete("stet co", 1), "copy convert compact completion ");
  EXPECT_EQ(complete("stet save song --keep", 3), "--keep-source ");
  EXPECT_EQ(complete("stet convert --to dag-j", 3), "dag-json ");
}

}  // namespace
}  // namespace stet::test
