// Damage to an index loses nothing: all of it is in the log besides (docs/format.md).
#include "engine/file/header.hpp"
#include "engine/file_rig.hpp"

namespace stet::test {
namespace {

constexpr std::size_t kLarge = 2'500'000;  // so many bytes that an index of two blocks follows

class Everything final : public LiveSet {
  bool contains(const Id&) const override { return true; }
  std::uint64_t size() const override { return 0; }
};

class DamagedIndex : public testing::Test {
 protected:
  void SetUp() override {
    const auto backend = rig_.open();
    for (const char* name : {"doc/a", "doc/b", "doc/c"}) {
      ASSERT_TRUE(FileRig::save(*backend, name, chunk_of(name, kLarge))->done);
    }
    ASSERT_TRUE(FileRig::save(*backend, "doc/d", chunk_of("doc/d"))->done);
    const auto file = rig_.disk->open(kStorePath, os::OpenMode::read);
    slots_ = file::read_header(**file, rig_.file_size())->slots;
    ASSERT_EQ(slots_.size(), 2u);
    ASSERT_GT(slots_[0].manifest_offset, slots_[1].manifest_offset);
    ASSERT_GT(slots_[1].manifest_offset, 0u);
  }

  // All is there, saves and sweeps go on, and in the end nothing is left of the damage.
  static void expect_all_of(FileRig& rig, bool read_only, const Bytes& last = chunk_of("doc/d")) {
    auto options = options_on(rig.disk);
    options.read_only = read_only;
    const auto opened = open_file(kStorePath, options);
    ASSERT_TRUE(opened.ok()) << opened.error().to_string();
    Backend& backend = **opened;
    const auto page = backend.list("doc/", "", 9);
    ASSERT_TRUE(page.ok()) << page.error().to_string();
    EXPECT_EQ(page->refs.size(), 4u);
    for (const char* name : {"doc/a", "doc/b", "doc/c"}) {
      EXPECT_TRUE(FileRig::load(backend, name) == chunk_of(name, kLarge)) << name;
    }
    EXPECT_EQ(FileRig::load(backend, "doc/d"), last);
    if (read_only) return;
    const auto saved = FileRig::save(backend, "doc/d", chunk_of("new"));
    ASSERT_TRUE(saved.ok()) << saved.error().to_string();
    EXPECT_EQ(FileRig::load(*rig.open(), "doc/d"), chunk_of("new"));
  }

  // Flips a bit at `offset` in a copy of the disk and looks at it in both ways.
  void expect_harmless(std::uint64_t offset) const {
    SCOPED_TRACE("byte at " + std::to_string(offset));
    for (const bool read_only : {true, false}) {
      FileRig rig(rig_.disk->cached());
      rig.flip(offset);
      const auto opened = rig.open();
      ASSERT_TRUE(opened);
      EXPECT_FALSE(opened->check({})->empty());
      expect_all_of(rig, read_only);
    }
  }

  FileRig rig_;
  std::vector<file::Slot> slots_;  // the newest first
};

TEST_F(DamagedIndex, OfTheNewestSlotIsReplacedByTheOlderOneOrTheLog) {
  const file::Slot& newest = slots_[0];
  for (const std::uint64_t offset :
       {newest.manifest_offset - 8206, newest.manifest_offset - 8000, newest.manifest_offset - 5000,
        newest.manifest_offset - 4000, newest.manifest_offset - 8, newest.manifest_offset - 4,
        newest.manifest_offset, newest.manifest_offset + 5,
        newest.manifest_offset + newest.manifest_length, newest.after.end - 60,
        newest.after.end - 1}) {
    expect_harmless(offset);
  }
}

TEST_F(DamagedIndex, OfAnOlderSlotIsPassedOverWhereTheLogIsRead) {
  for (const std::uint64_t newest : {std::uint64_t{0}, slots_[0].manifest_offset + 5}) {
    for (const std::uint64_t offset :
         {slots_[1].manifest_offset - 5000, slots_[1].manifest_offset + 5}) {
      FileRig rig(rig_.disk->cached());
      if (newest != 0) rig.flip(newest);
      rig.flip(offset);
      expect_all_of(rig, false);
    }
  }
}

TEST_F(DamagedIndex, IsSaidAndMendedByTheNextIndexAndGoneAfterACompaction) {
  rig_.flip(slots_[0].manifest_offset - 5000);
  const auto backend = rig_.open();
  EXPECT_TRUE(FileRig::load(*backend, "doc/c") == chunk_of("doc/c", kLarge));
  EXPECT_FALSE(backend->info().notes.empty());
  ASSERT_TRUE(FileRig::save(*backend, "doc/d", chunk_of("new"))->done);
  const auto mended = rig_.open();
  EXPECT_TRUE(FileRig::load(*mended, "doc/c") == chunk_of("doc/c", kLarge));
  EXPECT_TRUE(mended->info().notes.empty()) << mended->info().notes[0];
  EXPECT_EQ(mended->check({})->size(), 1u) << "its bytes are there still";
  const auto swept = mended->sweep(Everything(), 0, {});
  ASSERT_TRUE(swept.ok()) << swept.error().to_string();
  EXPECT_TRUE(mended->check({})->empty());
  expect_all_of(rig_, true, chunk_of("new"));
}

// Nothing but an index is ever passed over.
TEST_F(DamagedIndex, IsNoReasonToPassOverDamagedSaves) {
  FileRig rig(rig_.disk->cached());
  rig.flip(slots_[0].manifest_offset - 5000);
  rig.flip(file::kHeaderBytes + 1000);
  const auto backend = rig.open();
  ASSERT_TRUE(backend);
  const std::string name = "doc/c";
  const auto read = backend->read({&name, 1});
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), ErrorCode::corrupt);
}

}  // namespace
}  // namespace stet::test
