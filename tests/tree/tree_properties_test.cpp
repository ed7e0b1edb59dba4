#include "tree/tree_properties.hpp"

#include <filesystem>

#include "support/seed.hpp"
#include "support/shared_data.hpp"
#include "tree/tree_support.hpp"

namespace stet::test {
namespace {

// The input that stands for a stored document.
class Input : public tree::ChunkSink {
 public:
  Result<void> put(std::span<const ChunkView> chunks) override {
    for (const auto& [id, bytes, base] : chunks) add(id, bytes);
    return {};
  }
  void set_kind(tree::RootKind kind) { bytes_[0] = static_cast<std::uint8_t>(kind); }
  const Bytes& bytes() const { return bytes_; }

 private:
  void add(const Id& id, BytesView bytes) {
    Bytes chunk(bytes.begin(), bytes.end());
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      const auto& link = ids_[i].bytes;
      for (auto at = chunk.begin();; ++at) {
        at = std::search(at, chunk.end(), link.begin(), link.end());
        if (at == chunk.end()) break;
        at[0] = static_cast<std::uint8_t>(i);
        at[1] = static_cast<std::uint8_t>(i >> 8);
      }
    }
    ids_.push_back(id);
    bytes_.push_back(static_cast<std::uint8_t>(chunk.size()));
    bytes_.push_back(static_cast<std::uint8_t>(chunk.size() >> 8));
    bytes_.insert(bytes_.end(), chunk.begin(), chunk.end());
  }

  std::vector<Id> ids_;
  Bytes bytes_{0};
};

Bytes input_of(const Value& value) {
  Input input;
  input.set_kind(tree::write(value, input).value().kind);
  return input.bytes();
}

Value nested(const Value& inner) {
  return Value::map(
      {{"inner", inner}, {"notes", notes(40)}, {"text", Value(std::string(5000, 'x'))}});
}

TEST(TreeProperties, HoldForChangedDocuments) {
  Rng rng(5);
  const Value documents[] = {note(1), notes(120), nested(nested(notes(40))),
                             Value(random_text(rng, 9000)), Value::bytes(random_bytes(rng, 9000))};
  const std::uint64_t seed = first_seed();
  const int rounds = std::getenv("STET_DEEP") ? 20'000 : 300;
  for (const Value& document : documents) {
    const Bytes whole = input_of(document);
    ASSERT_EQ(fuzz::tree_property(whole), "");
    for (int i = 0; i < rounds; ++i) {
      Rng random(seed + i);
      Bytes input = whole;
      for (std::size_t k = below(random, 4); k < 4; ++k) {
        input[below(random, input.size())] = static_cast<std::uint8_t>(random());
      }
      ASSERT_EQ(fuzz::tree_property(input), "") << "seed " << seed + i;
    }
  }
}

TEST(TreeProperties, HoldForTheFuzzersCorpus) {
  const std::filesystem::path folder =
      std::filesystem::path(STET_SOURCE_DIR) / "tests/fuzz/corpus/tree";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    EXPECT_EQ(fuzz::tree_property(read_file(entry.path())), "") << entry.path();
    ++files;
  }
  EXPECT_GT(files, 0);
}

}  // namespace
}  // namespace stet::test
