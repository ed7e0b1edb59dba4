// log, show, diff of versions, restore, remove, copy.
#include <algorithm>

#include "command/transcript.hpp"
#include "stet/store.hpp"

namespace stet::test {
namespace {

class HistoryVerbs : public Transcript {
 protected:
  // Three versions of song: tempo 90, 91, 92.
  void SetUp() override {
    stet({"set", "song", "", R"({"tempo": 90, "title": "Canon"})", "-m", "first", "--author",
          "Ada"});
    stet({"set", "song", "/tempo", "91", "-m", "second"});
    stet({"set", "song", "/tempo", "92", "-m", "third"});
    log_ = stet({"log", "song", "--json"}).json_lines();
    ASSERT_EQ(log_.size(), 3u);
  }
  std::string id(std::size_t back) const { return text_of(log_[back], "id"); }

  std::vector<Value> log_;
};

TEST_F(HistoryVerbs, log_streams_versions_newest_first) {
  EXPECT_EQ(keys_of(log_[0]), (Words{"id", "root", "bytes", "author", "message", "parents",
                                     "time_ms", "generation"}));
  EXPECT_EQ(text_of(log_[0], "message"), "third");
  EXPECT_EQ(text_of(log_[2], "message"), "first");
  EXPECT_EQ(text_of(log_[2], "author"), "Ada");
  EXPECT_EQ(number_of(log_[0], "generation"), 2);
  EXPECT_EQ(log_[0].member("parents")->item(0)->to_text(), id(1));
  EXPECT_EQ(log_[2].member("parents")->size(), 0u);
  EXPECT_EQ(stet({"log", "song", "-n", "2", "--json"}).json_lines().size(), 2u);
  EXPECT_EQ(stet({"log", "song", "-n", "0", "--json"}).out, "");
  EXPECT_EQ(stet({"log", "song~1", "--json"}).json_lines().size(), 2u);
  EXPECT_EQ(stet({"log", "none"}).exit, 3);
}

TEST_F(HistoryVerbs, restore_and_copy_take_names_with_a_dot) {
  stet({"copy", "song~2", "song.json"});
  stet({"set", "song.json", "/tempo", "99"});
  EXPECT_EQ(stet({"restore", "song.json~1"}).exit, 0);
  EXPECT_EQ(stet({"load", "song.json", "/tempo"}).out, "90\n");
  EXPECT_EQ(stet({"copy", "song.json", "cover.json"}).exit, 0);
}

TEST_F(HistoryVerbs, log_says_why_a_version_can_t_be_compared_with_its_parent) {
  stet({"export", "song", "-o", "song.car"});
  stet({"import", "song.car", "--store", "file:other.stet"});
  EXPECT_NE(stet({"log", "song", "--store", "file:other.stet"}).out.find("parent not here"),
            std::string::npos);
  {
    auto store = Store::open("file:" + path("documents.stet"));
    ASSERT_TRUE(store.ok());
    ASSERT_TRUE(store->pin("first", "song~2").ok());
    ASSERT_TRUE(store->prune("song", {.keep_last = 1}).ok());
  }
  const Ran ran = stet({"log", "song"});
  EXPECT_NE(ran.out.find("parent pruned"), std::string::npos) << ran;
  EXPECT_EQ(ran.out.find('?'), std::string::npos) << ran;
  EXPECT_EQ(number_of(stet({"list", "--json"}).json(), "versions"), 2);
}

TEST_F(HistoryVerbs, two_files_are_compared_also_beside_a_store_that_can_t_be_read) {
  write("documents.stet", "this is no store");
  write("a.json", "[1]");
  write("b.json", "[2]");
  EXPECT_EQ(stet({"diff", "a.json", "a.json"}).exit, 0);
  EXPECT_EQ(stet({"diff", "a.json", "b.json"}).exit, 1);
  EXPECT_EQ(stet({"diff", "a.json", "song"}).exit, 5);
  EXPECT_EQ(stet({"load", "none.json"}).exit, 5);
}

TEST_F(HistoryVerbs, log_for_people_has_a_line_a_version) {
  const Ran ran = stet({"log", "song"});
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 3) << ran;
  EXPECT_TRUE(ran.out.starts_with(id(0).substr(7, 12))) << ran;
  EXPECT_NE(ran.out.find("1 change"), std::string::npos) << ran;
  EXPECT_NE(ran.out.find("first"), std::string::npos) << ran;
  EXPECT_EQ(ran.out.find('\033'), std::string::npos);
}

TEST_F(HistoryVerbs, a_message_cannot_drive_the_terminal) {
  stet({"set", "song", "/tempo", "1", "-m", "\033[31mred\nline"});
  const Ran ran = stet({"log", "song", "-n", "1"});
  EXPECT_NE(ran.out.find("\\x1b[31mred\\x0aline"), std::string::npos) << ran;
}

TEST_F(HistoryVerbs, show_gives_one_version_by_every_kind_of_spec) {
  EXPECT_EQ(stet({"show", "song", "--json"}).json(), log_[0]);
  EXPECT_EQ(stet({"show", "song~2", "--json"}).json(), log_[2]);
  EXPECT_EQ(stet({"show", "song@" + id(1), "--json"}).json(), log_[1]);
  EXPECT_EQ(stet({"show", "song@" + id(1).substr(7, 10), "--json"}).json(), log_[1]);
  EXPECT_EQ(stet({"show", "song@{2999-01-01}", "--json"}).json(), log_[0]);
  EXPECT_EQ(stet({"show", "song@{1999-01-01T10:00}"}).exit, 3);
  EXPECT_EQ(stet({"show", "song~3"}).exit, 3);
  EXPECT_EQ(stet({"show", "song@aaaaaaaaaa"}).exit, 3);
  for (const std::string bad :
       {"song@abc", "song~x", "song@{yesterday}", "song~", "song@", "so#ng"}) {
    EXPECT_EQ(stet({"show", bad}).exit, 2) << bad;
  }
  const Ran text = stet({"show", "song~2"});
  EXPECT_NE(text.out.find("author      Ada\n"), std::string::npos) << text;
}

TEST_F(HistoryVerbs, diff_of_versions_is_readable_and_appliable) {
  const Ran text = stet({"diff", "song~2", "song"});
  EXPECT_EQ(text.exit, 1);
  EXPECT_EQ(text.out, "~ /tempo  90 → 92\n");
  EXPECT_EQ(stet({"diff", "song~2", "song", "--json", "--compact"}).out,
            "[{\"op\":\"replace\",\"path\":\"/tempo\",\"value\":92}]\n");
  EXPECT_EQ(stet({"diff", "song~2", "song", "--format", "merge", "--compact"}).out,
            "{\"tempo\":92}\n");
  EXPECT_EQ(stet({"diff", "song", "song~0"}).exit, 0);
  EXPECT_EQ(stet({"diff", "song", "nothing"}).exit, 3);
}

TEST_F(HistoryVerbs, restore_makes_the_old_the_newest_and_keeps_what_was_between) {
  EXPECT_EQ(stet({"restore", "song~2", "-m", "as it was"}).exit, 0);
  EXPECT_EQ(stet({"load", "song", "/tempo"}).out, "90\n");
  EXPECT_EQ(stet({"log", "song", "--json"}).json_lines().size(), 4u);
  EXPECT_EQ(stet({"load", "song~1", "/tempo"}).out, "92\n");
  EXPECT_EQ(stet({"restore", "song@abc"}).exit, 2);
  EXPECT_EQ(stet({"restore", "none~1"}).exit, 3);
}

TEST_F(HistoryVerbs, a_removed_document_is_gone_and_can_be_brought_back_by_id) {
  EXPECT_EQ(stet({"remove", "song"}).exit, 0);
  EXPECT_EQ(stet({"load", "song"}).exit, 3);
  EXPECT_EQ(stet({"list", "--json"}).out, "");
  EXPECT_EQ(stet({"remove", "song"}).exit, 3);
  EXPECT_EQ(stet({"restore", "song@" + id(0)}).exit, 0);
  EXPECT_EQ(stet({"load", "song", "/tempo"}).out, "92\n");
}

TEST_F(HistoryVerbs, copy_gives_a_version_another_name) {
  EXPECT_EQ(stet({"copy", "song~1", "choir/song"}).exit, 0);
  EXPECT_EQ(stet({"load", "choir/song", "/tempo"}).out, "91\n");
  EXPECT_EQ(text_of(stet({"show", "choir/song", "--json"}).json(), "root"),
            text_of(log_[1], "root"));
  EXPECT_EQ(stet({"copy", "none", "x"}).exit, 3);
  EXPECT_EQ(stet({"copy", "song", "a//b"}).exit, 2);
  write("file.json", "[1]");
  EXPECT_EQ(stet({"copy", "./file.json", "from-file"}).exit, 0);
  EXPECT_EQ(stet({"load", "from-file", "--compact"}).out, "[1]\n");
}

}  // namespace
}  // namespace stet::test
