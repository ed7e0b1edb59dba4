#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "stet/safefile.hpp"
#include "support/temporary_folder.hpp"

namespace stet::safefile {
namespace {

class Replace : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) {
    auto file = files->open(folder / name, os::OpenMode::create_new);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->write_all(0, as_bytes(text)).ok());
  }
  std::string content(const std::string& name) {
    auto file = files->open(folder / name, os::OpenMode::read);
    if (!file.ok()) return "none";
    Bytes bytes((*file)->status().value().size_bytes);
    EXPECT_TRUE((*file)->read_exactly(0, bytes).ok());
    return std::string(as_text(bytes));
  }
  std::uint32_t mode(const std::string& name) { return files->status(folder / name).value()->mode; }
  std::vector<std::string> names() { return *files->list_directory(folder.path()); }
  Result<void> replace(const std::string& name, const ReplaceOptions& options = {}) {
    return replace_file(*files, folder / name, as_bytes("new"), options);
  }

  test::TemporaryFolder folder;
  std::shared_ptr<os::FileSystem> files = os::posix_file_system();
};

using Names = std::vector<std::string>;

TEST_F(Replace, MakesAFileThatIsForItsOwnerAlone) {
  ASSERT_TRUE(replace("a").ok());
  EXPECT_EQ(content("a"), "new");
  EXPECT_EQ(mode("a"), 0600u);
  EXPECT_EQ(names(), Names{"a"});
}

TEST_F(Replace, MakesAFileWithTheModeThatIsAskedFor) {
  ASSERT_TRUE(replace("a", {.mode = 0644}).ok());
  EXPECT_EQ(mode("a"), 0644u);
}

TEST_F(Replace, KeepsPermissionsOfWhatItReplacesButNoSetUserId) {
  write("a", "old content");
  ASSERT_EQ(::chmod((folder / "a").c_str(), 04754), 0);
  ASSERT_TRUE(replace("a").ok());
  EXPECT_EQ(content("a"), "new");
  EXPECT_EQ(mode("a"), 0754u);
  EXPECT_EQ(names(), Names{"a"});
}

TEST_F(Replace, KeepsTheOwner) {
  if (::getuid() != 0) GTEST_SKIP() << "only root may give files away";
  write("a", "old");
  ASSERT_EQ(::chown((folder / "a").c_str(), 1234, 2345), 0);
  ASSERT_EQ(::chmod((folder / "a").c_str(), 0664), 0);
  ASSERT_TRUE(replace("a").ok());
  const auto status = files->status(folder / "a").value();
  EXPECT_EQ(status->user, 1234u);
  EXPECT_EQ(status->group, 2345u);
  EXPECT_EQ(status->mode, 0664u);
}

TEST_F(Replace, KeepsALinkAndReplacesWhatItPointsTo) {
  ASSERT_EQ(::mkdir((folder / "d").c_str(), 0700), 0);
  write("d/a", "old");
  ASSERT_EQ(::symlink("d/a", (folder / "link").c_str()), 0);
  ASSERT_TRUE(replace("link").ok());
  EXPECT_EQ(files->link_status(folder / "link").value()->type, os::FileType::symlink);
  EXPECT_EQ(content("d/a"), "new");
  EXPECT_EQ(*files->list_directory(folder / "d"), Names{"a"});
}

TEST_F(Replace, LeavesOtherHardLinksTheOldContent) {
  write("a", "old");
  ASSERT_TRUE(files->link(folder / "a", folder / "b").ok());
  ASSERT_TRUE(replace("a").ok());
  EXPECT_EQ(content("a"), "new");
  EXPECT_EQ(content("b"), "old");
}

TEST_F(Replace, RefusesWhatIsNoRegularFile) {
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  ASSERT_EQ(::mkdir((folder / "d").c_str(), 0700), 0);
  ASSERT_EQ(::symlink("nowhere", (folder / "link").c_str()), 0);
  EXPECT_EQ(replace("fifo").error().code(), ErrorCode::invalid);
  EXPECT_EQ(replace("d").error().code(), ErrorCode::invalid);
  EXPECT_EQ(replace("d/").error().code(), ErrorCode::invalid);
  EXPECT_EQ(replace("link").error().code(), ErrorCode::not_found);
  EXPECT_EQ(replace("none/a").error().code(), ErrorCode::not_found);
  EXPECT_EQ(replace_file(*files, "/dev/null", BytesView()).error().code(), ErrorCode::invalid);
  EXPECT_EQ(replace_file(*files, "", BytesView()).error().code(), ErrorCode::invalid);
  EXPECT_EQ(names(), (Names{"d", "fifo", "link"}));
}

TEST_F(Replace, AFailingWriterLeavesTheOldFileAndNoTemporary) {
  write("a", "old");
  const auto result = replace_file(*files, folder / "a", [](Output& output) -> Result<void> {
    STET_CHECK(output.append(as_bytes("half")));
    EXPECT_EQ(output.size_bytes(), 4u);
    return Error(ErrorCode::cancelled, "enough");
  });
  EXPECT_EQ(result.error().code(), ErrorCode::cancelled);
  EXPECT_EQ(content("a"), "old");
  EXPECT_EQ(names(), Names{"a"});
}

TEST_F(Replace, ANameThatIsTakenIsDrawnAgain) {
  class Repeating final : public Random {
   public:
    void fill(MutableBytes out) override {
      for (auto& byte : out) byte = static_cast<std::uint8_t>(calls_ / 2);
      ++calls_;
    }

   private:
    int calls_ = 0;
  };
  write(".stet-0000000000000000.tmp", "someone else's");
  ASSERT_TRUE(replace("a", {.random = std::make_shared<Repeating>()}).ok());
  EXPECT_EQ(names(), (Names{".stet-0000000000000000.tmp", "a"}));
}

TEST_F(Replace, AFileThatMayNotBeWrittenIsNotReplaced) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  write("a", "old");
  ASSERT_EQ(::chmod((folder / "a").c_str(), 0444), 0);
  ASSERT_EQ(::chown((folder / "a").c_str(), 1234, 1234), 0);
  ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgid(1234) != 0 || ::setuid(1234) != 0) ::_exit(2);
    const auto result = replace("a");
    ::_exit(!result.ok() && result.error().code() == ErrorCode::denied ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(content("a"), "old");
}

}  // namespace
}  // namespace stet::safefile
