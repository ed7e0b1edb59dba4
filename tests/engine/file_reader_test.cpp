// What readers are shown while others write, and when a sync of their own fails.
#include "engine/file_rig.hpp"
#include "support/tampered_files.hpp"

namespace stet::test {
namespace {

std::shared_ptr<Backend> open_to_read(std::shared_ptr<os::FileSystem> files) {
  auto options = options_on(std::move(files));
  options.read_only = true;
  auto opened = open_file(kStorePath, std::move(options));
  EXPECT_TRUE(opened.ok()) << opened.error().to_string();
  return opened.ok() ? *opened : nullptr;
}

// So many bytes that an index follows, which the newest slot then names.
void save_with_an_index(Backend& backend, const std::string& name) {
  ASSERT_TRUE(FileRig::save(backend, name, chunk_of(name, 2'500'000))->done);
}

TEST(Reader, OpensWhileAnotherMakesTheFileLongerAndAddsAnIndex) {
  FileRig rig;
  const auto writer = rig.open();
  ASSERT_TRUE(FileRig::save(*writer, "doc/a", chunk_of("one"))->done);
  enum class Phase { before, measured, written };
  Phase phase = Phase::before;
  const auto files = tampered_files(rig.disk, [&](const Call& call) -> Verdict {
    if (phase == Phase::before && call.kind == Call::Kind::file_status) phase = Phase::measured;
    if (phase == Phase::measured && call.kind == Call::Kind::read) {
      phase = Phase::written;
      save_with_an_index(*writer, "doc/b");
    }
    return {};
  });
  const auto reader = open_to_read(files);
  ASSERT_EQ(phase, Phase::written);
  ASSERT_TRUE(reader);
  EXPECT_EQ(FileRig::load(*reader, "doc/a"), chunk_of("one"));
  EXPECT_TRUE(FileRig::load(*reader, "doc/b").has_value());
}

// A sync that fails once may succeed the next time without the data.
TEST(Reader, WhoseSyncFailedShowsASaveOnlyWhenOthersHaveMadeItDurable) {
  FileRig rig;
  auto writer = rig.open();
  ASSERT_TRUE(FileRig::save(*writer, "doc/a", chunk_of("one"))->done);
  const auto reader = open_to_read(rig.disk);
  ASSERT_EQ(FileRig::load(*reader, "doc/a"), chunk_of("one"));
  rig.disk->fail_sync(1, SyncFailure::data_kept);
  ASSERT_FALSE(FileRig::save(*writer, "doc/a", chunk_of("two")).ok());
  rig.disk->fail_sync(1, SyncFailure::data_lost);
  const std::string name = "doc/a";
  EXPECT_FALSE(reader->read({&name, 1}).ok());
  EXPECT_EQ(FileRig::load(*reader, "doc/a"), chunk_of("one"));
  FileRig after(durable_now(rig));
  EXPECT_EQ(FileRig::load(*after.open(), "doc/a"), chunk_of("one"));

  ASSERT_TRUE(FileRig::save(*writer, "doc/b", chunk_of("b"))->done);
  const auto shown = FileRig::load(*reader, "doc/a");
  EXPECT_EQ(shown, chunk_of("two")) << "a later commit proves it";
  FileRig later(durable_now(rig));
  EXPECT_EQ(FileRig::load(*later.open(), "doc/a"), shown);
  writer.reset();
  EXPECT_EQ(FileRig::load(*reader, "doc/b"), chunk_of("b")) << "the slot says so";
}

TEST(Reader, IsToldThatASlotIsDamaged) {
  for (const std::uint64_t slot : {4096u, 8192u}) {
    SCOPED_TRACE(slot);
    FileRig rig;
    ASSERT_TRUE(FileRig::save(*rig.open(), "doc/a", chunk_of("one"))->done);
    ASSERT_TRUE(FileRig::save(*rig.open(), "doc/a", chunk_of("two"))->done);
    {
      const auto whole = open_to_read(rig.disk);
      EXPECT_TRUE(whole->info().notes.empty());
      EXPECT_TRUE(whole->check({})->empty());
    }
    rig.flip(slot + 40);
    const auto reader = open_to_read(rig.disk);
    EXPECT_EQ(FileRig::load(*reader, "doc/a"), chunk_of("two"));
    EXPECT_EQ(reader->info().notes.size(), 1u);
    EXPECT_EQ(reader->check({})->size(), 1u);
    // The next slot is written over the damaged one.
    ASSERT_TRUE(FileRig::save(*rig.open(), "doc/a", chunk_of("three"))->done);
    EXPECT_TRUE(rig.open()->check({})->empty());
  }
}

TEST(Reader, IsToldOfNoDamageInAStoreThatWasJustMade) {
  FileRig rig;
  EXPECT_TRUE(rig.open()->check({})->empty());
  EXPECT_TRUE(rig.open()->info().notes.empty());
}

}  // namespace
}  // namespace stet::test
