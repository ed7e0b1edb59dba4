// repair: damage in a store's file, mended from backups, archives and copies.
#include <random>

#include "command/transcript.hpp"

namespace stet::test {
namespace {

class Repairing : public Transcript {
 protected:
  // Three documents with versions, of more than one chunk; and a backup of them.
  void fill() {
    std::string notes = "[0";
    for (int note = 1; note < 4000; ++note) notes += "," + std::to_string(note * 7919 % 100003);
    notes += "]";
    write("song.json", R"({"notes": )" + notes + R"(, "text": "etempo is where"})");
    stet({"save", "song", "song.json"});
    for (int i = 0; i < 4; ++i) {
      stet({"set", "song", "/notes/" + std::to_string(i * 900), std::to_string(i)});
      stet({"set", "letter", "", "{\"page\": " + std::to_string(i) + "}"});
    }
    stet({"set", "last", "", "\"the newest\""});
    ASSERT_EQ(stet({"backup", "file:b.stet"}).exit, 0);
    stet({"set", "last", "", "\"saved since\""});
    state_ = state();
  }

  // All that the store shows.
  std::string state(const std::string& url = "file:documents.stet") {
    std::string all;
    for (const char* name : {"song", "letter", "last"}) {
      const Ran log = stet({"log", name, "--json", "--store", url});
      all += log.out + log.err;
      for (std::size_t i = 0; i < log.json_lines().size(); ++i) {
        all += stet({"load", name + ("~" + std::to_string(i)), "--store", url}).out;
      }
    }
    return all;
  }

  void flip(std::size_t at, int mask = 4, const std::string& file = "documents.stet") {
    std::string store = read(file);
    ASSERT_LT(at, store.size());
    store[at] = static_cast<char>(store[at] ^ mask);
    write(file, store);
  }
  std::size_t find(const std::string& bytes) {
    const std::size_t at = read("documents.stet").find(bytes);
    EXPECT_NE(at, std::string::npos) << bytes;
    return at;
  }

  // What every repaired store is.
  void expect_repaired() {
    EXPECT_EQ(state(), state_);
    const Ran verify = stet({"verify"});
    EXPECT_EQ(verify.exit, 0) << verify;
    EXPECT_EQ(stet({"set", "more", "", "1"}).exit, 0);
    EXPECT_EQ(stet({"compact"}).exit, 0);
    EXPECT_EQ(state(), state_);
  }

  std::string state_;
};

TEST_F(Repairing, a_store_that_is_whole_needs_none_and_is_left_as_it_is) {
  fill();
  const std::string before = read("documents.stet");
  const Ran ran = stet({"repair", "--from", "file:b.stet"});
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_TRUE(ran.out.starts_with("whole, nothing to mend: 3 documents, ")) << ran;
  EXPECT_EQ(read("documents.stet"), before);
  EXPECT_EQ(files(), (Words{"b.stet", "documents.stet", "song.json"}));
}

TEST_F(Repairing, a_store_that_is_refused_for_its_damage_comes_back_and_the_old_file_is_kept) {
  fill();
  flip(find("etempo"));
  const std::string damaged = read("documents.stet");
  EXPECT_EQ(stet({"list"}).exit, 5);
  const Ran verify = stet({"verify"});
  EXPECT_EQ(verify.exit, 1);
  EXPECT_NE(verify.out.find("in song@"), std::string::npos) << verify;

  const Ran dry = stet({"repair", "--from", "file:b.stet", "--dry-run"});
  EXPECT_EQ(dry.exit, 0) << dry;
  EXPECT_NE(dry.out.find("would be mended: "), std::string::npos) << dry;
  EXPECT_EQ(read("documents.stet"), damaged);
  EXPECT_EQ(files(), (Words{"b.stet", "documents.stet", "song.json"}));

  const Ran ran = stet({"repair", "--from", "file:b.stet"});
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_NE(ran.out.find("1 from file:b.stet"), std::string::npos) << ran;
  EXPECT_NE(ran.err.find("documents.stet.damaged-1"), std::string::npos) << ran;
  EXPECT_EQ(read("documents.stet.damaged-1"), damaged) << "to the byte";
  expect_repaired();
  EXPECT_EQ(stet({"repair", "--from", "file:b.stet"}).out.find("whole, nothing to mend"), 0u);
  const Ran doctor = stet({"doctor"});
  EXPECT_NE((doctor.out + doctor.err).find("as it was before repairs"), std::string::npos);
}

TEST_F(Repairing, what_no_source_has_is_named_and_the_answer_is_no) {
  fill();
  flip(find("saved since") + 2);  // which the backup has not; nothing was saved after it
  stet({"set", "letter", "", "5"});
  const Ran ran = stet({"repair", "--from", "file:b.stet", "--json"});
  EXPECT_EQ(ran.exit, 1) << ran;
  const Value report = ran.json();
  EXPECT_FALSE(*report.member("ok")->to_bool());
  ASSERT_EQ(report.member("damage")->size(), 1u) << ran;
  const Value damage = *report.member("damage")->item(0);
  EXPECT_TRUE(damage.member("id"));
  EXPECT_EQ(damage.member("documents")->size(), 1u);
  EXPECT_EQ(text_of(*damage.member("parts")->item(0), "path"), "");
  EXPECT_EQ(stet({"load", "last~1"}).out, "\"the newest\"\n") << "all else can be read";
  EXPECT_EQ(stet({"load", "last"}).exit, 5);
  EXPECT_EQ(stet({"verify"}).exit, 1);
}

TEST_F(Repairing, an_archive_and_a_damaged_copy_are_sources_too) {
  fill();
  ASSERT_EQ(stet({"export", "song", "letter", "last", "--history", "-o", "all.car"}).exit, 0);
  write("copy.stet", read("documents.stet"));
  flip(find("etempo"));
  flip(find("the newest"));
  flip(read("copy.stet").find("the newest"), 4, "copy.stet");
  EXPECT_EQ(stet({"repair", "--from", "file:copy.stet", "--dry-run"}).exit, 1);
  const Ran ran = stet({"repair", "--from", "file:copy.stet", "--from", "all.car"});
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_NE(ran.out.find(" from file:copy.stet"), std::string::npos) << ran;
  EXPECT_NE(ran.out.find(" from all.car"), std::string::npos) << ran;
  expect_repaired();
}

TEST_F(Repairing, wrong_use_is_refused) {
  fill();
  EXPECT_EQ(stet({"repair", "--from", "file:documents.stet"}).exit, 2);
  EXPECT_EQ(stet({"repair", "--from", "file:none.stet"}).exit, 3);
  EXPECT_EQ(stet({"repair", "--store", "file:none.stet"}).exit, 3);
  EXPECT_EQ(stet({"repair", "--from", "b.stet"}).exit, 2);
}

}  // namespace
}  // namespace stet::test
