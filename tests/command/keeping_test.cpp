// verify, compact, backup, doctor, bench.
#include <algorithm>

#include "command/transcript.hpp"

namespace stet::test {
namespace {

class Keeping : public Transcript {
 protected:
  void fill() {
    for (int tempo = 0; tempo < 5; ++tempo) {
      stet({"set", "song", "", "{\"tempo\": " + std::to_string(tempo) + "}"});
    }
  }
};

TEST_F(Keeping, verify_of_a_whole_store_is_0_and_counts) {
  fill();
  const Ran text = stet({"verify"});
  EXPECT_EQ(text.exit, 0) << text;
  EXPECT_TRUE(text.out.starts_with("whole: 1 document, 5 versions, ")) << text;
  const Value json = stet({"verify", "song", "--json"}).json();
  EXPECT_EQ(keys_of(json), (Words{"ok", "bytes", "chunks", "damage", "versions", "documents"}));
  EXPECT_TRUE(*json.member("ok")->to_bool());
  EXPECT_EQ(number_of(json, "versions"), 5);
  EXPECT_EQ(stet({"verify", "none"}).exit, 3);
  EXPECT_EQ(stet({"verify", "--store", "file:none.stet"}).exit, 3);
}

TEST_F(Keeping, verify_of_a_damaged_store_is_1_and_says_what_it_touches) {
  fill();
  std::string store = read("documents.stet");
  // The first of the song's values: its key stands in the file, as small chunks aren't compressed.
  const std::size_t at = store.find("etempo");
  ASSERT_NE(at, std::string::npos);
  store[at + 2] = static_cast<char>(store[at + 2] ^ 4);
  write("documents.stet", store);
  const Ran text = stet({"verify"});
  EXPECT_EQ(text.exit, 1) << text;
  EXPECT_NE(text.out.find("damaged: "), std::string::npos) << text;
  const Ran json = stet({"verify", "--json"});
  EXPECT_EQ(json.exit, 1);
  const Value report = json.json();
  EXPECT_FALSE(*report.member("ok")->to_bool());
  ASSERT_GE(report.member("damage")->size(), 1u);
  const Value first = *report.member("damage")->item(0);
  EXPECT_TRUE(first.member("documents") && first.member("message")) << json;
  EXPECT_EQ(stet({"load", "song~4"}).exit, 5) << stet({"load", "song~4"});
  EXPECT_EQ(text_of(stet({"load", "song~4", "--json"}).error(), "code"), "corrupt");
}

TEST_F(Keeping, what_is_no_store_is_refused_and_left_alone) {
  write("foreign.stet",
        "This is a letter and no store, and longer than any header of one would be. " +
            std::string(8192, 'x'));
  const std::string before = read("foreign.stet");
  for (const Words& words : {Words{"list"}, Words{"set", "a", "", "1"}, Words{"compact"}}) {
    Words all = words;
    all.insert(all.end(), {"--store", "file:foreign.stet"});
    const Ran ran = stet(all);
    EXPECT_EQ(ran.exit, 5) << ran;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran;
  }
  EXPECT_EQ(read("foreign.stet"), before);
  std::filesystem::create_directory(path("folder.stet"));
  EXPECT_EQ(stet({"list", "--store", "file:folder.stet"}).exit, 5);
  EXPECT_EQ(stet({"set", "a", "", "1", "--store", "file:no/such/folder.stet"}).exit, 3);
}

TEST_F(Keeping, compact_gives_back_what_a_removed_document_took) {
  fill();
  std::string large = "[0";
  for (int item = 1; item < 60'000; ++item) large += "," + std::to_string(item * 7919);
  write("large.json", large + "]");
  stet({"save", "large", "large.json"});
  stet({"remove", "large"});
  const Value report = stet({"compact", "--json"}).json();
  EXPECT_EQ(keys_of(report),
            (Words{"bytes_after", "chunks_kept", "bytes_before", "chunks_dropped"}));
  EXPECT_GT(number_of(report, "chunks_dropped"), 50);
  EXPECT_LT(number_of(report, "bytes_after"), number_of(report, "bytes_before"));
  EXPECT_EQ(stet({"log", "song", "--json"}).json_lines().size(), 5u);
  EXPECT_EQ(stet({"verify"}).exit, 0);
  const Ran again = stet({"compact"});
  EXPECT_TRUE(again.out.starts_with("compacted: ")) << again;
  EXPECT_EQ(files(), (Words{"documents.stet", "large.json"}));
}

TEST_F(Keeping, backup_copies_everything_and_then_only_what_is_new) {
  fill();
  const Ran first = stet({"backup", "file:b.stet", "file:c.stet", "--json"});
  EXPECT_EQ(first.exit, 0) << first;
  ASSERT_EQ(first.json_lines().size(), 2u);
  EXPECT_EQ(number_of(first.json_lines()[0], "versions"), 5);
  EXPECT_EQ(stet({"log", "song", "--json", "--store", "file:b.stet"}).out,
            stet({"log", "song", "--json"}).out);
  stet({"set", "song", "/tempo", "77"});
  const Value second = stet({"backup", "file:b.stet", "--json"}).json();
  EXPECT_EQ(number_of(second, "versions"), 1);
  EXPECT_EQ(stet({"load", "song", "/tempo", "--store", "file:b.stet"}).out, "77\n");
  EXPECT_EQ(stet({"backup", "b.stet"}).exit, 2);
  EXPECT_EQ(stet({"backup", "file:d.stet", "--store", "file:none.stet"}).exit, 3);
  EXPECT_FALSE(std::filesystem::exists(path("d.stet")));
}

TEST_F(Keeping, a_backup_leaves_versions_of_the_target_s_own_alone_and_says_so) {
  fill();
  stet({"set", "song", "", "\"another\"", "--store", "file:b.stet"});
  const Ran ran = stet({"backup", "file:b.stet"});
  EXPECT_EQ(ran.exit, 4) << ran;
  EXPECT_NE(ran.err.find("the copy has versions of its own"), std::string::npos) << ran;
  EXPECT_EQ(stet({"load", "song", "--store", "file:b.stet"}).out, "\"another\"\n");
}

TEST_F(Keeping, doctor_says_what_is_promised_here_and_changes_nothing) {
  const Value before = stet({"doctor", "--json"}).json();
  EXPECT_FALSE(*before.member("exists")->to_bool());
  EXPECT_TRUE(files().empty());
  fill();
  const std::string store = read("documents.stet");
  const Ran text = stet({"doctor"});
  EXPECT_EQ(text.exit, 0) << text;
  for (const char* name : {"engine", "durability", "file system", "flush", "stored"}) {
    EXPECT_NE(text.out.find(name), std::string::npos) << name << text;
  }
  const Value json = stet({"doctor", "--json"}).json();
  EXPECT_GT(number_of(json, "flush_ns"), 0);
  EXPECT_TRUE(json.member("engine") && json.member("durability") && json.member("file_system") &&
              json.member("warnings"));
  EXPECT_EQ(read("documents.stet"), store);
  EXPECT_EQ(files(), (Words{"documents.stet"}));
}

TEST_F(Keeping, bench_measures_beside_the_store_and_leaves_nothing) {
  const Ran ran = stet({"bench", "--json"});
  EXPECT_EQ(ran.exit, 0) << ran;
  for (const char* name : {"flush_ns", "edit_ns", "save_ns", "load_ns", "edit_bytes"}) {
    EXPECT_GT(number_of(ran.json(), name), 0) << name;
  }
  EXPECT_EQ(ran.json().member("edit_flushes")->to_double(), 1.0);
  EXPECT_TRUE(files().empty());
  EXPECT_EQ(stet({"bench", "--store", "mem:"}).exit, 2);
}

}  // namespace
}  // namespace stet::test
