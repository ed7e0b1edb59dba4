#include <sys/stat.h>

#include <fstream>

#include "engine/file_rig.hpp"
#include "support/temporary_folder.hpp"

namespace stet::test {
namespace {

ErrorCode code_of(const std::string& path, FileEngineOptions options = {}) {
  const auto opened = open_file(path, std::move(options));
  EXPECT_FALSE(opened.ok()) << path;
  if (opened.ok()) return ErrorCode::internal;
  EXPECT_FALSE(opened.error().message().empty());
  EXPECT_EQ(opened.error().context().path, path);
  return opened.error().code();
}

TEST(OpenFile, RefusesWhatIsNoStoreAndLeavesItAsItWas) {
  const TemporaryFolder folder;
  EXPECT_EQ(code_of(folder.path().string()), ErrorCode::invalid) << "a folder";
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(code_of(folder / "pipe"), ErrorCode::invalid);
  std::ofstream(folder / "empty").flush();
  EXPECT_EQ(code_of(folder / "empty"), ErrorCode::invalid);
  EXPECT_EQ(std::filesystem::file_size(folder / "empty"), 0u);
  for (const std::size_t size : {1u, 7u, 8u, 4096u, 50'000u}) {
    std::ofstream(folder / "foreign") << std::string(size, 'f');
    EXPECT_EQ(code_of(folder / "foreign"), ErrorCode::invalid) << size;
    EXPECT_EQ(std::filesystem::file_size(folder / "foreign"), size);
  }
}

TEST(OpenFile, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  FileEngineOptions only_existing;
  only_existing.create = false;
  EXPECT_EQ(code_of(folder / "none.stet", only_existing), ErrorCode::not_found);
  FileEngineOptions reading;
  reading.read_only = true;
  EXPECT_EQ(code_of(folder / "none.stet", reading), ErrorCode::not_found);
  EXPECT_FALSE(std::filesystem::exists(folder / "none.stet"));
  EXPECT_FALSE(open_file(folder / "no folder/store.stet").ok());
  EXPECT_EQ(open_file("").error().code(), ErrorCode::invalid);
}

TEST(OpenFile, MakesAStoreThatOnlyItsOwnerMayRead) {
  const TemporaryFolder folder;
  ASSERT_TRUE(open_file(folder / "store.stet").ok());
  struct stat status = {};
  ASSERT_EQ(::stat((folder / "store.stet").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1)
      << "nothing is left beside it";
}

TEST(OpenFile, TellsANewerFormatFromADamagedHeader) {
  FileRig rig;
  rig.open();
  const Bytes header = rig.read_bytes(0, 64);
  rig.write_bytes(8, {2, 0, 0, 0});
  EXPECT_EQ(rig.try_open().error().code(), ErrorCode::newer_format);
  rig.write_bytes(8, {1, 0, 0, 0});
  for (const std::uint64_t offset : {12u, 16u, 31u, 32u, 47u}) {
    rig.flip(offset);
    EXPECT_EQ(rig.try_open().error().code(), ErrorCode::corrupt) << offset;
    rig.flip(offset);
  }
  EXPECT_EQ(rig.read_bytes(0, 64), header);
  EXPECT_TRUE(rig.try_open().ok());
}

TEST(OpenFile, AFileCutInsideItsHeaderIsDamagedNotForeign) {
  for (const std::uint64_t size : {8u, 100u, 4096u, 12287u}) {
    FileRig rig;
    rig.open();
    rig.truncate(size);
    const auto opened = rig.try_open();
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), ErrorCode::corrupt) << size;
    EXPECT_EQ(opened.error().context().offset, size);
  }
}

TEST(OpenFile, ReadOnlyReadsAndNeverWrites) {
  FileRig rig;
  ASSERT_TRUE(FileRig::save(*rig.open(), "doc/a", chunk_of("one"))->done);
  const std::uint64_t written = rig.disk->counters().bytes_written;
  auto options = options_on(rig.disk);
  options.read_only = true;
  const auto reader = open_file(kStorePath, options);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(FileRig::load(**reader, "doc/a"), chunk_of("one"));
  EXPECT_EQ(FileRig::save(**reader, "doc/a", chunk_of("two")).error().code(), ErrorCode::denied);
  EXPECT_EQ((*reader)->swap({}).error().code(), ErrorCode::denied);
  EXPECT_EQ(rig.disk->counters().bytes_written, written);
  const auto writer = rig.open();
  ASSERT_TRUE(FileRig::save(*writer, "doc/a", chunk_of("two"))->done);
  EXPECT_EQ(FileRig::load(**reader, "doc/a"), chunk_of("two")) << "sees what others save";
}

TEST(OpenFile, AStoreThatIsRemovedWhileItIsOpenIsAnErrorNotANewStore) {
  FileRig rig;
  const auto backend = rig.open();
  ASSERT_TRUE(rig.disk->remove(kStorePath).ok());
  EXPECT_EQ(FileRig::save(*backend, "doc/a", chunk_of("one")).error().code(), ErrorCode::not_found);
  EXPECT_TRUE(rig.names().empty());
}

TEST(OpenFile, ManyThatMakeTheSameStoreAtOnceShareIt) {
  const TemporaryFolder folder;
  std::vector<std::shared_ptr<Backend>> backends;
  for (int i = 0; i < 3; ++i) backends.push_back(*open_file(folder / "store.stet"));
  ASSERT_TRUE(FileRig::save(*backends[0], "doc/a", chunk_of("one"))->done);
  for (const auto& backend : backends) EXPECT_EQ(FileRig::load(*backend, "doc/a"), chunk_of("one"));
}

}  // namespace
}  // namespace stet::test
