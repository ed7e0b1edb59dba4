// Making a store beside others that make it, and what a crash leaves while one is made.
#include <cerrno>

#include "engine/file_rig.hpp"
#include "support/tampered_files.hpp"

namespace stet::test {
namespace {

constexpr std::uint64_t kWriterLock = std::uint64_t{1} << 62;  // docs/format.md
const std::string kLeft = kStorePath + ".new-0123456789abcdef";

Verdict failing(int number) { return {Verdict::Kind::fail, number, 0}; }

void write_file(os::FileSystem& files, const std::string& path, BytesView bytes) {
  const auto file = files.open(path, os::OpenMode::create_new);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->write_all(0, bytes).ok());
}

// The first bytes of a store.
Bytes half_made() {
  FileRig rig;
  rig.open();
  return rig.read_bytes(0, 5000);
}

TEST(MakingAStore, WithoutHardLinksItIsRenamed) {
  FileRig rig;
  const auto files = tampered_files(rig.disk, [](const Call& call) {
    return call.kind == Call::Kind::link ? failing(EPERM) : Verdict{};
  });
  const auto made = open_file(kStorePath, options_on(files));
  ASSERT_TRUE(made.ok()) << made.error().to_string();
  EXPECT_EQ(rig.names(), std::vector<std::string>{"store.stet"});
  ASSERT_TRUE(FileRig::save(**made, "doc/a", chunk_of("one"))->done);
  FileRig after(durable_now(rig));
  EXPECT_EQ(FileRig::load(*after.open(), "doc/a"), chunk_of("one"));
}

TEST(MakingAStore, OneThatAnotherMadeInTheSameMomentIsNeverReplaced) {
  for (const int number : {0, EPERM}) {  // with hard links, and without
    FileRig rig;
    std::shared_ptr<Backend> other;
    const auto files = tampered_files(rig.disk, [&](const Call& call) {
      const bool names = call.kind == Call::Kind::rename || call.kind == Call::Kind::rename_new ||
                         (call.kind == Call::Kind::link && number == 0);
      if (names && call.path == kStorePath && !other) {
        other = rig.open();
        EXPECT_TRUE(FileRig::save(*other, "doc/a", chunk_of("theirs"))->done);
      }
      return call.kind == Call::Kind::link && number != 0 ? failing(number) : Verdict{};
    });
    const auto made = open_file(kStorePath, options_on(files));
    ASSERT_TRUE(made.ok()) << made.error().to_string();
    ASSERT_TRUE(other);
    EXPECT_EQ(FileRig::load(**made, "doc/a"), chunk_of("theirs"));
    EXPECT_EQ(rig.names(), std::vector<std::string>{"store.stet"});
  }
}

TEST(MakingAStore, WhereNothingIsSafeItIsRefusedAndNothingIsLeft) {
  FileRig rig;
  const auto files = tampered_files(rig.disk, [](const Call& call) {
    if (call.kind == Call::Kind::link) return failing(EPERM);
    return call.kind == Call::Kind::rename_new ? failing(EINVAL) : Verdict{};
  });
  const auto refused = open_file(kStorePath, options_on(files));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid);
  EXPECT_NE(refused.error().message().find("hard links"), std::string::npos);
  EXPECT_TRUE(rig.names().empty());
}

TEST(MakingAStore, WhoeverMakesItHoldsItsLockUntilItsNameIsDurable) {
  FileRig rig;
  int looked = 0;
  const auto files = tampered_files(rig.disk, [&](const Call& call) {
    const bool is_there = (*rig.disk->status(kStorePath)).has_value();
    if (!is_there || call.kind == Call::Kind::unlock) return Verdict{};
    if (call.kind != Call::Kind::sync_directory && call.kind != Call::Kind::write) return Verdict{};
    const auto file = rig.disk->open(kStorePath, os::OpenMode::read_write);
    EXPECT_FALSE(*(*file)->try_lock(os::LockKind::exclusive, kWriterLock, 1));
    ++looked;
    return Verdict{};
  });
  ASSERT_TRUE(open_file(kStorePath, options_on(files)).ok());
  EXPECT_GE(looked, 2) << "a sync of the folder, and a slot";
}

TEST(MakingAStore, WhatACrashLeftIsClearedByTheNextWhoMakesIt) {
  for (const Bytes& content : {Bytes{}, half_made()}) {
    FileRig rig;
    write_file(*rig.disk, kLeft, content);
    rig.open();
    EXPECT_EQ(rig.names(), std::vector<std::string>{"store.stet"});
  }
}

TEST(MakingAStore, WhatIsBeingMadeOrIsNotOursStays) {
  FileRig rig;
  write_file(*rig.disk, kLeft, half_made());
  const auto held = *rig.disk->open(kLeft, os::OpenMode::read_write);
  ASSERT_TRUE(*held->try_lock(os::LockKind::exclusive, kWriterLock, 1));
  const std::vector<std::string> others = {
      "/other.stet.new-0123456789abcdef", kStorePath + ".new-0123456789abcde",
      kStorePath + ".new-0123456789ABCDEF", kStorePath + ".new-0123456789abcdef0"};
  for (const std::string& path : others) write_file(*rig.disk, path, half_made());
  write_file(*rig.disk, kStorePath + ".new-00000000000000ff", as_bytes("a letter"));
  const auto backend = rig.open();
  EXPECT_EQ(rig.names().size(), 1 + 1 + others.size() + 1);
  ASSERT_TRUE(held->unlock(kWriterLock, 1).ok());
  class Everything final : public LiveSet {
    bool contains(const Id&) const override { return true; }
    std::uint64_t size() const override { return 0; }
  };
  ASSERT_TRUE(backend->sweep(Everything(), 0, {}).ok());
  EXPECT_EQ(rig.names().size(), 1 + others.size() + 1) << "a compaction clears it too";
}

TEST(MakingAStore, AnEndBetweenTheTwoNamesLeavesOneInTheEnd) {
  FileRig rig;
  rig.open();
  const auto files = tampered_files(rig.disk, [&, dead = false](const Call& call) mutable {
    // The process ends after it gave the store its name.
    dead = dead || call.kind == Call::Kind::remove;
    return dead ? failing(EIO) : Verdict{};
  });
  ASSERT_TRUE(rig.disk->remove(kStorePath).ok());
  EXPECT_FALSE(open_file(kStorePath, options_on(files)).ok());
  ASSERT_EQ(rig.names().size(), 2u);
  const auto backend = rig.open();
  ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("one"))->done);
  EXPECT_EQ(rig.names(), std::vector<std::string>{"store.stet"});
  EXPECT_EQ(FileRig::load(*backend, "doc/a"), chunk_of("one"));
}

}  // namespace
}  // namespace stet::test
