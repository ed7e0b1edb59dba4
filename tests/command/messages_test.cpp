// What errors name and advise: the thing at fault, as the user knows it.
#include <sys/stat.h>

#include <cstdlib>

#include "command/transcript.hpp"

namespace stet::test {
namespace {

class Messages : public Transcript {
 protected:
  // Two documents in album.car.
  void write_album() {
    write("a.json", "{\"n\": 1}");
    ASSERT_EQ(stet({"save", "a", "a.json"}).exit, 0);
    ASSERT_EQ(stet({"save", "b", "a.json"}).exit, 0);
    ASSERT_EQ(stet({"export", "a", "b", "-o", "album.car"}).exit, 0);
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
  }
};

TEST_F(Messages, a_short_name_is_not_taken_for_named_since_a_word_holds_its_letters) {
  write("a.json", "{\"n\": 1}");
  ASSERT_EQ(stet({"save", "a", "a.json"}).exit, 0);
  const Ran ran = stet({"set", "a", "/q/z", "1"});
  EXPECT_NE(ran.exit, 0);
  EXPECT_TRUE(has(ran.err, "document a")) << ran;
  const Ran quoted = stet({"load", "b"});
  EXPECT_FALSE(has(quoted.err, "document b")) << quoted;
}

TEST_F(Messages, an_archive_that_is_bad_is_named_and_not_the_store) {
  write("bad.car", "no archive");
  const Ran ran = stet({"import", "bad.car"});
  EXPECT_EQ(ran.exit, 6) << ran;
  EXPECT_TRUE(has(ran.err, "bad.car")) << ran;
  EXPECT_FALSE(has(ran.err, "store")) << ran;
  const Ran json = stet({"import", "bad.car", "--json"});
  const Value context = *json.error().member("context");
  EXPECT_EQ(context.member("path")->to_text(), "bad.car");
  EXPECT_FALSE(context.member("store").has_value()) << json;
  EXPECT_FALSE(has(stet({"convert", "bad.car"}).err, "mem:"));
  EXPECT_FALSE(has(stet({"save", "x", "bad.car"}).err, "mem:"));
}

TEST_F(Messages, an_archive_of_two_documents_is_no_document_and_no_internal_name_is_shown) {
  write_album();
  const Ran ran = stet({"convert", "album.car"});
  EXPECT_EQ(ran.exit, 6) << ran;
  EXPECT_TRUE(has(ran.err, "2 documents")) << ran;
  EXPECT_FALSE(has(ran.err, "'document'")) << ran;
}

TEST_F(Messages, one_name_for_two_documents_and_one_document_twice_are_wrong_use) {
  write_album();
  EXPECT_EQ(stet({"import", "album.car", "name"}).exit, 2);
  EXPECT_EQ(stet({"export", "a", "a", "-o", "x.car"}).exit, 2);
  EXPECT_EQ(stet({"export", "a", "a~0", "-o", "x.car"}).exit, 2);
}

TEST_F(Messages, a_backup_to_memory_or_to_the_store_itself_is_wrong_use) {
  write_album();
  EXPECT_EQ(stet({"backup", "mem:"}).exit, 2);
  EXPECT_EQ(stet({"backup", "file:documents.stet"}).exit, 2);
  EXPECT_EQ(stet({"backup", "file:./documents.stet"}).exit, 2);
  EXPECT_EQ(stet({"backup", "file:copy.stet"}).exit, 0);
}

TEST_F(Messages, standard_input_is_read_once) {
  EXPECT_EQ(stet({"validate", "-", "--schema", "-"}, "{}").exit, 2);
}

TEST_F(Messages, a_bad_schema_is_named_by_its_file) {
  write("a.json", "{}");
  write("bad.json", "{\"properties\": {\"a\": 3}}");
  const Ran bad = stet({"validate", "a.json", "--schema", "bad.json"});
  EXPECT_EQ(bad.exit, 6) << bad;
  EXPECT_TRUE(has(bad.err, "bad.json")) << bad;
  EXPECT_TRUE(has(bad.err, "/properties/a")) << bad;
  write("old.json", "{\"$schema\": \"http://json-schema.org/draft-04/schema#\"}");
  const Ran old = stet({"validate", "a.json", "--schema", "old.json"});
  EXPECT_EQ(old.exit, 6) << old;
  EXPECT_TRUE(has(old.err, "draft-04")) << old;
}

TEST_F(Messages, what_cannot_be_stored_so_deep_is_not_promised) {
  write("a.json", "{}");
  const Ran ran = stet({"save", "a", "a.json", "--limit", "depth=2000"});
  EXPECT_EQ(ran.exit, 2) << ran;
  EXPECT_TRUE(has(ran.err, "1000")) << ran;
  EXPECT_EQ(stet({"convert", "a.json", "--limit", "depth=2000"}).exit, 0);
}

TEST_F(Messages, a_store_that_cannot_be_opened_is_not_said_to_load) {
  write_album();
  std::string store = read("documents.stet");
  store[20] = static_cast<char>(store[20] ^ 4);  // of the header, whose hash tells
  write("documents.stet", store);
  const Ran ran = stet({"verify"});
  EXPECT_EQ(ran.exit, 1) << ran;
  EXPECT_FALSE(has(ran.err, "still loads")) << ran;
  EXPECT_TRUE(has(ran.err, "backup")) << ran;
}

TEST_F(Messages, a_missing_folder_is_named_and_not_the_temporary) {
  write_album();
  const Ran ran = stet({"load", "a", "-o", "none/a.json"});
  EXPECT_NE(ran.exit, 0);
  EXPECT_TRUE(has(ran.err, "none")) << ran;
  EXPECT_FALSE(has(ran.err, ".tmp")) << ran;
}

TEST_F(Messages, a_test_that_fails_is_counted_once) {
  write_album();
  write("patch.json", R"([{"op": "test", "path": "/n", "value": 2}])");
  const Ran ran = stet({"patch", "a", "patch.json"});
  EXPECT_NE(ran.exit, 0);
  EXPECT_EQ(ran.err.find("operation 0"), ran.err.rfind("operation 0")) << ran;
}

TEST_F(Messages, the_version_is_json_where_that_is_asked_for) {
  const Ran ran = stet({"--version", "--json"});
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_FALSE(text_of(ran.json(), "version").empty());
}

TEST_F(Messages, completion_in_bash_knows_names_with_spaces_and_the_store_of_the_line) {
  write("a.json", "{}");
  ASSERT_EQ(stet({"save", "two words", "a.json", "--store", "file:other.stet"}).exit, 0);
  ASSERT_EQ(stet({"save", "twofold", "a.json"}).exit, 0);
  write("completion.bash", stet({"completion", "bash"}).out);
  const auto complete = [&](const std::string& words, int at) {
    write("script", "source completion.bash\nstet() { " STET_BINARY_DIR
                    "/stet \"$@\"; }\nCOMP_WORDS=(" +
                        words + ")\nCOMP_CWORD=" + std::to_string(at) +
                        "\n_stet\nprintf '%s|' \"${COMPREPLY[@]}\" >offered\n");
    EXPECT_EQ(std::system(("cd " + folder_.path().string() + " && bash script").c_str()), 0);
    return read("offered");
  };
  EXPECT_EQ(complete("stet show two", 2), "twofold|");
  EXPECT_EQ(complete("stet --store file : other.stet show two", 6), "two words|");
  EXPECT_EQ(complete("stet --store file:other.stet show two", 4), "two words|");
}

}  // namespace
}  // namespace stet::test
