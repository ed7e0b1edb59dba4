// export and import.
#include "command/transcript.hpp"
#include "stet/codec.hpp"

namespace stet::test {
namespace {

class Archives : public Transcript {};

std::string archive_of(const std::vector<std::pair<Cid, Bytes>>& chunks,
                       const std::vector<Cid>& roots) {
  Bytes out;
  car::append_header(roots, out);
  for (const auto& [cid, bytes] : chunks) car::append_block(cid, bytes, out);
  return std::string(as_text(out));
}

TEST_F(Archives, an_export_with_history_is_the_same_elsewhere) {
  stet({"set", "song", "", "{\"tempo\": 90}", "-m", "first"});
  stet({"set", "song", "/tempo", "91", "-m", "second"});
  stet({"set", "cover/a", "", "[1]"});
  const Ran exported = stet({"export", "song", "cover/a", "--history", "-o", "album.car"});
  EXPECT_EQ(exported.exit, 0) << exported;
  EXPECT_EQ(exported.out, "");
  const Ran imported = stet({"import", "album.car", "--store", "file:other.stet"});
  EXPECT_EQ(imported.exit, 0) << imported;
  EXPECT_EQ(stet({"log", "song", "--json", "--store", "file:other.stet"}).out,
            stet({"log", "song", "--json"}).out);
  EXPECT_EQ(stet({"list", "--json", "--store", "file:other.stet"}).out,
            stet({"list", "--json"}).out);
  EXPECT_EQ(stet({"verify", "--store", "file:other.stet"}).exit, 0);
}

TEST_F(Archives, an_export_goes_to_standard_output_and_comes_from_standard_input) {
  stet({"set", "song", "", "[1,2]"});
  const Ran exported = stet({"export", "song"});
  const Value imported =
      stet({"import", "-", "--store", "file:other.stet", "--json"}, exported.out).json();
  EXPECT_EQ(keys_of(imported), (Words{"documents", "blocks_unused"}));
  EXPECT_EQ(imported.member("documents")->item(0)->to_text(), "song");
  EXPECT_EQ(stet({"load", "song", "--compact", "--store", "file:other.stet"}).out, "[1,2]\n");
}

TEST_F(Archives, a_foreign_root_becomes_a_document_with_its_links) {
  const Bytes leaf = dag_cbor::encode(Value::map({{"leaf", Value(1)}}));
  const Cid leaf_id = Cid::of(id_of(leaf));
  const Bytes root = dag_cbor::encode(Value::map({{"child", Value::link(leaf_id)}}));
  const Cid root_id = Cid::of(id_of(root));
  write("tree.car", archive_of({{root_id, root}, {leaf_id, leaf}}, {root_id}));
  const Ran ran = stet({"import", "tree.car"});
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_NE(ran.err.find("1 block"), std::string::npos) << ran;
  EXPECT_EQ(stet({"load", "tree", "--to", "dag-json"}).out,
            "{\"child\":{\"/\":\"" + leaf_id.to_string() + "\"}}");
  EXPECT_EQ(number_of(stet({"import", "tree.car", "named", "--json"}).json(), "blocks_unused"), 1);
  EXPECT_EQ(stet({"import", "tree.car", "whole", "--adopt"}).exit, 0);
  EXPECT_EQ(stet({"load", "whole", "--compact"}).out, "{\"child\":{\"leaf\":1}}\n");
}

TEST_F(Archives, an_archive_that_is_not_whole_is_6_and_changes_nothing) {
  stet({"set", "song", "", "{\"a\": 1}"});
  stet({"export", "song", "-o", "good.car"});
  std::string bad = read("good.car");
  bad[bad.size() - 3] = static_cast<char>(bad[bad.size() - 3] ^ 1);
  write("bad.car", bad);
  write("short.car", read("good.car").substr(0, bad.size() - 5));
  for (const std::string file : {"bad.car", "short.car"}) {
    const Ran ran = stet({"import", file, "--store", "file:other.stet"});
    EXPECT_EQ(ran.exit, 6) << file << ran;
    EXPECT_EQ(stet({"list", "--json", "--store", "file:other.stet"}).out, "") << file;
  }
  EXPECT_EQ(stet({"import", "none.car"}).exit, 3);
}

TEST_F(Archives, foreign_codecs_and_hashes_are_refused_by_name) {
  // A dag-pb block (0x70), and a sha2-512 identifier (0x13).
  const Bytes bytes = {0x0a, 0x00};
  const Id id = id_of(bytes);
  Bytes pb = {0x01, 0x70, 0x12, 0x20};
  pb.insert(pb.end(), id.bytes.begin(), id.bytes.end());
  const Cid pb_id = Cid::from_bytes(pb).value();
  write("pb.car", archive_of({{pb_id, bytes}}, {pb_id}));
  const Ran ran = stet({"import", "pb.car"});
  EXPECT_EQ(ran.exit, 6) << ran;
  EXPECT_NE(ran.err.find("dag-pb"), std::string::npos) << ran;
  EXPECT_EQ(stet({"export", "none"}).exit, 3);
  EXPECT_EQ(stet({"export", "./pb.car"}).exit, 2);
}

}  // namespace
}  // namespace stet::test
