// Golden files: stores that were made once, and hold for ever what the page of expected JSON beside
// each says (tests/golden/README.md). The second reader of docs/format.md reads the same.
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "store/stores.hpp"
#include "support/hex.hpp"

namespace stet::test {
namespace {

using Json = nlohmann::json;
using std::filesystem::path;

// Unpacked into a folder of its own, since who opens a store may write to it.
class GoldenFile {
 public:
  explicit GoldenFile(const path& packed) : file_(folder_ / "golden.stet") {
    const std::string unpack = "gzip -dc '" + packed.string() + "' > '" + file_ + "'";
    EXPECT_EQ(std::system(unpack.c_str()), 0);
    path expected = packed;
    expected.replace_extension().replace_extension(".json");
    std::ifstream(expected) >> expected_;
  }
  const Json& expected() const { return expected_; }
  const std::string& file() const { return file_; }
  Result<Store> open(bool read_only) const {
    StoreOptions options;
    options.create = false;
    options.read_only = read_only;
    return Store::open("file:" + file_, options);
  }

 private:
  TemporaryFolder folder_;
  std::string file_;
  Json expected_;
};

Json text_of(const Id& id) { return id.to_string(); }

Json ids(const std::vector<Id>& of) {
  Json list = Json::array();
  for (const Id& id : of) list.push_back(text_of(id));
  return list;
}

// What the page says of a version, but for its content.
Json said_of(const VersionInfo& info) {
  const Version& version = info.version;
  Json said = {{"id", text_of(info.id)},           {"kind", static_cast<int>(version.root.kind)},
               {"root", text_of(version.root.id)}, {"bytes", version.bytes},
               {"nonce", to_hex(version.nonce)},   {"author", version.author},
               {"message", version.message},       {"parents", ids(version.parents)},
               {"time_ms", version.time_ms},       {"generation", version.generation}};
  if (version.skip) said["skip"] = text_of(*version.skip);
  if (version.schema) said["schema"] = *version.schema;
  if (!version.labels.empty()) said["labels"] = version.labels;
  return said;
}

void expect_content(const Json& version, const Result<Value>& value, const Result<Bytes>& source) {
  ASSERT_TRUE(value.ok()) << value.error().to_string();
  EXPECT_EQ(text_of(id_of(dag_cbor::encode(*value))), version["content"]);
  if (version.contains("value")) {
    EXPECT_EQ(Json::parse(*encode_dag_json(*value)), version["value"]);
  }
  ASSERT_EQ(source.ok(), version.contains("source"));
  if (!source.ok()) return;
  EXPECT_EQ(Json(source->size()), version["source"]["bytes"]);
  EXPECT_EQ(text_of(id_of(*source)), version["source"]["content"]);
}

void expect_document(Store& store, const Json& document) {
  const std::string name = document["name"];
  SCOPED_TRACE(name);
  EXPECT_EQ(text_of(store.show(name)->id), document["head"]);
  std::map<std::string, VersionInfo> shown;
  for (const VersionInfo& info : log_of(store, name)) shown.emplace(info.id.to_string(), info);
  std::size_t versions = 0;
  for (const Json& version : document["versions"]) {
    const std::string id = version["id"];
    SCOPED_TRACE(id);
    if (version.contains("thin")) {
      EXPECT_FALSE(shown.contains(id));
      EXPECT_FALSE(store.load(name + "@" + id).ok());
      continue;
    }
    ++versions;
    ASSERT_TRUE(shown.contains(id));
    Json said = version;
    for (const char* const of_content : {"content", "value", "source"}) said.erase(of_content);
    EXPECT_EQ(said_of(shown.at(id)), said);
    expect_content(version, store.load(name + "@" + id), store.load_source(name + "@" + id));
  }
  EXPECT_EQ(shown.size(), versions);
}

// A removed document is read by restoring it.
void expect_removed(Store& store, const Json& document) {
  SCOPED_TRACE(document["name"]);
  for (const Json& version : document["versions"]) {
    const std::string spec = std::string(document["name"]) + "@" + version["id"].get<std::string>();
    const auto restored = store.restore(spec);
    ASSERT_TRUE(restored.ok()) << restored.error().to_string();
    const std::string name = document["name"];
    expect_content(version, store.load(name), store.load_source(name));
  }
}

Json refs_under(Store& store, const std::string& prefix) {
  Json found = Json::object();
  const auto page = store.backend().list(prefix, "", 1000);
  for (const Ref& ref : page->refs) {
    found[ref.name.substr(prefix.size())] = as_text(ref.value);
  }
  return found;
}

void expect_kept(Store& store, const Json& expected) {
  EXPECT_EQ(refs_under(store, "sys/hold/"), expected["holds"]);
  for (const auto& [name, reason] : expected["holds"].items()) {
    EXPECT_EQ(store.remove(name).error().code(), ErrorCode::denied) << name;
  }
  const auto pins = store.backend().list("pin/", "", 1000);
  ASSERT_EQ(pins->refs.size(), expected["pins"].size());
  for (const Ref& ref : pins->refs) {
    const Json& pin = expected["pins"][ref.name.substr(4)];
    Id id;
    std::copy_n(ref.value.begin(), id.bytes.size(), id.bytes.begin());
    EXPECT_EQ(text_of(id), pin["version"]);
    const std::string spec = std::string(pin["document"]) + "@" + id.to_string();
    EXPECT_TRUE(store.load(spec).ok()) << spec;
  }
}

void expect_whole(Store& store) {
  const auto report = store.verify();
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_TRUE(report->ok()) << report->damage.front().damage.message;
}

void expect_documents(Store& store, const Json& expected) {
  std::vector<std::string> names;
  for (const Json& document : expected) {
    names.push_back(document["name"]);
    expect_document(store, document);
  }
  EXPECT_EQ(names_in(store), names);
}

std::vector<path> golden_files(const std::string& of = ".stet") {
  std::vector<path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(STET_SOURCE_DIR "/tests/golden/v1")) {
    if (entry.path().extension() == ".gz" && entry.path().stem().extension() == of) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(GoldenFiles, HoldWhatTheyHeld) {
  const std::vector<path> files = golden_files();
  EXPECT_GE(files.size(), 13u);
  for (const path& packed : files) {
    SCOPED_TRACE(packed.filename().string());
    const GoldenFile golden(packed);
    auto store = golden.open(true);
    ASSERT_TRUE(store.ok()) << store.error().to_string();
    expect_documents(*store, golden.expected()["documents"]);
    expect_whole(*store);
  }
}

TEST(GoldenFiles, TakeWhatComesNext) {
  for (const path& packed : golden_files()) {
    SCOPED_TRACE(packed.filename().string());
    const GoldenFile golden(packed);
    auto store = golden.open(false);
    ASSERT_TRUE(store.ok()) << store.error().to_string();
    expect_kept(*store, golden.expected());
    for (const Json& document : golden.expected()["removed"]) expect_removed(*store, document);
    ASSERT_TRUE(store->save("a new one", Value("new")).ok());
    const auto compacted = store->compact();
    ASSERT_TRUE(compacted.ok()) << compacted.error().to_string();
    expect_whole(*store);
    for (const Json& document : golden.expected()["documents"]) {
      for (const Json& version : document["versions"]) {
        if (version.contains("thin")) continue;
        const std::string spec =
            std::string(document["name"]) + "@" + version["id"].get<std::string>();
        EXPECT_EQ(text_of(id_of(dag_cbor::encode(*store->load(spec)))), version["content"]) << spec;
      }
    }
  }
}

TEST(GoldenFiles, ArchivesAreImported) {
  const std::vector<path> files = golden_files(".car");
  EXPECT_GE(files.size(), 2u);
  for (const path& packed : files) {
    SCOPED_TRACE(packed.filename().string());
    const GoldenFile golden(packed);
    std::ifstream file(golden.file(), std::ios::binary);
    const std::string archive{std::istreambuf_iterator<char>(file), {}};
    Store store = *Store::open("mem:");
    const auto imported = store.import_car(as_bytes(archive), {});
    ASSERT_TRUE(imported.ok()) << imported.error().to_string();
    EXPECT_EQ(imported->blocks_unused, 0u);
    for (const Json& document : golden.expected()["documents"]) expect_document(store, document);
    EXPECT_EQ(names_in(store).size(), golden.expected()["documents"].size());
    expect_whole(store);
  }
}

TEST(GoldenFiles, OfANewerFormatAreRefusedByName) {
  for (const path& packed : golden_files()) {
    SCOPED_TRACE(packed.filename().string());
    const GoldenFile golden(packed);
    {
      std::fstream file(golden.file(), std::ios::binary | std::ios::in | std::ios::out);
      file.seekp(8);
      file.put(2);
    }
    for (const bool read_only : {true, false}) {
      const auto store = golden.open(read_only);
      ASSERT_FALSE(store.ok());
      EXPECT_EQ(store.error().code(), ErrorCode::newer_format);
      EXPECT_NE(store.error().message().find("format version 2"), std::string::npos)
          << store.error().to_string();
    }
  }
}

}  // namespace
}  // namespace stet::test
