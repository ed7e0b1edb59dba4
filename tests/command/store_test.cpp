// save, load, set, patch, list: documents in a store.
#include <algorithm>

#include "command/transcript.hpp"

namespace stet::test {
namespace {

class StoreVerbs : public Transcript {};

TEST_F(StoreVerbs, save_says_what_it_saved_and_load_gives_it_back) {
  write("song.json", R"({"title": "Canon", "tempo": 96})");
  const Ran saved = stet({"save", "song", "song.json", "-m", "first", "--author", "Ada"});
  EXPECT_EQ(saved.exit, 0) << saved;
  EXPECT_TRUE(saved.out.starts_with("saved song: version ")) << saved;
  EXPECT_EQ(saved.err, "");
  EXPECT_EQ(stet({"load", "song", "--compact"}).out, "{\"tempo\":96,\"title\":\"Canon\"}\n");
  EXPECT_EQ(stet({"load", "song"}).out, stet({"convert", "song.json"}).out);
  EXPECT_EQ(files(), (Words{"documents.stet", "song.json"}));
}

TEST_F(StoreVerbs, save_under_json_has_its_shape_and_explain_adds_the_cost) {
  write("song.json", R"({"title": "Canon"})");
  const Value saved = stet({"save", "song", "song.json", "--json"}).json();
  EXPECT_EQ(keys_of(saved), (Words{"id", "new", "name", "root"}));
  EXPECT_EQ(text_of(saved, "name"), "song");
  EXPECT_EQ(text_of(saved, "root") + "\n", stet({"id", "song.json"}).out);
  EXPECT_TRUE(*saved.member("new")->to_bool());
  write("song.json", R"({"title": "Fugue"})");
  const Value explained = stet({"--json", "save", "song", "song.json", "--explain"}).json();
  EXPECT_EQ(keys_of(explained), (Words{"id", "new", "name", "root", "flushes", "bytes_written",
                                       "chunks_reused", "chunks_written"}));
  EXPECT_EQ(number_of(explained, "flushes"), 1);
  EXPECT_EQ(number_of(explained, "chunks_written"), 2);  // the value and the version
  EXPECT_GT(number_of(explained, "bytes_written"), 0);
}

TEST_F(StoreVerbs, the_same_content_again_makes_no_version_and_says_so) {
  write("song.json", "[1]");
  const Value first = stet({"save", "song", "song.json", "--json"}).json();
  const Ran again = stet({"save", "song", "-", "--from", "json"}, " [ 1 ] ");
  EXPECT_EQ(again.exit, 0);
  EXPECT_TRUE(again.out.starts_with("unchanged song: still version ")) << again;
  const Value json = stet({"save", "song", "song.json", "--json"}).json();
  EXPECT_FALSE(*json.member("new")->to_bool());
  EXPECT_EQ(text_of(json, "id"), text_of(first, "id"));
  EXPECT_EQ(stet({"log", "song", "--json"}).json_lines().size(), 1u);
}

TEST_F(StoreVerbs, global_options_stand_anywhere_and_the_environment_names_a_store) {
  write("a.json", "1");
  EXPECT_EQ(stet({"--store", "file:x.stet", "-q", "save", "a", "a.json"}).out, "");
  EXPECT_EQ(stet({"load", "--store=file:x.stet", "a"}).out, "1\n");
  EXPECT_EQ(stet({"load", "a", "--store", "file:x.stet", "--json"}).out, "1\n");
  environment_["STET_STORE"] = "file:x.stet";
  EXPECT_EQ(stet({"load", "a"}).out, "1\n");
  EXPECT_EQ(files(), (Words{"a.json", "x.stet"}));
}

TEST_F(StoreVerbs, load_gives_parts_formats_and_files) {
  write("song.json", R"({"voices": [{"name": "Violin"}, {"name": "Cello"}], "tempo": 96})");
  stet({"save", "song", "song.json"});
  EXPECT_EQ(stet({"load", "song", "/voices/1/name"}).out, "\"Cello\"\n");
  EXPECT_EQ(stet({"load", "song", "/voices", "--compact"}).out,
            "[{\"name\":\"Violin\"},{\"name\":\"Cello\"}]\n");
  EXPECT_EQ(stet({"load", "song", "/tempo", "--to", "dag-cbor"}).out, "\x18\x60");
  EXPECT_EQ(stet({"load", "song", "/voices/7"}).exit, 3);
  EXPECT_EQ(stet({"load", "song", "/none"}).exit, 3);
  EXPECT_EQ(stet({"load", "song", "none"}).exit, 2);
  EXPECT_EQ(stet({"load", "song", "-o", "out.cbor"}).exit, 0);
  EXPECT_EQ(read("out.cbor"), stet({"convert", "song.json", "--to", "dag-cbor"}).out);
  EXPECT_EQ(stet({"load", "song", "-o", "no/folder/out.json"}).exit, 3);
  EXPECT_EQ(stet({"load", "./song.json", "/tempo"}).out, "96\n");
}

TEST_F(StoreVerbs, bytes_and_kept_sources_come_back_exactly) {
  const std::string bytes("\x00\x01\xffnot text", 11);
  write("photo.jpg", bytes);
  write("song.json", "{ \"b\":1,\n\"a\" : 1e0 }\n\n");
  stet({"save", "photo", "photo.jpg"});
  stet({"save", "piped"}, bytes);
  stet({"save", "song", "song.json", "--keep-source"});
  EXPECT_EQ(stet({"load", "photo"}).out, bytes);
  EXPECT_EQ(stet({"load", "piped"}).out, bytes);
  EXPECT_EQ(stet({"load", "song", "--source"}).out, read("song.json"));
  EXPECT_EQ(stet({"load", "song", "--source", "-o", "back.json"}).exit, 0);
  EXPECT_EQ(read("back.json"), read("song.json"));
  EXPECT_EQ(stet({"load", "song", "/a", "--source"}).exit, 2);
  stet({"set", "song", "/a", "2"});
  EXPECT_EQ(stet({"load", "song", "--source"}).exit, 3);
  EXPECT_EQ(stet({"load", "song~1", "--source"}).out, read("song.json"));
}

TEST_F(StoreVerbs, a_source_that_differs_only_in_form_is_kept_too) {
  write("song.json", "[1,2]");
  stet({"save", "song", "song.json"});
  write("song.json", "[1, 2]\n");
  stet({"save", "song", "song.json", "--keep-source"});
  EXPECT_EQ(stet({"load", "song", "--source"}).out, "[1, 2]\n");
}

TEST_F(StoreVerbs, expect_refuses_when_the_head_is_another) {
  write("a.json", "1");
  write("b.json", "2");
  write("c.json", "3");
  const std::string first =
      text_of(stet({"save", "n", "a.json", "--expect", "none", "--json"}).json(), "id");
  EXPECT_EQ(stet({"save", "n", "b.json", "--expect", first}).exit, 0);
  const Ran late = stet({"save", "n", "c.json", "--expect", first});
  EXPECT_EQ(late.exit, 4) << late;
  EXPECT_EQ(stet({"save", "n", "c.json", "--expect", "none"}).exit, 4);
  EXPECT_EQ(stet({"load", "n"}).out, "2\n");
  const std::string head = text_of(stet({"show", "n", "--json"}).json(), "id");
  EXPECT_EQ(stet({"save", "n", "c.json", "--expect", first.substr(7, 12)}).exit, 4);
  EXPECT_EQ(text_of(stet({"save", "n", "c.json", "--expect", first, "--json"}).error(), "code"),
            "conflict");
  EXPECT_EQ(stet({"save", "n", "c.json", "--expect", head.substr(7, 12)}).exit, 0);
  EXPECT_EQ(stet({"save", "new", "c.json", "--expect", first}).exit, 4);
}

TEST_F(StoreVerbs, set_changes_adds_appends_and_makes) {
  EXPECT_EQ(stet({"set", "song", "", "{}"}).exit, 0);
  EXPECT_EQ(stet({"set", "song", "/tempo", "-5"}).exit, 0);
  EXPECT_EQ(stet({"set", "song", "/notes", "[1,2]"}).exit, 0);
  EXPECT_EQ(stet({"set", "song", "/notes/-", "-0.5e1", "-m", "-why"}).exit, 0);
  EXPECT_EQ(stet({"set", "song", "/notes/0", "[\"x,y\"]"}).exit, 0);
  EXPECT_EQ(stet({"load", "song", "--compact"}).out,
            "{\"notes\":[[\"x,y\"],2,-5.0],\"tempo\":-5}\n");
  EXPECT_EQ(text_of(stet({"show", "song~1", "--json"}).json(), "message"), "-why");
  const Value json = stet({"set", "song", "/tempo", "7", "--json", "--explain"}).json();
  EXPECT_EQ(keys_of(json).size(), 8u);
}

TEST_F(StoreVerbs, set_says_what_is_missing_or_wrong) {
  EXPECT_EQ(stet({"set", "song", "/a", "1"}).exit, 3);  // no store
  EXPECT_TRUE(files().empty());
  stet({"set", "song", "", "{\"list\": [1]}"});
  EXPECT_EQ(stet({"set", "other", "/a", "1"}).exit, 3);
  EXPECT_EQ(stet({"set", "song", "/a/b", "1"}).exit, 3);
  EXPECT_EQ(stet({"set", "song", "/list/5", "1"}).exit, 3);
  EXPECT_EQ(stet({"set", "song", "a", "1"}).exit, 2);
  EXPECT_EQ(stet({"set", "song", "/a", "hello"}).exit, 6);
  EXPECT_EQ(stet({"set", "song", "/a", "-"}).exit, 6);
  EXPECT_EQ(stet({"load", "song", "--compact"}).out, "{\"list\":[1]}\n");
}

TEST_F(StoreVerbs, patch_changes_in_place_all_or_nothing) {
  stet({"set", "song", "", R"({"a": [1, 2], "b": 1})"});
  write("p.json", R"([{"op": "add", "path": "/a/-", "value": 3}, {"op": "remove", "path": "/b"}])");
  EXPECT_EQ(stet({"patch", "song", "p.json"}).exit, 0);
  EXPECT_EQ(stet({"load", "song", "--compact"}).out, "{\"a\":[1,2,3]}\n");
  EXPECT_EQ(stet({"patch", "song", "-", "--merge"}, R"({"a": null, "c": 1})").exit, 0);
  EXPECT_EQ(stet({"load", "song", "--compact"}).out, "{\"c\":1}\n");
  EXPECT_EQ(stet({"patch", "song", "-"}, R"([{"op": "replace", "path": "/c", "value": 2},
                                           {"op": "test", "path": "/c", "value": 1}])")
                .exit,
            4);
  EXPECT_EQ(stet({"patch", "song", "p.json"}).exit, 3);
  EXPECT_EQ(stet({"patch", "none", "p.json"}).exit, 3);
  EXPECT_EQ(stet({"patch", "song", "none.json"}).exit, 3);
  EXPECT_EQ(stet({"patch", "song", "-"}, "[{}]").exit, 6);
  EXPECT_EQ(stet({"load", "song", "--compact"}).out, "{\"c\":1}\n");
}

TEST_F(StoreVerbs, list_shows_names_by_prefix_in_columns_and_in_json) {
  for (const std::string name : {"songs/a", "songs/b", "songbook", "other"})
    stet({"set", name, "", "1"});
  stet({"set", "other", "", "2"});
  const std::vector<Value> lines = stet({"list", "--json"}).json_lines();
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(keys_of(lines[0]), (Words{"id", "name", "root", "bytes", "time_ms", "versions"}));
  EXPECT_EQ(text_of(lines[0], "name"), "other");
  EXPECT_EQ(number_of(lines[0], "versions"), 2);
  EXPECT_EQ(number_of(lines[0], "bytes"), 1);
  EXPECT_EQ(stet({"list", "song", "--json"}).json_lines().size(), 3u);
  EXPECT_EQ(stet({"list", "songs/", "--json"}).json_lines().size(), 2u);
  const Ran text = stet({"list"});
  EXPECT_EQ(text.exit, 0);
  EXPECT_TRUE(text.out.starts_with("other     ")) << text;
  EXPECT_NE(text.out.find("2 versions"), std::string::npos) << text;
  EXPECT_EQ(stet({"list", "zzz", "--json"}).out, "");
  EXPECT_EQ(stet({"list", "zzz"}).exit, 0);
}

TEST_F(StoreVerbs, what_is_not_there_is_3_and_near_names_are_suggested) {
  const Ran none = stet({"load", "song"});
  EXPECT_EQ(none.exit, 3) << none;
  EXPECT_NE(none.err.find("file:documents.stet"), std::string::npos) << none;
  EXPECT_TRUE(files().empty());  // looking makes no store
  stet({"set", "symphony", "", "1"});
  const Ran near = stet({"load", "synphony"});
  EXPECT_EQ(near.exit, 3);
  EXPECT_NE(near.err.find("did you mean symphony?"), std::string::npos) << near;
  EXPECT_EQ(text_of(stet({"load", "other", "--json"}).error(), "code"), "not_found");
}

TEST_F(StoreVerbs, names_keep_to_their_rules) {
  const std::string longest(255, 'n');
  for (const std::string& good :
       {std::string("a"), std::string("a/b c/ü"), longest, std::string("..."), std::string("a.b"),
        std::string("++"), std::string("[x]")}) {
    EXPECT_EQ(stet({"set", good, "", "1"}).exit, 0) << good;
    EXPECT_EQ(stet({"load", good}).out, "1\n") << good;
  }
  for (const std::string& bad :
       {std::string(), std::string(".."), std::string("."), std::string("a/../b"),
        std::string("a//b"), std::string("/a"), std::string("a/"), longest + "n",
        std::string("a\nb"), std::string("a\x1b[31m"), std::string("a#b"), std::string("a@b"),
        std::string("a~1"), std::string("\xff"), std::string("../../etc/passwd")}) {
    const Ran ran = stet({"save", bad, "-"}, "x");
    EXPECT_EQ(ran.exit, 2) << bad << ran;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran;
    EXPECT_EQ(ran.err.find('\033'), std::string::npos);
    EXPECT_EQ(stet({"set", bad, "", "1"}).exit, 2) << bad;
  }
  EXPECT_EQ(files(), (Words{"documents.stet"}));
}

TEST_F(StoreVerbs, a_dash_in_front_of_a_name_needs_two_dashes) {
  EXPECT_EQ(stet({"set", "-x", "", "1"}).exit, 2);
  EXPECT_EQ(stet({"set", "--", "-x", "", "1"}).exit, 0);
  EXPECT_EQ(stet({"load", "--", "-x"}).out, "1\n");
}

TEST_F(StoreVerbs, a_name_with_a_dot_is_the_document_where_there_is_one) {
  write("song.json", "[1]");
  EXPECT_EQ(stet({"load", "song.json", "--compact"}).out, "[1]\n");  // the file
  stet({"set", "song.json", "", "[2]"});
  EXPECT_EQ(stet({"load", "song.json", "--compact"}).out, "[2]\n");
  EXPECT_EQ(stet({"load", "./song.json", "--compact"}).out, "[1]\n");
  EXPECT_EQ(stet({"diff", "song.json", "./song.json"}).out, "~ /0  2 → 1\n");
}

}  // namespace
}  // namespace stet::test
