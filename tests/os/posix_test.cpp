#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "stet/os.hpp"
#include "support/temporary_folder.hpp"
#include "system_calls.hpp"

namespace stet::os {
namespace {

using test::SystemCallFault;
using test::TemporaryFolder;

class Posix : public testing::Test {
 protected:
  std::unique_ptr<File> make(const std::string& name, BytesView bytes = {}) {
    auto file = files->open(folder / name, OpenMode::create_new);
    EXPECT_TRUE(file.ok());
    EXPECT_TRUE((*file)->write_all(0, bytes).ok());
    return *std::move(file);
  }
  Bytes content(const std::string& name) {
    auto file = files->open(folder / name, OpenMode::read);
    EXPECT_TRUE(file.ok());
    Bytes bytes((*file)->status().value().size_bytes);
    EXPECT_TRUE((*file)->read_exactly(0, bytes).ok());
    return bytes;
  }

  TemporaryFolder folder;
  std::shared_ptr<FileSystem> files = posix_file_system();
  const Bytes thousand = Bytes(1000, 7);
};

TEST_F(Posix, WritesAndReadsAtOffsets) {
  const auto file = make("a", as_bytes("hello"));
  ASSERT_TRUE(file->write_all(3, as_bytes("p, stet")).ok());
  EXPECT_EQ(as_text(content("a")), "help, stet");
  EXPECT_EQ(file->status()->size_bytes, 10u);
  ASSERT_TRUE(file->truncate(4).ok());
  ASSERT_TRUE(file->sync_data().ok());
  ASSERT_TRUE(file->sync_all().ok());
  EXPECT_EQ(as_text(content("a")), "help");
  EXPECT_EQ(file->path(), folder / "a");
}

TEST_F(Posix, ReadingPastTheEndIsCorruptAndNamesTheOffset) {
  const auto file = make("a", as_bytes("hello"));
  Bytes out(8);
  EXPECT_EQ(*file->read_up_to(2, out), 3u);
  const auto read = file->read_exactly(2, out);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), ErrorCode::corrupt);
  EXPECT_EQ(read.error().context().offset, 5u);
  EXPECT_EQ(read.error().context().path, folder / "a");
}

TEST_F(Posix, ShortWritesAndReadsAreContinued) {
  const auto file = make("a");
  {
    const SystemCallFault fault("pwrite", 0, 0, 7);
    ASSERT_TRUE(file->write_all(0, thousand).ok());
    EXPECT_EQ(fault.calls(), 143);
  }
  const SystemCallFault fault("pread", 0, 0, 13);
  EXPECT_EQ(content("a"), thousand);
  EXPECT_EQ(fault.calls(), 77);
}

TEST_F(Posix, InterruptedCallsAreRepeatedButNoSyncIs) {
  const auto file = make("a", thousand);
  for (const char* call : {"pwrite", "pread", "ftruncate", "open", "fcntl"}) {
    const SystemCallFault fault(call, EINTR, 3);
    EXPECT_TRUE(file->write_all(0, thousand).ok()) << call;
    EXPECT_EQ(content("a"), thousand) << call;
    EXPECT_TRUE(file->truncate(1000).ok()) << call;
    EXPECT_TRUE(file->lock(LockKind::exclusive, 0, 1).ok()) << call;
    EXPECT_TRUE(*file->try_lock(LockKind::exclusive, 0, 1)) << call;
    EXPECT_GE(fault.calls(), 4) << call;
  }
  const SystemCallFault fault("fdatasync", EINTR, 1);
  EXPECT_FALSE(file->sync_data().ok());
  EXPECT_EQ(fault.calls(), 1);
}

TEST_F(Posix, EveryErrorNumberHasItsCodeAndAMessageThatSaysWhatAndWhere) {
  const std::vector<std::pair<int, ErrorCode>> codes = {{EIO, ErrorCode::io},
                                                        {ENOSPC, ErrorCode::no_space},
                                                        {EDQUOT, ErrorCode::no_space},
                                                        {EACCES, ErrorCode::denied},
                                                        {EPERM, ErrorCode::denied},
                                                        {EROFS, ErrorCode::denied},
                                                        {ENOENT, ErrorCode::not_found},
                                                        {EMFILE, ErrorCode::unavailable},
                                                        {ENFILE, ErrorCode::unavailable},
                                                        {ENOMEM, ErrorCode::unavailable},
                                                        {EFBIG, ErrorCode::too_large},
                                                        {EEXIST, ErrorCode::conflict}};
  const auto file = make("a", thousand);
  Bytes out(10);
  for (const auto& [number, code] : codes) {
    for (const std::string call : {"open", "pread", "pwrite", "fdatasync", "fsync", "ftruncate"}) {
      const SystemCallFault fault(call, number, 1);
      std::vector<Result<void>> results = {file->read_exactly(0, out), file->write_all(0, out),
                                           file->sync_data(), files->sync_directory(folder.path()),
                                           file->truncate(1000)};
      int failed = 0;
      for (const auto& result : results) {
        if (result.ok()) continue;
        ++failed;
        EXPECT_EQ(result.error().code(), code) << call << number;
        EXPECT_NE(result.error().message().find(folder.path().string()), std::string::npos);
        EXPECT_NE(result.error().context().path.find(folder.path().string()), std::string::npos);
      }
      EXPECT_EQ(failed, 1) << call << " " << number;
    }
  }
}

TEST_F(Posix, OpenModesCreateOrRefuse) {
  EXPECT_EQ(files->open(folder / "a", OpenMode::read).error().code(), ErrorCode::not_found);
  EXPECT_EQ(files->open(folder / "a", OpenMode::read_write).error().code(), ErrorCode::not_found);
  EXPECT_TRUE(files->open(folder / "a", OpenMode::create_or_open).ok());
  EXPECT_TRUE(files->open(folder / "a", OpenMode::create_or_open).ok());
  EXPECT_EQ(files->open(folder / "a", OpenMode::create_new).error().code(), ErrorCode::conflict);
  EXPECT_EQ(files->status(folder / "a").value()->mode, 0600u);
  ASSERT_EQ(::symlink("nowhere", (folder / "link").c_str()), 0);
  EXPECT_FALSE(files->open(folder / "link", OpenMode::create_new).ok());
  const auto read_only = files->open(folder / "a", OpenMode::read);
  EXPECT_FALSE((*read_only)->write_all(0, thousand).ok());
}

TEST_F(Posix, FilesAreClosedInChildren) {
  const auto file = make("a");
  const int newest = ::dup(0);
  ::close(newest);
  int checked = 0;
  for (int descriptor = 3; descriptor < newest; ++descriptor) {
    struct stat status = {};
    if (::fstat(descriptor, &status) != 0 || status.st_ino != file->status()->identity.inode) {
      continue;
    }
    EXPECT_NE(::fcntl(descriptor, F_GETFD, 0) & FD_CLOEXEC, 0);
    ++checked;
  }
  EXPECT_EQ(checked, 1);
}

TEST_F(Posix, AFifoIsOpenedWithoutWaitingAndTold) {
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  for (const OpenMode how : {OpenMode::read, OpenMode::read_write, OpenMode::create_or_open}) {
    const auto fifo = files->open(folder / "fifo", how);
    ASSERT_TRUE(fifo.ok());
    EXPECT_EQ((*fifo)->status()->type, FileType::fifo);
    Bytes out(1);
    EXPECT_EQ((*fifo)->read_exactly(0, out).error().code(), ErrorCode::invalid);
  }
}

TEST_F(Posix, AFolderIsNoFile) {
  EXPECT_EQ(files->open(folder.path(), OpenMode::read_write).error().code(), ErrorCode::invalid);
  const auto file = files->open(folder.path(), OpenMode::read);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->status()->type, FileType::directory);
}

TEST_F(Posix, PathsWithNulAreRefusedEverywhere) {
  const std::string path = folder / std::string("a\0b", 3);
  make("a");
  EXPECT_EQ(files->open(path, OpenMode::create_or_open).error().code(), ErrorCode::invalid);
  EXPECT_EQ(files->status(path).error().code(), ErrorCode::invalid);
  EXPECT_EQ(files->remove(path).error().code(), ErrorCode::invalid);
  EXPECT_EQ(files->rename(path, folder / "c").error().code(), ErrorCode::invalid);
  EXPECT_EQ(files->rename(folder / "a", path).error().code(), ErrorCode::invalid);
  EXPECT_EQ(files->make_directory(path).error().code(), ErrorCode::invalid);
  EXPECT_TRUE(files->status(folder / "a").value().has_value());
}

TEST_F(Posix, NamesMoveAndGo) {
  const auto file = make("a", as_bytes("one"));
  make("b", as_bytes("two"));
  const FileIdentity identity = file->status()->identity;
  ASSERT_TRUE(files->rename(folder / "a", folder / "b").ok());
  EXPECT_EQ(files->status(folder / "b").value()->identity, identity);
  ASSERT_TRUE(files->link(folder / "b", folder / "c").ok());
  EXPECT_EQ(file->status()->links, 2u);
  EXPECT_EQ(files->link(folder / "b", folder / "c").error().code(), ErrorCode::conflict);
  ASSERT_TRUE(files->make_directory(folder / "d").ok());
  ASSERT_TRUE(files->sync_directory(folder / "d").ok());
  EXPECT_EQ(*files->list_directory(folder.path()), (std::vector<std::string>{"b", "c", "d"}));
  ASSERT_TRUE(files->remove(folder / "b").ok());
  EXPECT_EQ(files->remove(folder / "b").error().code(), ErrorCode::not_found);
  EXPECT_FALSE(files->status(folder / "b").value().has_value());
  EXPECT_FALSE(files->status(folder / "c/below").value().has_value());
}

TEST_F(Posix, StatusFollowsLinksAndLinkStatusDoesNot) {
  make("a", as_bytes("one"));
  ASSERT_EQ(::symlink("a", (folder / "link").c_str()), 0);
  EXPECT_EQ(files->status(folder / "link").value()->type, FileType::regular);
  EXPECT_EQ(files->link_status(folder / "link").value()->type, FileType::symlink);
  EXPECT_EQ(*files->real_path(folder / "link"), *files->real_path(folder / "a"));
  EXPECT_EQ(files->real_path(folder / "none").error().code(), ErrorCode::not_found);
}

TEST_F(Posix, ModeCanBeSet) {
  const auto file = make("a");
  ASSERT_TRUE(file->set_mode(0640).ok());
  EXPECT_EQ(file->status()->mode, 0640u);
  ASSERT_TRUE(file->set_owner(::getuid(), ::getgid()).ok());
  EXPECT_EQ(file->status()->user, ::getuid());
}

TEST_F(Posix, LocksExcludeTwoFilesOfOneProcessAndEndWithTheFile) {
  const auto first = make("a");
  auto second = *files->open(folder / "a", OpenMode::read_write);
  ASSERT_TRUE(*first->try_lock(LockKind::exclusive, 10, 5));
  EXPECT_FALSE(*second->try_lock(LockKind::shared, 14, 1));
  EXPECT_TRUE(*second->try_lock(LockKind::shared, 15, 1));
  ASSERT_TRUE(first->unlock(10, 5).ok());
  EXPECT_TRUE(*second->try_lock(LockKind::shared, 10, 0));
  EXPECT_TRUE(*first->try_lock(LockKind::shared, 10, 0));
  EXPECT_FALSE(*first->try_lock(LockKind::exclusive, 10, 0));
  second.reset();
  EXPECT_TRUE(*first->try_lock(LockKind::exclusive, 10, 0));
}

TEST_F(Posix, LockWaitsUntilTheOtherLetsGo) {
  const auto first = make("a");
  const auto second = *files->open(folder / "a", OpenMode::read_write);
  ASSERT_TRUE(first->lock(LockKind::exclusive, 0, 1).ok());
  std::atomic<bool> has_lock = false;
  std::thread waiter([&] {
    EXPECT_TRUE(second->lock(LockKind::exclusive, 0, 1).ok());
    has_lock = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(has_lock);
  ASSERT_TRUE(first->unlock(0, 1).ok());
  waiter.join();
  EXPECT_TRUE(has_lock);
}

TEST_F(Posix, AWaitForALockHasAnEndAndSaysWhoHoldsIt) {
  const auto first = make("a");
  const auto second = *files->open(folder / "a", OpenMode::read_write);
  ASSERT_TRUE(first->lock(LockKind::exclusive, 100, 10).ok());
  EXPECT_TRUE(second->lock(LockKind::exclusive, 0, 100, {.limit_ms = 0}).ok());
  const auto locked = second->lock(LockKind::exclusive, 105, 1, {.limit_ms = 20});
  ASSERT_FALSE(locked.ok());
  EXPECT_EQ(locked.error().code(), ErrorCode::locked);
  EXPECT_EQ(locked.error().context().path, folder / "a");
  EXPECT_NE(locked.error().message().find("another part of this process"), std::string::npos);

  int ready[2] = {}, done[2] = {};
  ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(done, O_CLOEXEC), 0);
  char byte = 'x';
  const pid_t child = ::fork();
  if (child == 0) {
    auto own = files->open(folder / "a", OpenMode::read_write);
    const bool taken = own.ok() && (*own)->try_lock(LockKind::exclusive, 1000, 1).value();
    ::close(done[1]);
    (void)!::write(ready[1], &byte, 1);
    (void)!::read(done[0], &byte, 1);
    ::_exit(taken ? 0 : 1);
  }
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const auto by_child = second->lock(LockKind::exclusive, 1000, 1, {.limit_ms = 20});
  ASSERT_FALSE(by_child.ok());
  EXPECT_NE(by_child.error().message().find("process " + std::to_string(child) + " (os_test)"),
            std::string::npos)
      << by_child.error().message();
  ::close(done[1]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(second->lock(LockKind::exclusive, 1000, 1, {.limit_ms = 0}).ok());
  for (const int end : {ready[0], ready[1], done[0]}) ::close(end);
}

TEST_F(Posix, WhoeverWaitsForALockIsToldAndMayGiveUp) {
  const auto first = make("a");
  const auto second = *files->open(folder / "a", OpenMode::read_write);
  ASSERT_TRUE(first->lock(LockKind::exclusive, 0, 1).ok());
  std::uint64_t told = 0;
  const auto stopped = second->lock(LockKind::exclusive, 0, 1,
                                    {.limit_ms = 60'000, .waiting = [&](const Progress& waited) {
                                       EXPECT_EQ(waited.total, 60'000u);
                                       return ++told < 3;
                                     }});
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code(), ErrorCode::cancelled);
  EXPECT_EQ(told, 3u);
}

TEST_F(Posix, ARenameThatReplacesNothingFailsWhereTheNameIsTaken) {
  make("a", as_bytes("a"));
  make("b", as_bytes("b"));
  const auto taken = files->rename_new(folder / "a", folder / "b");
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().code(), ErrorCode::conflict);
  EXPECT_EQ(as_text(content("b")), "b");
  ASSERT_TRUE(files->rename_new(folder / "a", folder / "c").ok());
  EXPECT_EQ(as_text(content("c")), "a");
  EXPECT_FALSE(files->status(folder / "a").value());
}

TEST_F(Posix, LocksExcludeOtherProcesses) {
  const auto file = make("a");
  ASSERT_TRUE(file->lock(LockKind::exclusive, 0, 1).ok());
  const pid_t child = ::fork();
  if (child == 0) {
    auto other = files->open(folder / "a", OpenMode::read_write);
    const bool taken = !other.ok() || (*other)->try_lock(LockKind::exclusive, 0, 1).value();
    ::_exit(taken ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(Posix, TheKindOfFileSystemIsNamed) {
  EXPECT_EQ(*files->file_system_kind("/proc"), "unknown");
  EXPECT_EQ(files->file_system_kind(folder / "none").error().code(), ErrorCode::not_found);
  if (files->status("/dev/shm").value()) {
    EXPECT_EQ(*files->file_system_kind("/dev/shm"), "tmpfs");
  }
}

TEST(ParentDirectory, IsTheFolderPart) {
  EXPECT_EQ(parent_directory("a"), ".");
  EXPECT_EQ(parent_directory(""), ".");
  EXPECT_EQ(parent_directory("a/b"), "a");
  EXPECT_EQ(parent_directory("a//b/"), "a");
  EXPECT_EQ(parent_directory("/a"), "/");
  EXPECT_EQ(parent_directory("//a"), "/");
  EXPECT_EQ(parent_directory("/"), "/");
  EXPECT_EQ(parent_directory("/a/b"), "/a");
}

}  // namespace
}  // namespace stet::os
