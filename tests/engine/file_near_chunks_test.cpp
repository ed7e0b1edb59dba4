// What is read along with a chunk, and what of it is believed.
#include <thread>
#include <vector>

#include "engine/file_rig.hpp"
#include "stet/layer/packing.hpp"

namespace stet::test {
namespace {

Bytes record_of(const std::string& content) {
  Bytes record = {0};  // plain
  record.insert(record.end(), content.begin(), content.end());
  return record;
}

Id id_of_content(const std::string& content) {
  return id_of(Bytes(content.begin(), content.end()));
}

// A chunk's frame: its length, its kind, the id, a mark, the record.
std::string frame_of(const Id& id, const Bytes& record) {
  const auto length = static_cast<std::uint32_t>(kIdBytes + 8 + record.size());
  std::string frame;
  for (int shift = 0; shift < 32; shift += 8) frame += static_cast<char>(length >> shift);
  frame += std::string("\1\0\0\0", 4);
  frame.append(id.bytes.begin(), id.bytes.end());
  frame += std::string(8, '\0');
  frame.append(record.begin(), record.end());
  return frame;
}

class NearChunks : public ::testing::Test {
 protected:
  std::shared_ptr<Backend> open() {
    FileEngineOptions options = options_on(rig_.disk);
    options.packer = record_packer();
    return open_file(kStorePath, options).value();
  }
  static void put(Backend& backend, const std::string& content) {
    const Bytes record = record_of(content);
    const ChunkView view{id_of_content(content), record};
    ASSERT_TRUE(backend.put({&view, 1}, 0).ok());
  }
  static std::optional<Bytes> get(Backend& backend, const std::string& content) {
    return backend.get_on_path(id_of_content(content)).value();
  }
  FileRig rig_;
};

TEST_F(NearChunks, AreReadAlong) {
  {
    const auto backend = open();
    for (const std::string name : {"one", "two", "three"}) put(*backend, name);
    ASSERT_TRUE(backend->swap({})->done);
  }
  const auto backend = open();
  EXPECT_EQ(get(*backend, "three"), record_of("three"));
  const std::uint64_t reads = rig_.disk->counters().reads;
  EXPECT_EQ(get(*backend, "two"), record_of("two"));
  EXPECT_EQ(get(*backend, "one"), record_of("one"));
  EXPECT_EQ(rig_.disk->counters().reads, reads);
}

TEST_F(NearChunks, AreNoneThatOnlyLookSo) {
  const std::string forged = frame_of(id_of_content("true"), record_of("false"));
  {
    const auto backend = open();
    for (const std::string& content :
         {"front " + forged, std::string("true"), std::string("last")}) {
      put(*backend, content);
    }
    ASSERT_TRUE(backend->swap({})->done);
  }
  const auto backend = open();
  EXPECT_EQ(get(*backend, "last"), record_of("last"));
  EXPECT_EQ(get(*backend, "true"), record_of("true"));
}

TEST_F(NearChunks, AreSharedByThreads) {
  const auto name_of = [](int number) { return "chunk " + std::to_string(number); };
  {
    const auto backend = open();
    for (int i = 0; i < 200; ++i) put(*backend, name_of(i) + std::string(200, '.'));
    ASSERT_TRUE(backend->swap({})->done);
  }
  const auto backend = open();
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 199; i >= 0; i -= thread + 1) {
        const std::string content = name_of(i) + std::string(200, '.');
        EXPECT_EQ(get(*backend, content), record_of(content));
      }
    });
  }
}

}  // namespace
}  // namespace stet::test
