// doctor: each thing that weakens the promise is said, and nothing else is.
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>

#include "command/transcript.hpp"
#include "stet/os.hpp"
#include "stet/store.hpp"

namespace stet::test {
namespace {

constexpr std::uint64_t kWriterLock = std::uint64_t{1} << 62;  // docs/format.md

class Doctor : public Transcript {
 protected:
  void fault(const std::string& which) {
    environment_["LD_PRELOAD"] = STET_FAULTY_DISK;
    environment_["STET_FAULT"] = which;
  }
  void make_store() { stet({"set", "song", "", "{\"tempo\": 60}"}); }
  Words warnings(const Words& options = {}) {
    Words words = {"doctor", "--json"};
    words.insert(words.end(), options.begin(), options.end());
    const Ran ran = stet(words);
    Words all;
    const Value report = ran.json();
    for (const auto& warning : report.member("warnings")->items()) {
      const std::string text(*warning.to_text());
      // True wherever the tests' folder lies in memory.
      if (!text.starts_with("a flush is faster")) all.push_back(text);
    }
    return all;
  }
  bool warns(const std::string& of, const Words& options = {}) {
    const Words all = warnings(options);
    const bool found = std::ranges::any_of(
        all, [&](const std::string& one) { return one.find(of) != std::string::npos; });
    std::string said;
    for (const std::string& one : all) said += one + "\n";
    EXPECT_TRUE(found) << "no warning of '" << of << "', but\n" << said;
    return found;
  }
  // So large that its chunks are in an index, and not read when the store is opened.
  void save_large(unsigned seed = 0) {
    std::mt19937 random(seed);
    std::string bytes(6'000'000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    write("large", bytes);
    stet({"save", "large", "large"});
  }
  void make_old(const std::string& name) {
    const auto now = std::filesystem::file_time_type::clock::now();
    std::filesystem::last_write_time(path(name), now - std::chrono::minutes(5));
  }
};

TEST_F(Doctor, has_nothing_to_say_of_a_store_in_a_good_place) {
  fault("statfs=ef53");  // wherever the tests run
  EXPECT_EQ(warnings(), Words{});
  make_store();
  EXPECT_EQ(warnings(), Words{});
  const Value report = stet({"doctor", "--json"}).json();
  EXPECT_EQ(text_of(report, "file_system"), "ext4");
  EXPECT_GT(number_of(report, "free_bytes"), 0);
  EXPECT_TRUE(*report.member("checked")->to_bool());
  EXPECT_FALSE(text_of(report, "mount_point").empty());
}

TEST_F(Doctor, names_kinds_of_file_systems_that_promise_less) {
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"1021994", "tmpfs is memory"},    {"6969", "nfs is not under"},
      {"65735546", "fuse is not under"}, {"ff534d42", "cifs is not under"},
      {"794c7630", "overlay usually"},   {"4d44", "vfat has no journal"},
      {"c36400", "ceph is not under"},   {"abcdef", "kind of file system is not known"}};
  for (const auto& [magic, warning] : kinds) {
    fault("statfs=" + magic);
    EXPECT_TRUE(warns(warning));
  }
  make_store();
  fault("statfs=6969");
  EXPECT_EQ(warnings().size(), 1u) << "said once, by the engine";
  fault("statfs=1021994");
  EXPECT_TRUE(warns("does not survive a loss of power"));
}

TEST_F(Doctor, names_mount_options_that_weaken_flushes_or_locks) {
  const std::vector<std::pair<std::string, std::string>> mounts = {
      {"rw,relatime - ext4 /dev/sda1 rw,nobarrier", "flushes don't reach the device"},
      {"rw - f2fs /dev/sda1 rw,fsync_mode=nobarrier", "flushes don't reach the device"},
      {"rw - overlay none rw,lowerdir=/a,volatile", "nothing is ever flushed"},
      {"rw - nfs4 server:/x rw,vers=4.2,local_lock=all", "aren't seen by other machines"},
      {"rw - cifs //server/x rw,nostrictsync", "isn't passed on to the server"},
      {"ro,relatime - ext4 /dev/sda1 rw", "it is read-only"},
  };
  const std::string folder = std::filesystem::canonical(folder_.path());
  for (const auto& [options, warning] : mounts) {
    write("mounts", "22 1 8:1 / / rw - ext4 /dev/sdb rw,nobarrier\n23 22 8:2 / " + folder + " " +
                        options + "\n");
    fault("mounts=" + path("mounts"));
    EXPECT_TRUE(warns("mounted with '"));
    EXPECT_TRUE(warns(warning));
  }
  // What doesn't weaken it, and what is mounted elsewhere, is not mentioned.
  write("mounts",
        "22 1 8:1 / / rw - ext4 /dev/sdb rw,nobarrier\n"
        "23 22 8:2 / " +
            folder +
            " rw,noatime - ext4 /dev/sda1 rw,data=writeback\n"
            "24 22 8:3 / " +
            folder + "-2 rw - ext4 /dev/sdc rw,nobarrier\n");
  fault("mounts=" + path("mounts"));
  for (const std::string& warning : warnings()) {
    EXPECT_EQ(warning.find("mounted"), std::string::npos) << warning;
  }
}

TEST_F(Doctor, says_when_little_is_free) {
  fault("available=20480000");
  EXPECT_TRUE(warns("only 20.5 MB are free"));
}

TEST_F(Doctor, says_who_may_change_what_is_there) {
  make_store();
  ::chmod(path("documents.stet").c_str(), 0644);
  EXPECT_TRUE(warns("may read the store (mode 0644): chmod o-r"));
  ::chmod(path("documents.stet").c_str(), 0666);
  EXPECT_TRUE(warns("may write to the store (mode 0666)"));
  ::chmod(path("documents.stet").c_str(), 0660);
  ::chmod(folder_.path().c_str(), 0777);
  EXPECT_TRUE(warns("may replace what lies in"));
  ::chmod(folder_.path().c_str(), 01777);
  for (const std::string& warning : warnings()) {
    EXPECT_EQ(warning.find("every user"), std::string::npos) << warning;
  }
}

TEST_F(Doctor, says_when_no_file_can_be_made_there) {
  const Ran ran = stet({"doctor", "--store", "file:/sys/documents.stet"});
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_NE(ran.out.find("no file can be made beside the store"), std::string::npos) << ran;
}

TEST_F(Doctor, says_that_a_file_with_two_names_comes_apart) {
  make_store();
  std::filesystem::create_hard_link(path("documents.stet"), path("other.stet"));
  EXPECT_TRUE(warns("has 2 names"));
}

TEST_F(Doctor, names_what_crashes_have_left_beside_the_store) {
  make_store();
  for (const std::string name : {"documents.stet.torn-7", "documents.stet.torn-7-1",
                                 "documents.stet.compact", ".stet-scratch-0123456789abcdef.tmp"}) {
    write(name, "left");
    make_old(name);
  }
  write(".documents.stet.torture-0123abcd/torture", "");
  write(".stet-scratch-1123456789abcdef.tmp", "in use");
  write("other.stet.torn-1", "another store's");
  EXPECT_TRUE(warns("documents.stet.torn-7, documents.stet.torn-7-1: what saves left"));
  EXPECT_TRUE(warns("documents.stet.compact: left by a process"));
  EXPECT_TRUE(warns(".stet-scratch-0123456789abcdef.tmp: left by a bench"));
  EXPECT_TRUE(warns(".documents.stet.torture-0123abcd: left by a torture"));
  EXPECT_EQ(warnings().size(), 4u);
}

TEST_F(Doctor, says_who_holds_the_store_up) {
  make_store();
  const auto store =
      os::posix_file_system()->open(path("documents.stet"), os::OpenMode::read_write);
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE(*(*store)->try_lock(os::LockKind::exclusive, kWriterLock, 1));
  EXPECT_TRUE(warns("process " + std::to_string(getpid()) +
                    " (command_test) has been writing to the store for a second"));
  ASSERT_TRUE((*store)->unlock(kWriterLock, 1).ok());
  EXPECT_EQ(stet({"set", "song", "/tempo", "61"}).exit, 0);
}

TEST_F(Doctor, suggests_a_compaction_where_most_of_the_store_is_needed_by_nothing) {
  for (unsigned version = 0; version < 4; ++version) save_large(version);
  EXPECT_EQ(warnings(), Words{});  // every version is needed
  Store::open("file:" + path("documents.stet")).value().prune("large", {.keep_last = 1}).value();
  EXPECT_TRUE(warns("'stet compact' gives the rest back"));
  stet({"compact"});
  for (const std::string& warning : warnings()) {
    EXPECT_EQ(warning.find("compact"), std::string::npos) << warning;
  }
}

TEST_F(Doctor, says_what_the_engine_found) {
  make_store();
  std::string torn = read("documents.stet");
  const std::size_t end = torn.find_last_not_of('\0') + 1;
  torn.replace(end, 100, std::string(100, 'x'));
  write("documents.stet", torn);
  EXPECT_TRUE(warns("no whole save"));
}

TEST_F(Doctor, says_that_something_is_damaged) {
  save_large();
  std::string store = read("documents.stet");
  store[store.size() / 2] = static_cast<char>(store[store.size() / 2] ^ 4);
  write("documents.stet", store);
  EXPECT_TRUE(warns("found: 'stet verify' says what it touches"));
  EXPECT_EQ(stet({"verify"}).exit, 1);
}

TEST_F(Doctor, tells_of_the_disk_also_where_the_store_cannot_be_opened) {
  write("documents.stet", "no store at all");
  const Ran ran = stet({"doctor"});
  EXPECT_EQ(ran.exit, 5) << ran;
  EXPECT_NE(ran.out.find("can't be opened"), std::string::npos) << ran;
  EXPECT_NE(ran.out.find("file system"), std::string::npos) << ran;
  EXPECT_EQ(ran.out.find("nothing weakens"), std::string::npos) << ran;
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran;
}

}  // namespace
}  // namespace stet::test
