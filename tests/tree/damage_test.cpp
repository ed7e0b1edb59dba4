// Stored chunks that are absent, flipped, swapped or crafted: a typed error or right data.
#include "support/seed.hpp"
#include "tree/tree_support.hpp"

namespace stet::test {
namespace {

// A document with all kinds of nodes and some inner levels.
Value document_of_all_kinds() {
  Rng rng(1);
  MapBuilder map;
  for (int i = 0; i < 900; ++i) map.set("key " + std::to_string(i), i);
  return Value::map({{"notes", notes(900)},
                     {"map", map.build()},
                     {"text", Value(random_text(rng, 40'000))},
                     {"bytes", Value::bytes(random_bytes(rng, 40'000))},
                     {"trees", list_of({notes(50), notes(60), 1})}});
}

// A source where one chunk is answered by other bytes.
class ChangedSource : public tree::ChunkSource {
 public:
  ChangedSource(MemoryChunks& chunks, Id id, Bytes bytes)
      : chunks_(chunks), id_(id), bytes_(std::move(bytes)) {}
  Result<std::vector<std::optional<Bytes>>> get(std::span<const Id> ids) override {
    auto found = chunks_.get(ids);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] == id_) (*found)[i] = bytes_;
    }
    return found;
  }

 private:
  MemoryChunks& chunks_;
  Id id_;
  Bytes bytes_;
};

TEST(TreeDamage, AnAbsentChunkIsNotFound) {
  MemoryChunks chunks;
  const auto root = write_to(chunks, notes(500));
  for (const Id& id : reachable(chunks, root)) {
    MemoryChunks without = chunks;
    without.chunks.erase(id);
    const auto loaded = tree::load(root, without);
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code(), ErrorCode::not_found);
  }
}

TEST(TreeDamage, AFlippedByteIsCorruptAndNamesTheChunk) {
  MemoryChunks chunks;
  const auto root = write_to(chunks, document_of_all_kinds());
  Rng rng(2);
  for (const Id& id : reachable(chunks, root)) {
    Bytes bytes = chunks.chunks.at(id);
    bytes[below(rng, bytes.size())] ^= static_cast<std::uint8_t>(1u << below(rng, 8));
    ChangedSource source(chunks, id, bytes);
    const auto loaded = tree::load(root, source);
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code(), ErrorCode::corrupt);
    EXPECT_NE(loaded.error().message().find(id.to_string()), std::string::npos);
    EXPECT_FALSE(tree::children({id, tree::RootKind::node}, bytes).ok());
  }
}

// Rewrites the chunk and, so that every id is right, all chunks above it.
class Crafted {
 public:
  Crafted(const MemoryChunks& chunks, Id root) : chunks_(chunks), root_(root) {}

  void replace(const Id& id, const Bytes& bytes) {
    const Id next = id_of(bytes);
    chunks_.chunks[next] = bytes;
    if (id == root_) root_ = next;
    std::vector<std::pair<Id, Bytes>> above;
    for (const auto& [parent, old] : chunks_.chunks) {
      const auto at = std::search(old.begin(), old.end(), id.bytes.begin(), id.bytes.end());
      if (at == old.end()) continue;
      Bytes changed = old;
      std::copy(next.bytes.begin(), next.bytes.end(), changed.begin() + (at - old.begin()));
      above.emplace_back(parent, changed);
    }
    for (const auto& [parent, changed] : above) replace(parent, changed);
  }
  tree::Root root() const { return {root_, tree::RootKind::node}; }
  MemoryChunks& chunks() { return chunks_; }

 private:
  MemoryChunks chunks_;
  Id root_;
};

// Whatever was stored, everything that reads ends in a value or a typed error.
void read_everything(const tree::Root& root, MemoryChunks& chunks) {
  const auto is_typed = [](const Error& error) {
    return error.code() == ErrorCode::corrupt || error.code() == ErrorCode::not_found ||
           error.code() == ErrorCode::invalid || error.code() == ErrorCode::too_large;
  };
  const auto loaded = tree::load(root, chunks);
  EXPECT_TRUE(loaded.ok() || is_typed(loaded.error()));
  const tree::View view(root, chunks);
  for (const std::string path : {"/notes/450", "/map/key 77", "/text", "/trees/1/3/voice"}) {
    const auto read = view.at(path_of(path));
    EXPECT_TRUE(read.ok() || is_typed(read.error())) << path;
  }
  const Patch patch = {{Operation::Kind::add, path_of("/notes/450"), {}, Value(1)},
                       {Operation::Kind::add, path_of("/map/key 450x"), {}, Value(1)}};
  MemoryChunks sink;
  const auto patched = tree::patch(root, patch, chunks, sink);
  EXPECT_TRUE(patched.ok() || is_typed(patched.error()));
}

TEST(TreeDamage, CraftedChunksGiveAValueOrATypedError) {
  const std::uint64_t seed = first_seed();
  const int rounds = std::getenv("STET_DEEP") ? 20'000 : 400;
  MemoryChunks chunks;
  const Value document = document_of_all_kinds();
  const auto root = write_to(chunks, document);
  const auto held = reachable(chunks, root);
  const std::vector<Id> ids(held.begin(), held.end());
  int refused = 0;
  for (int i = 0; i < rounds; ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + i));
    Rng rng(seed + i);
    const Id id = ids[below(rng, ids.size())];
    Bytes bytes = chunks.chunks.at(id);
    const std::size_t place = rng() % 2 == 0 ? below(rng, std::min<std::size_t>(12, bytes.size()))
                                             : below(rng, bytes.size());
    bytes[place] = static_cast<std::uint8_t>(rng());
    if (rng() % 8 == 0) bytes.resize(below(rng, bytes.size()));
    if (id_of(bytes) == id) continue;
    Crafted crafted(chunks, root.id);
    crafted.replace(id, bytes);
    read_everything(crafted.root(), crafted.chunks());
    if (!tree::load(crafted.root(), crafted.chunks()).ok()) ++refused;
    if (HasFailure()) return;
  }
  EXPECT_GT(refused, rounds / 10);
}

TEST(TreeDamage, AChunkInAnothersPlaceIsCorrupt) {
  MemoryChunks chunks;
  const auto root = write_to(chunks, document_of_all_kinds());
  const auto held = reachable(chunks, root);
  const std::vector<Id> ids(held.begin(), held.end());
  Rng rng(9);
  int refused = 0;
  for (int i = 0; i < 100; ++i) {
    const Id id = ids[below(rng, ids.size())];
    const Id leaf = ids[below(rng, ids.size())];
    const bool is_leaf =
        tree::children({leaf, tree::RootKind::node}, chunks.chunks.at(leaf)).value().empty();
    if (id == leaf || id == root.id || !is_leaf) continue;
    Crafted crafted(chunks, root.id);
    crafted.replace(id, chunks.chunks.at(leaf));
    const auto loaded = tree::load(crafted.root(), crafted.chunks());
    if (loaded.ok()) continue;  // of the same kind and size by chance: another document
    EXPECT_EQ(loaded.error().code(), ErrorCode::corrupt);
    ++refused;
  }
  EXPECT_GT(refused, 50);
}

TEST(TreeDamage, ARootOfTheOtherKindIsRefusedOrData) {
  MemoryChunks chunks;
  const auto node = write_to(chunks, notes(100));
  const auto plain = write_to(chunks, note(1));
  EXPECT_TRUE(tree::load({node.id, tree::RootKind::plain}, chunks).ok());
  const auto refused = tree::load({plain.id, tree::RootKind::node}, chunks);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::corrupt);
}

TEST(TreeDamage, LoadingIsCancelledByItsCallback) {
  MemoryChunks chunks;
  const auto root = write_to(chunks, notes(5'000));
  std::uint64_t seen = 0;
  const auto loaded = tree::load(root, chunks, [&](const Progress& progress) {
    seen = progress.done;
    return progress.done < 100;
  });
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code(), ErrorCode::cancelled);
  EXPECT_GE(seen, 100u);
}

// Few chunks that stand for a text of 2⁴⁰ bytes.
TEST(TreeDamage, AFewChunksCannotMakeAHugeDocument) {
  MemoryChunks chunks;
  const auto put = [&](Bytes bytes) {
    const Id id = id_of(bytes);
    chunks.chunks[id] = std::move(bytes);
    return id;
  };
  const auto node = [&](unsigned level, const Value& content) {
    return put(dag_cbor::encode(list_of({2, level, content})));
  };
  std::uint64_t size = 1 << 12;
  Id id = node(0, Value(std::string(size, 'x')));
  for (unsigned level = 1; level <= 28; ++level) {
    const Value link = Value::link(Cid::of(id));
    id = node(level, list_of({link, size, link, size}));
    size *= 2;
  }
  const auto loaded = tree::load({id, tree::RootKind::node}, chunks);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code(), ErrorCode::too_large);
}

}  // namespace
}  // namespace stet::test
