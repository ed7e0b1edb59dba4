// Makes golden files: one small store for each thing that the format can say. Run by hand when
// something is added (README.md); what was made once is never made again.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "stet/history.hpp"
#include "store/stores.hpp"

namespace stet::test {
namespace {

void must(const Result<void>& done) {
  if (done.ok()) return;
  std::fprintf(stderr, "%s\n", done.error().to_string().c_str());
  std::exit(1);
}
template <class T>
T must(Result<T> result) {
  if (!result.ok()) must(Result<void>(result.error()));
  return std::move(*result);
}

constexpr std::int64_t kHourMs = 3'600'000;

// The same bytes each time: a clock that is moved by hand, seeded random bytes, no thread.
class Maker {
 public:
  explicit Maker(std::string path) : path_(std::move(path)) {
    clock_->set(1'750'000'000'000);
    options_.clock = clock_;
    options_.random = random_;
    options_.executor = inline_executor();
    options_.author = "golden";
  }
  const std::string& path() const { return path_; }
  Store open() { return must(Store::open("file:" + path_, options_)); }
  std::shared_ptr<Backend> open_packed(PackingOptions packing) {
    FileEngineOptions options;
    options.executor = options_.executor;
    options.random = random_;
    return packing_layer(must(open_file(path_, options)), packing);
  }
  Store over(std::shared_ptr<Backend> backend) { return Store::over(std::move(backend), options_); }
  // An hour later than the last.
  Id save(Store& store, std::string_view name, const Value& value, SaveOptions options = {}) {
    clock_->advance(kHourMs);
    options.keep_equal = true;
    return *must(store.save(name, value, options)).id;
  }
  std::string content() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void replace(const std::string& content) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << content;
  }

 private:
  std::string path_;
  std::shared_ptr<HandClock> clock_ = std::make_shared<HandClock>();
  std::shared_ptr<SeededRandom> random_ = std::make_shared<SeededRandom>(20'261'121);
  StoreOptions options_;
};

Value small(std::int64_t number) {
  return Value::map({{"number", Value(number)}, {"of", Value("golden")}});
}

Bytes some_bytes(std::size_t size, std::uint64_t seed) {
  Bytes bytes(size);
  SeededRandom(seed).fill(bytes);
  return bytes;
}

// Lines that differ, and that a compressor finds much in.
std::string long_text(std::size_t lines) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) {
    text += "Line " + std::to_string(i) + " of a long text – with a dash, ä and 𝄞.\n";
  }
  return text;
}

// Every kind of value, and the ends of numbers.
Value every_kind() {
  return Value::map({
      {"null", Value()},
      {"true", Value(true)},
      {"false", Value(false)},
      {"integers", Value::list({Value(0), Value(23), Value(24), Value(255), Value(256),
                                Value(65536), Value(INT64_MAX), Value(UINT64_MAX), Value(-1),
                                Value(-24), Value(-25), Value(INT64_MIN)})},
      {"floats", Value::list({Value(0.0), Value(-0.0), Value(1.0), Value(0.1), Value(-1.5e300),
                              Value(5e-324), Value(1.7976931348623157e308)})},
      {"texts", Value::list({Value(""), Value("a"), Value("ä𝄞\n\"\\")})},
      {"bytes", Value::list({Value::bytes({}), Value::bytes(some_bytes(40, 1))})},
      {"links",
       Value::list({Value::link(Cid::of(id_of(some_bytes(3, 2)))),
                    Value::link(must(Cid::parse("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"))),
                    Value::link(must(Cid::parse("bafkqaaa")))})},
      {"empty", Value::list({Value::empty_list(), Value::empty_map(), Value("")})},
      {"", Value("the empty key")},
      {"ß", Value("a key of two bytes")},
      {"zz", Value("another")},
  });
}

// Trees of all four kinds, `scale` times as large as what has inner nodes; subtrees in subtrees.
Value large(std::int64_t scale) {
  ListBuilder numbers;
  for (std::int64_t i = 0; i < 5'000 * scale; ++i) numbers.append(Value(i * i % 1000 - 500));
  MapBuilder members;
  for (std::int64_t i = 0; i < 500 * scale; ++i) {
    members.set("member " + std::to_string(i), i % 500 == 7 ? Value(long_text(40)) : Value(i * i));
  }
  ListBuilder maps;
  for (std::int64_t i = 0; i < 10 * scale; ++i)
    maps.append(every_kind().with_member("i", Value(i)));
  return Value::map({{"scale", Value(scale)},
                     {"numbers", numbers.build()},
                     {"members", members.build()},
                     {"maps", maps.build()},
                     {"text", Value(long_text(400 * static_cast<std::size_t>(scale)))},
                     {"bytes", Value::bytes(some_bytes(4000, 3))},
                     {"kinds", every_kind()}});
}

void plain(Maker& maker) {
  Store store = maker.open();
  maker.save(store, "empty", Value::empty_map());
  maker.save(store, "kinds", every_kind());
  maker.save(store, "folder/näme with spaces", Value("only a text"));
  maker.save(store, "null", Value());
  maker.save(store, "number", Value(UINT64_MAX));
}

void trees(Maker& maker) {
  Store store = maker.open();
  maker.save(store, "large", large(6));
  maker.save(store, "text", Value(long_text(100)));
  maker.save(store, "bytes", Value::bytes(some_bytes(4000, 4)));
  maker.save(store, "nearly", Value(std::string(1533, 'x')));  // 1536 bytes: just no tree
  maker.save(store, "just", Value(std::string(1534, 'x')));
  Value deep = Value(1);
  for (int i = 0; i < 999; ++i) deep = Value::list({deep});
  maker.save(store, "deep", Value::map({{"deep", deep}}));
}

// Authors, messages, labels, skips over a dozen versions, and one of two parents.
void versions(Maker& maker) {
  std::optional<Id> left;
  std::optional<Id> right;
  {
    Store store = maker.open();
    for (int i = 0; i < 12; ++i) {
      SaveOptions options;
      options.author = i % 2 == 0 ? "Ada" : "Zoë";
      options.message = i == 3 ? "" : "Step " + std::to_string(i) + "\n\nand why";
      if (i % 5 == 4) options.labels = {{"branch", "main"}, {"ä", ""}};
      left = maker.save(store, "main", small(i), options);
      if (i == 6) right = must(store.copy("main", "side")).id;
    }
    right = maker.save(store, "side", small(100));
  }
  const std::shared_ptr<Backend> backend = maker.open_packed({});
  const std::vector<Id> parents = {*left, *right};
  const auto records = must(backend->get(parents));
  Version merged = must(decode_version(*records[0]));
  merged.parents = parents;
  merged.generation += 1;  // of the longer of the two
  merged.skip = std::nullopt;
  merged.message = "Both";
  merged.labels = {};
  merged.schema = "https://example.org/schema";
  const Bytes record = encode_version(merged);
  const ChunkView chunk = {id_of(record), record};
  must(backend->put({&chunk, 1}, 0));
  const RefChange change = {"doc/merged", std::nullopt,
                            RefValue(chunk.id.bytes.begin(), chunk.id.bytes.end())};
  if (!must(backend->swap({&change, 1})).done) std::abort();
  Store store = maker.over(backend);
  maker.save(store, "merged", small(200));
  maker.save(store, "merged", small(201));
}

// Removed, one of them with a pruned history; one removed and made again.
void removed(Maker& maker) {
  Store store = maker.open();
  for (int i = 0; i < 6; ++i) maker.save(store, "pruned", small(i));
  maker.save(store, "plain", small(10));
  maker.save(store, "again", small(20));
  maker.save(store, "kept", small(30));
  must(store.prune("pruned", {.keep_last = 2}));
  must(store.remove("pruned"));
  must(store.remove("plain"));
  must(store.remove("again"));
  maker.save(store, "again", small(21));
}

// Pruned: swept, with a pinned version in between, and pruned since without a sweep.
void pruned(Maker& maker) {
  Store store = maker.open();
  for (int i = 0; i < 12; ++i) maker.save(store, "swept", small(i));
  for (int i = 0; i < 12; ++i) maker.save(store, "pinned", small(100 + i));
  must(store.pin("release/1", "pinned~7"));
  must(store.prune("swept", {.keep_last = 3}));
  must(store.prune("pinned", {.keep_last = 3}));
  must(store.compact());
  for (int i = 0; i < 8; ++i) maker.save(store, "unswept", small(200 + i));
  must(store.prune("unswept", {.keep_last = 2}));
  maker.save(store, "swept", small(12));
}

void kept(Maker& maker) {
  Store store = maker.open();
  for (int i = 0; i < 3; ++i) maker.save(store, "song", small(i));
  must(store.copy("song~1", "copies/song"));
  must(store.pin("first", "song~2"));
  must(store.pin("moved", "song~2"));
  must(store.pin("moved", "song"));
  must(store.pin("gone", "song"));
  must(store.unpin("gone"));
  must(store.hold("song", "Wanted in court – until 2030"));
  must(store.hold("copies/song", ""));
  must(store.release("copies/song"));
}

void compressed(Maker& maker) {
  Store store = maker.over(maker.open_packed({.zstd_level = 3}));
  maker.save(store, "large", large(1));
  maker.save(store, "text", Value(long_text(100)));
  maker.save(store, "small", small(1));
}

void compacted(Maker& maker) {
  Store store = maker.open();
  for (int i = 0; i < 3; ++i) maker.save(store, "kept", small(i));
  maker.save(store, "text", Value(long_text(100)));
  maker.save(store, "dropped", Value(long_text(50)));
  must(store.remove("dropped"));
  must(store.compact());
  maker.save(store, "kept", small(3));
  must(store.compact());
  maker.save(store, "kept", small(4));
}

// An index of two runs, the older one with leaves below a root, and a tail behind it. A run takes a
// tail of 2 MiB, and the newer one must be small: keys, since nothing else makes so few chunks of
// it.
void indexed(Maker& maker) {
  Store store = maker.open();
  const auto save_key = [&](char of) {
    maker.save(store, "key", Value::map({{std::string(2 << 20, of), Value(1)}}));
  };
  for (int i = 0; i < 70; ++i) maker.save(store, "many/" + std::to_string(i), small(i));
  save_key('j');
  maker.save(store, "many/7", small(1000));
  must(store.remove("many/8"));
  save_key('k');
  must(store.remove("many/9"));
  maker.save(store, "tail", small(2000));
}

// What is left when the power goes while a batch is written: half of it, and no slot since.
std::string torn_content(Maker& maker) {
  std::string before;
  {
    Store store = maker.open();
    maker.save(store, "song", small(1));
    maker.save(store, "song", small(2));
  }
  before = maker.content();
  {
    Store store = maker.open();
    maker.save(store, "song", Value(std::string(1000, 'x')));
  }
  const std::string after = maker.content();
  std::size_t begin = before.size();
  while (before[begin - 1] == 0) --begin;  // the end of the log, or a zero or two before
  return before.substr(0, begin) + after.substr(begin, 600) + before.substr(begin + 600);
}

void torn(Maker& maker) { maker.replace(torn_content(maker)); }

// A torn end that a writer wiped: batches of a higher recovery epoch behind it.
void recovered(Maker& maker) {
  maker.replace(torn_content(maker));
  Store store = maker.open();
  maker.save(store, "song", small(3));
  maker.save(store, "other", small(4));
}

void source(Maker& maker) {
  Store store = maker.open();
  const auto save = [&](const std::string& name, const std::string& text) {
    SaveOptions options;
    options.source = KeptSource{as_bytes(text), "json"};
    maker.save(store, name, must(decode_json(as_bytes(text))), options);
  };
  save("small", "{ \"a\" : 1.50,\n  \"b\":[ ] }\n");
  std::string text = "[\n";
  for (int i = 0; i < 300; ++i) text += "  { \"i\" : " + std::to_string(i) + " },\n";
  save("large", text + "  null ]\n");
}

// A compaction that was killed while it swept: its endings are there.
void ending(Maker& maker) {
  {
    Store store = maker.open();
    for (int i = 0; i < 4; ++i) maker.save(store, "kept", small(i));
    for (int i = 0; i < 4; ++i) maker.save(store, "ended", small(i));
    must(store.prune("ended", {.keep_last = 1}));
    must(store.remove("ended"));
  }
  const pid_t child = ::fork();
  if (child == 0) {
    Store store = maker.open();
    const auto ended = [&] {
      return !must(store.backend().list("sys/ending/", "", 1)).refs.empty();
    };
    (void)store.compact([&](const Progress&) {
      if (ended()) ::_exit(0);
      return true;
    });
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) std::abort();
  std::filesystem::remove(maker.path() + ".compact");
}

// Archives of what other files hold: with all histories, and of single versions.
void export_to(Maker& maker, const std::vector<std::string>& specs, bool history) {
  pruned(maker);
  source(maker);
  versions(maker);
  const Bytes archive = must(maker.open().export_car(specs, {.history = history}));
  maker.replace(std::string(as_text(archive)));
}
void archive(Maker& maker) {
  export_to(maker, {"pinned", "swept", "unswept", "small", "large", "merged"}, true);
}
void heads(Maker& maker) { export_to(maker, {"pinned~1", "swept", "large", "side"}, false); }

// Edits of one number after another: chunks as deltas, and again whole where a chain is long.
void edit(Maker& maker, std::int64_t from, std::int64_t count) {
  Store store = maker.open();
  Value value = must(store.load("edited"));
  for (std::int64_t i = from; i < from + count; ++i) {
    const Path place = must(Path::parse("/numbers/" + std::to_string(i * i % 5000)));
    value = must(value.with(place, Value(1'000'000 + i)));
    maker.save(store, "edited", value);
  }
}
void deltas(Maker& maker) {
  {
    Store store = maker.open();
    maker.save(store, "edited", large(1));
  }
  edit(maker, 0, 12);
}
// Made when packs leaned on nothing yet; made now, it is what `leaning` is.
void packed(Maker& maker) {
  deltas(maker);
  must(maker.open().compact());
  edit(maker, 12, 6);
}

struct Golden {
  const char* name;
  void (*make)(Maker&);
  const char* extension = ".stet";
};
constexpr Golden kGolden[] = {
    {"plain", plain},           {"trees", trees},
    {"versions", versions},     {"removed", removed},
    {"pruned", pruned},         {"kept", kept},
    {"compressed", compressed}, {"compacted", compacted},
    {"indexed", indexed},       {"torn", torn},
    {"recovered", recovered},   {"source", source},
    {"ending", ending},         {"archive", archive, ".car"},
    {"heads", heads, ".car"},   {"deltas", deltas},
    {"packed", packed},         {"leaning", packed},
};

}  // namespace
}  // namespace stet::test

// make_golden FOLDER NAME…: FOLDER/NAME.stet (or .car), where it isn't there.
int main(int count, char** arguments) {
  for (int i = 2; i < count; ++i) {
    for (const auto& golden : stet::test::kGolden) {
      const std::string path = std::string(arguments[1]) + "/" + golden.name + golden.extension;
      if (std::string(arguments[i]) != golden.name || std::filesystem::exists(path)) continue;
      stet::test::Maker maker(path);
      golden.make(maker);
      std::printf("%s\n", path.c_str());
    }
  }
}
