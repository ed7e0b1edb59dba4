// Paths that name no store, stores that may not be written, disks that are full: each a typed error
// that says what, where and what to do, and nothing is changed.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "stet/engine/file.hpp"
#include "support/backend_work.hpp"
#include "support/tampered_files.hpp"
#include "support/temporary_folder.hpp"

namespace stet::test {
namespace {

class BadStore : public testing::Test {
 protected:
  Result<std::shared_ptr<Backend>> open(const std::string& name, bool create = true,
                                        bool read_only = false) {
    FileEngineOptions options;
    options.create = create;
    options.read_only = read_only;
    return open_file(folder / name, std::move(options));
  }
  void write(const std::string& name, const std::string& content) {
    std::ofstream(folder / name, std::ios::binary) << content;
  }
  std::string content(const std::string& name) {
    std::ifstream file(folder / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void expect_refused(const std::string& name, ErrorCode code) {
    for (const bool create : {true, false}) {
      const auto opened = open(name, create);
      ASSERT_FALSE(opened.ok()) << name;
      EXPECT_EQ(opened.error().code(), code) << name << ": " << opened.error().to_string();
      EXPECT_FALSE(opened.error().context().path.empty()) << opened.error().to_string();
    }
  }
  // A store with one document, as the bytes of its file.
  void make_store(const std::string& name) {
    const auto backend = open(name);
    ASSERT_TRUE(backend.ok()) << backend.error().to_string();
    ASSERT_TRUE(save(**backend, 1).ok());
  }
  static Result<void> save(Backend& backend, std::uint8_t number) {
    const std::string name = "doc/a";
    STET_TRY(const auto now, backend.read({&name, 1}));
    const Bytes chunk(1000, number);
    const ChunkView view = {id_of(chunk), chunk};
    STET_CHECK(backend.put({&view, 1}, 0));
    const RefChange change = {name, now[0], RefValue(32, number)};
    STET_TRY(const auto outcome, backend.swap({&change, 1}));
    if (!outcome.done) return Error(ErrorCode::internal, "the swap was lost");
    return {};
  }

  // Runs `test` in a process of somebody who is not root; what it returns is the exit code.
  template <class Test>
  static int as_somebody_else(const Test& test) {
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setgid(1234) != 0 || ::setuid(1234) != 0) ::_exit(99);
      ::_exit(test());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  TemporaryFolder folder;
};

TEST_F(BadStore, AnEmptyFileIsRefusedAndStaysEmpty) {
  write("empty.stet", "");
  expect_refused("empty.stet", ErrorCode::invalid);
  EXPECT_EQ(content("empty.stet"), "");
}

TEST_F(BadStore, ForeignFilesAreRefusedAndStayAsTheyAre) {
  const std::vector<std::string> contents = {
      "x",
      "{\"notes\": [1, 2, 3]}\n",
      std::string(4096, '\0'),
      std::string("SQLite format 3\0", 16) + std::string(100'000, 's'),
      std::string("\x89PNG\r\n\x1a\n", 8) + std::string(100'000, 'p'),
  };
  for (const std::string& foreign : contents) {
    write("foreign.stet", foreign);
    expect_refused("foreign.stet", ErrorCode::invalid);
    EXPECT_EQ(content("foreign.stet"), foreign);
  }
}

TEST_F(BadStore, AFolderIsRefused) {
  ASSERT_EQ(::mkdir((folder / "folder.stet").c_str(), 0700), 0);
  expect_refused("folder.stet", ErrorCode::invalid);
}

TEST_F(BadStore, APipeIsRefusedWithoutWaiting) {
  ASSERT_EQ(::mkfifo((folder / "pipe.stet").c_str(), 0600), 0);
  expect_refused("pipe.stet", ErrorCode::invalid);
}

TEST_F(BadStore, ADeviceIsRefused) {
  ASSERT_EQ(::symlink("/dev/zero", (folder / "device.stet").c_str()), 0);
  expect_refused("device.stet", ErrorCode::invalid);
}

TEST_F(BadStore, AMissingFileOrFolderIsNotFound) {
  EXPECT_EQ(open("none.stet", false).error().code(), ErrorCode::not_found);
  EXPECT_EQ(open("none/store.stet").error().code(), ErrorCode::not_found);
}

TEST_F(BadStore, ANameWithNulIsRefused) {
  EXPECT_EQ(open(std::string("a\0b.stet", 8)).error().code(), ErrorCode::invalid);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(BadStore, ANewerFormatIsRefusedAndStaysAsItIs) {
  make_store("newer.stet");
  std::string bytes = content("newer.stet");
  bytes[8] = 2;  // the format's version, docs/format.md
  write("newer.stet", bytes);
  expect_refused("newer.stet", ErrorCode::newer_format);
  EXPECT_EQ(content("newer.stet"), bytes);
}

TEST_F(BadStore, AStoreThatIsOpenedToReadTakesNoWrite) {
  make_store("store.stet");
  const std::string before = content("store.stet");
  {
    const auto backend = open("store.stet", false, true);
    ASSERT_TRUE(backend.ok()) << backend.error().to_string();
    EXPECT_EQ(save(**backend, 2).error().code(), ErrorCode::denied);
    EXPECT_EQ((*backend)->list("", "", 10)->refs.size(), 1u);
  }
  EXPECT_EQ(content("store.stet"), before);
}

TEST_F(BadStore, AFileThatMayNotBeWrittenIsDenied) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  make_store("store.stet");
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod((folder / "store.stet").c_str(), 0644), 0);
  const std::string before = content("store.stet");
  EXPECT_EQ(as_somebody_else([&] {
              const auto backend = open("store.stet", false);
              if (!backend.ok()) return backend.error().code() == ErrorCode::denied ? 0 : 1;
              const auto saved = save(**backend, 2);
              return !saved.ok() && saved.error().code() == ErrorCode::denied ? 0 : 2;
            }),
            0);
  EXPECT_EQ(as_somebody_else([&] {
              const auto backend = open("store.stet", false, true);
              return backend.ok() && (*backend)->list("", "", 10)->refs.size() == 1 ? 0 : 1;
            }),
            0)
      << "it may be read, so a reader must be able to";
  EXPECT_EQ(content("store.stet"), before);
}

TEST_F(BadStore, AFileThatMayNotBeReadIsDenied) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  make_store("store.stet");
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  EXPECT_EQ(as_somebody_else([&] {
              const auto backend = open("store.stet");
              return !backend.ok() && backend.error().code() == ErrorCode::denied ? 0 : 1;
            }),
            0);
}

TEST_F(BadStore, AFolderThatMayNotBeWrittenIsDenied) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  EXPECT_EQ(as_somebody_else([&] {
              const auto backend = open("new.stet");
              return !backend.ok() && backend.error().code() == ErrorCode::denied ? 0 : 1;
            }),
            0);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(BadStore, AReadOnlyFileSystemIsDeniedToWritersAndOpenToReaders) {
  const auto disk = std::make_shared<SimulatedDisk>();
  {
    const auto backend = open_store(disk, true, system_random());
    ASSERT_TRUE(backend.ok() && save(**backend, 1).ok());
  }
  const std::uint64_t before = disk->log_size();
  // As the kernel does it: whatever would change the disk fails, an open to write among it.
  const auto files = tampered_files(disk, [](const Call& call) {
    switch (call.kind) {
      case Call::Kind::write:
      case Call::Kind::truncate:
      case Call::Kind::rename:
      case Call::Kind::rename_new:
      case Call::Kind::link:
      case Call::Kind::remove:
      case Call::Kind::make_directory:
      case Call::Kind::set_attributes:
        return Verdict{Verdict::Kind::fail, EROFS, 0};
      default:
        return Verdict{};
    }
  });
  const auto backend = open_store(files, false, system_random());
  if (backend.ok()) {
    EXPECT_EQ(save(**backend, 2).error().code(), ErrorCode::denied);
    EXPECT_EQ((*backend)->list("", "", 10)->refs.size(), 1u);
  } else {
    EXPECT_EQ(backend.error().code(), ErrorCode::denied);
  }
  EXPECT_EQ(disk->log_size(), before);
}

TEST_F(BadStore, AFullDiskIsNoSpaceAndLosesNothing) {
  const std::string mount = folder / "small";
  ASSERT_EQ(::mkdir(mount.c_str(), 0700), 0);
  if (::mount("none", mount.c_str(), "tmpfs", 0, "size=256k") != 0) {
    GTEST_SKIP() << "needs the right to mount a small disk; ENOSPC is injected elsewhere";
  }
  std::uint8_t number = 0;
  Result<void> saved;
  {
    const auto backend = open("small/store.stet");
    EXPECT_TRUE(backend.ok()) << backend.error().to_string();
    if (backend.ok()) {
      while (saved.ok() && number < 250) {
        saved = save(**backend, static_cast<std::uint8_t>(number + 1));
        number = static_cast<std::uint8_t>(number + (saved.ok() ? 1 : 0));
      }
    }
  }
  if (saved.ok()) {
    ADD_FAILURE() << "a disk of 256 KB held " << int{number} << " saves";
  } else {
    EXPECT_EQ(saved.error().code(), ErrorCode::no_space) << saved.error().to_string();
  }
  {
    const auto backend = open("small/store.stet", false);
    EXPECT_TRUE(backend.ok()) << backend.error().to_string();
    if (backend.ok()) {
      const std::string name = "doc/a";
      const auto value = (*backend)->read({&name, 1});
      EXPECT_TRUE(value.ok() && (*value)[0] == RefValue(32, number));
    }
  }
  EXPECT_EQ(::umount(mount.c_str()), 0);
}

TEST_F(BadStore, ANewStoreIsForItsOwnerAlone) {
  make_store("store.stet");
  struct stat status = {};
  ASSERT_EQ(::stat((folder / "store.stet").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

}  // namespace
}  // namespace stet::test
