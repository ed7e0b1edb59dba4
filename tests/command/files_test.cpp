// convert, id, apply and diff on files: no store.
#include "command/transcript.hpp"

namespace stet::test {
namespace {

class Files : public Transcript {};

// Ids that other IPLD tools give to these documents.
constexpr const char* kEmptyMapId = "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua\n";
constexpr const char* kHelloId = "bafyreidykglsfhoixmivffc5uwhcgshx4j465xwqntbmu43nb2dzqwfvae\n";

TEST_F(Files, convert_prints_pretty_json_compact_on_demand_and_canonical_dag_json) {
  write("a.json", R"({"b" : [1, 1.0, -0, "x"], "a":null})");
  EXPECT_EQ(stet({"convert", "a.json"}).out,
            "{\n  \"a\": null,\n  \"b\": [\n    1,\n    1.0,\n    -0.0,\n    \"x\"\n  ]\n}\n");
  EXPECT_EQ(stet({"convert", "a.json", "--compact"}).out,
            "{\"a\":null,\"b\":[1,1.0,-0.0,\"x\"]}\n");
  EXPECT_EQ(stet({"convert", "a.json", "--to", "dag-json"}).out,
            "{\"a\":null,\"b\":[1,1.0,-0.0,\"x\"]}");
}

TEST_F(Files, convert_goes_through_every_format_and_back) {
  const std::string text =
      "{\"a\":[1,-2,3.5,true,null,\"é\"],\"b\":{\"c\":18446744073709551615}}\n";
  write("a.json", text);
  for (const std::string format : {"a.cbor", "a.dag-cbor", "a.dag-json", "a.car"}) {
    ASSERT_EQ(stet({"convert", "a.json", format}).exit, 0) << format;
    const Ran back = stet({"convert", format, "--to", "json", "--compact"});
    EXPECT_EQ(back.out, text) << format << back;
  }
  EXPECT_EQ(read("a.cbor"), read("a.dag-cbor"));
  EXPECT_EQ(stet({"convert", "-", "--from", "json", "--compact"}, text).out, text);
}

TEST_F(Files, what_is_no_known_kind_is_bytes_and_comes_back_as_it_was) {
  const std::string bytes("\x00\xff<xml/>\n", 9);
  write("photo.xml", bytes);
  EXPECT_EQ(stet({"convert", "photo.xml"}).out, bytes);
  EXPECT_EQ(stet({"convert", "photo.xml", "--to", "dag-json"}).out,
            "{\"/\":{\"bytes\":\"AP88eG1sLz4K\"}}");
}

TEST_F(Files, plain_json_has_no_links_and_dag_json_has) {
  const std::string link =
      "{\"/\":\"bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua\"}";
  write("a.json", link);
  EXPECT_EQ(stet({"convert", "a.json", "--to", "dag-cbor"}).out.substr(0, 3), "\xa1\x61/");
  write("b.dag-json", link);
  EXPECT_EQ(stet({"convert", "b.dag-json", "--to", "dag-cbor"}).out.substr(0, 2), "\xd8\x2a");
  EXPECT_EQ(stet({"convert", "b.dag-json", "--to", "dag-json"}).out, link);
}

TEST_F(Files, bad_content_is_6_and_names_the_way_out_and_where) {
  write("bad.json", "{\n  \"a\": 1,\n  \"a\": 2\n}");
  const Ran ran = stet({"convert", "bad.json"});
  EXPECT_EQ(ran.exit, 6) << ran;
  EXPECT_NE(ran.err.find("--from bytes"), std::string::npos) << ran;
  EXPECT_NE(ran.err.find("line 3"), std::string::npos) << ran;
  EXPECT_EQ(stet({"convert", "bad.json", "--from", "bytes"}).out, read("bad.json"));
  const Ran json = stet({"convert", "bad.json", "--json"});
  EXPECT_EQ(text_of(json.error(), "code"), "invalid") << json;
  for (const std::string bad : {"", "{", "[1,]", "\"\xff\"", "\"\\ud800\"", "1e400", "1e-400",
                                "18446744073709551616", "-9223372036854775809", "NaN", "{} {}"}) {
    write("bad.json", bad);
    EXPECT_EQ(stet({"convert", "bad.json"}).exit, 6) << bad;
  }
  write("bad.cbor", "\xa2\x61\x62\x01\x61\x61\x02");  // keys out of order
  EXPECT_EQ(stet({"convert", "bad.cbor"}).exit, 6);
  write("bad.car", "no archive");
  EXPECT_EQ(stet({"convert", "bad.car"}).exit, 6);
}

TEST_F(Files, nesting_beyond_the_limit_is_6_and_names_the_limit) {
  write("deep.json", std::string(100'000, '[') + std::string(100'000, ']'));
  const Ran ran = stet({"convert", "deep.json"});
  EXPECT_EQ(ran.exit, 6) << ran;
  EXPECT_NE(ran.err.find("depth"), std::string::npos) << ran;
  EXPECT_EQ(text_of(stet({"convert", "deep.json", "--json"}).error(), "code"), "too_large");
}

TEST_F(Files, an_absent_file_is_3_and_a_folder_is_6) {
  EXPECT_EQ(stet({"convert", "none.json"}).exit, 3);
  EXPECT_EQ(stet({"id", "none.json"}).exit, 3);
  EXPECT_EQ(stet({"convert", "."}).exit, 6);
}

TEST_F(Files, a_result_replaces_its_file_as_a_whole_or_not_at_all) {
  write("a.json", "[1]");
  write("out.json", "what was here before");
  std::filesystem::permissions(path("out.json"), std::filesystem::perms(0640));
  ASSERT_EQ(stet({"convert", "a.json", "out.json", "--compact"}).exit, 0);
  EXPECT_EQ(read("out.json"), "[1]\n");
  EXPECT_EQ(static_cast<int>(std::filesystem::status(path("out.json")).permissions()), 0640);
  write("bad.json", "[1");
  EXPECT_EQ(stet({"convert", "bad.json", "out.json"}).exit, 6);
  EXPECT_EQ(read("out.json"), "[1]\n");
  EXPECT_EQ(stet({"convert", "a.json", "no/such/folder.json"}).exit, 3);
  EXPECT_EQ(files(), (Words{"a.json", "bad.json", "out.json"}));
}

TEST_F(Files, ids_are_those_of_other_ipld_tools) {
  write("empty.json", "{}");
  write("hello.json", "{\"hello\": \"world\"}");
  for (const Words& extra : {Words{}, Words{"--block"}}) {
    Words empty = {"id", "empty.json"}, hello = {"id", "hello.json"};
    empty.insert(empty.end(), extra.begin(), extra.end());
    hello.insert(hello.end(), extra.begin(), extra.end());
    EXPECT_EQ(stet(empty).out, kEmptyMapId);
    EXPECT_EQ(stet(hello).out, kHelloId);
  }
  EXPECT_EQ(text_of(stet({"id", "empty.json", "--json"}).json(), "id") + "\n", kEmptyMapId);
}

TEST_F(Files, a_large_document_has_a_root_of_its_own_and_the_block_of_the_whole) {
  std::string text = "[0";
  for (int item = 1; item < 5000; ++item) text += "," + std::to_string(item);
  write("large.json", text + "]");
  const std::string root = stet({"id", "large.json"}).out;
  const std::string whole = stet({"id", "large.json", "--block"}).out;
  EXPECT_TRUE(root.starts_with("bafyrei") && whole.starts_with("bafyrei"));
  EXPECT_NE(root, whole);
  ASSERT_EQ(stet({"convert", "large.json", "large.cbor"}).exit, 0);
  EXPECT_EQ(stet({"id", "large.cbor"}).out, root);
}

TEST_F(Files, validate_names_every_place_and_rule) {
  write("rules.json", R"({"type": "object", "properties": {"tempo": {"minimum": 20}}})");
  write("good.json", R"({"tempo": 90})");
  write("bad.json", R"({"tempo": 5})");
  EXPECT_EQ(stet({"validate", "good.json", "--schema", "rules.json"}).exit, 0);
  const Ran bad = stet({"validate", "bad.json", "--schema", "rules.json", "--json"});
  EXPECT_EQ(bad.exit, 1) << bad;
  const Value answer = bad.json_lines().at(0);
  EXPECT_EQ(answer.member("valid"), Value(false));
  const Value error = *answer.member("errors")->item(0);
  EXPECT_EQ(error.member("pointer"), Value("/tempo"));
  EXPECT_EQ(error.member("rule"), Value("minimum"));
  EXPECT_EQ(error.member("value"), Value(5));
}

TEST_F(Files, validate_without_or_with_a_bad_schema_says_so) {
  write("a.json", "1");
  write("bad.json", R"({"type": 3})");
  EXPECT_EQ(stet({"validate", "a.json"}).exit, 2);
  EXPECT_EQ(stet({"validate", "a.json", "--schema", "bad.json"}).exit, 6);
  EXPECT_EQ(stet({"validate", "a.json", "--schema", "a.json", "--draft", "5"}).exit, 2);
}

TEST_F(Files, apply_patches_and_merges) {
  write("a.json", R"({"a": [1, 2], "b": {"c": true}})");
  write("patch.json",
        R"([{"op": "add", "path": "/a/1", "value": 9}, {"op": "remove", "path": "/b"}])");
  EXPECT_EQ(stet({"apply", "a.json", "patch.json", "--compact"}).out, "{\"a\":[1,9,2]}\n");
  EXPECT_EQ(stet({"apply", "a.json", "-", "--merge", "--compact"}, R"({"a": null, "d": 1})").out,
            "{\"b\":{\"c\":true},\"d\":1}\n");
}

TEST_F(Files, a_patch_that_does_not_fit_is_1_and_one_that_is_none_is_6) {
  write("a.json", R"({"a": [1, 2]})");
  for (const std::string no :
       {R"([{"op": "test", "path": "/a/0", "value": 2}])", R"([{"op": "remove", "path": "/b"}])",
        R"([{"op": "replace", "path": "/a/7", "value": 2}])",
        R"([{"op": "add", "path": "/a/0/x", "value": 2}])"}) {
    const Ran ran = stet({"apply", "a.json", "-"}, no);
    EXPECT_EQ(ran.exit, 1) << no << ran;
    EXPECT_EQ(ran.out, "");
  }
  for (const std::string bad :
       {R"({"op": "add"})", R"([{"op": "explode", "path": ""}])", "[", "[{}]"}) {
    EXPECT_EQ(stet({"apply", "a.json", "-"}, bad).exit, 6) << bad;
  }
}

TEST_F(Files, diff_of_files_tells_in_three_forms_and_by_its_exit) {
  write("a.json", R"({"tempo": 96, "notes": ["C4", "D4", "E4"], "old": 1})");
  write("b.json", R"({"tempo": 92, "notes": ["C4", "E4"], "new": {"x": [1]}})");
  const Ran text = stet({"diff", "./a.json", "b.json"});
  EXPECT_EQ(text.exit, 1) << text;
  EXPECT_NE(text.out.find("~ /tempo  96 → 92\n"), std::string::npos) << text;
  EXPECT_NE(text.out.find("- /notes/1  \"D4\"\n"), std::string::npos) << text;
  EXPECT_NE(text.out.find("- /old  1\n"), std::string::npos) << text;
  EXPECT_NE(text.out.find("+ /new  {\"x\": [1]}\n"), std::string::npos) << text;
  EXPECT_EQ(text.out.find('\033'), std::string::npos);

  const Ran patch = stet({"diff", "a.json", "b.json", "--format", "patch"});
  EXPECT_EQ(patch.exit, 1);
  EXPECT_EQ(stet({"apply", "a.json", "-"}, patch.out).out, stet({"convert", "b.json"}).out);
  EXPECT_EQ(stet({"diff", "a.json", "b.json", "--json"}).json(), patch.json());

  const Ran merge = stet({"diff", "a.json", "b.json", "--format", "merge"});
  EXPECT_EQ(merge.exit, 1);
  EXPECT_EQ(stet({"apply", "a.json", "-", "--merge"}, merge.out).out,
            stet({"convert", "b.json"}).out);

  const Ran same = stet({"diff", "a.json", "a.json"});
  EXPECT_EQ(same.exit, 0) << same;
  EXPECT_EQ(same.out, "");
  EXPECT_EQ(stet({"diff", "a.json", "a.json", "--format", "patch", "--compact"}).out, "[]\n");
  EXPECT_EQ(stet({"diff", "a.json", "none.json"}).exit, 3);
  EXPECT_EQ(files(), (Words{"a.json", "b.json"}));  // no store was made
}

TEST_F(Files, a_diff_shows_control_characters_by_name) {
  write("a.json", R"(["x"])");
  write("b.json", R"(["\u001b[31m\u0007"])");
  const Ran ran = stet({"diff", "a.json", "b.json"});
  EXPECT_NE(ran.out.find("\\x1b[31m\\x07"), std::string::npos) << ran;
}

TEST_F(Files, limits_are_settings) {
  write("deep.json", "[[[[1]]]]");
  EXPECT_EQ(stet({"convert", "deep.json", "--compact"}).exit, 0);
  for (const char* limit : {"depth=3", "bytes=4", "members=2"}) {
    for (const Words& words :
         {Words{"convert", "deep.json"}, Words{"save", "a", "deep.json"}, Words{"id", "deep.json"},
          Words{"set", "a", "", "[[[[1]]]]"}, Words{"diff", "deep.json", "deep.json"}}) {
      Words all = words;
      all.insert(all.end(), {"--limit", limit});
      const Ran ran = stet(all);
      EXPECT_EQ(ran.exit, 6) << limit << ran;
    }
  }
  EXPECT_NE(stet({"convert", "deep.json", "--limit", "depth=3"}).err.find("--limit"),
            std::string::npos);
  EXPECT_EQ(stet({"convert", "deep.json", "--limit", "depth=4", "--limit", "bytes=9"}).exit, 0);
  for (const char* limit : {"depth", "depth=x", "depth=6000", "height=3", "=", ""}) {
    EXPECT_EQ(stet({"convert", "deep.json", "--limit", limit}).exit, 2) << limit;
  }
  EXPECT_EQ(files(), Words{"deep.json"});
}

}  // namespace
}  // namespace stet::test
