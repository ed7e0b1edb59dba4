// torture: passes on a disk that keeps its word, finds one that doesn't, and cleans up after
// itself.
#include <pty.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <thread>

#include "command/transcript.hpp"

namespace stet::test {
namespace {

class Torture : public Transcript {
 protected:
  void fault(const std::string& which) {
    environment_["LD_PRELOAD"] = STET_FAULTY_DISK;
    environment_["STET_FAULT"] = which;
  }
  // With a scratch folder there.
  bool wait_until_it_works() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < end) {
      for (const std::string& name : files()) {
        const bool is_scratch = name.starts_with(".documents.stet.torture-");
        if (is_scratch && std::filesystem::exists(path(name) + "/store.stet")) return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }
};

TEST_F(Torture, passes_here_says_what_was_done_and_leaves_nothing) {
  stet({"set", "song", "", "{\"tempo\": 60}"});
  const std::string store = read("documents.stet");
  const Ran ran = stet({"torture", "--kills", "6", "--seed", "11"});
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_EQ(ran.err, "") << ran;
  for (const char* text :
       {"kills        6 in 2 rounds", "acknowledged", "cuts", "damage", "file system", "flush",
        "seed         11", "found        nothing", "removed", "docs/durability.md"}) {
    EXPECT_NE(ran.out.find(text), std::string::npos) << text << "\n" << ran;
  }
  EXPECT_EQ(files(), (Words{"documents.stet"}));
  EXPECT_EQ(read("documents.stet"), store);
}

TEST_F(Torture, under_json_gives_one_object_and_needs_no_store) {
  const Ran ran = stet({"torture", "--kills", "4", "--json"});
  EXPECT_EQ(ran.exit, 0) << ran;
  const Value report = ran.json();
  EXPECT_TRUE(*report.member("ok")->to_bool());
  EXPECT_FALSE(*report.member("interrupted")->to_bool());
  EXPECT_EQ(report.member("findings")->size(), 0u);
  EXPECT_EQ(number_of(report, "kills"), 4);
  for (const char* name : {"saves", "cuts", "damages", "refused", "unharmed", "flush_ns", "seed",
                           "recoveries", "elapsed_ms"}) {
    EXPECT_GT(number_of(report, name), 0) << name;
  }
  EXPECT_FALSE(text_of(report, "file_system").empty());
  EXPECT_EQ(
      number_of(report, "cuts") + number_of(report, "damages"),
      number_of(report, "refused") + number_of(report, "unharmed") + number_of(report, "older"));
  EXPECT_TRUE(files().empty());
}

TEST_F(Torture, stops_after_so_many_seconds) {
  const auto begun = std::chrono::steady_clock::now();
  const Ran ran = stet({"torture", "--seconds", "2", "--json"});
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
  EXPECT_GT(number_of(ran.json(), "kills"), 0);
  EXPECT_GT(number_of(ran.json(), "cuts"), 0);
}

TEST_F(Torture, finds_a_disk_that_lies_and_keeps_what_shows_it) {
  for (const char* which : {"drop-writes", "flip-writes", "flip-reads", "grant-locks"}) {
    fault(which);
    const Ran ran = stet({"torture", "--kills", "60", "--json"});
    EXPECT_EQ(ran.exit, 1) << which << ran;
    const Value report = ran.json();
    EXPECT_FALSE(*report.member("ok")->to_bool());
    ASSERT_GE(report.member("findings")->size(), 1u) << which << ran;
    const Value first = *report.member("findings")->item(0);
    EXPECT_EQ(keys_of(first), (Words{"file", "seed", "what", "round"}));
    EXPECT_FALSE(text_of(first, "what").empty());
    const std::filesystem::path kept = text_of(first, "file");
    EXPECT_TRUE(std::filesystem::exists(kept)) << which << ran;
    std::filesystem::remove_all(kept.parent_path());
  }
  EXPECT_TRUE(files().empty());
}

TEST_F(Torture, a_finding_is_named_with_its_seed_its_round_and_its_file) {
  fault("drop-writes");
  const Ran ran = stet({"torture", "--kills", "60", "--seed", "5"});
  EXPECT_EQ(ran.exit, 1) << ran;
  EXPECT_NE(ran.out.find("(seed 5, round "), std::string::npos) << ran;
  EXPECT_NE(ran.out.find(", kept in " + path(".documents.stet.torture-")), std::string::npos)
      << ran;
}

TEST_F(Torture, a_disk_that_is_full_is_5_and_no_finding) {
  fault("full");
  const Ran ran = stet({"torture", "--kills", "60", "--json"});
  EXPECT_EQ(ran.exit, 5) << ran;
  EXPECT_EQ(text_of(ran.error(), "code"), "no_space");
  EXPECT_EQ(ran.json().member("findings")->size(), 0u) << ran;
  EXPECT_TRUE(files().empty());
  fault("available=4096000");
  const Ran early = stet({"torture"});
  EXPECT_EQ(early.exit, 5) << early;
  EXPECT_NE(early.err.find("4.1 MB are free"), std::string::npos) << early;
  EXPECT_TRUE(files().empty());
}

TEST_F(Torture, ctrl_c_says_what_was_done_until_then_and_leaves_nothing) {
  Running command = start({"torture", "--kills", "10000"}, "output");
  ASSERT_TRUE(wait_until_it_works());
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  command.send(SIGINT);
  EXPECT_EQ(command.wait(), 128 + SIGINT);
  EXPECT_EQ(files(), (Words{"output"}));
  EXPECT_NE(read("output").find("stopped early"), std::string::npos) << read("output");
  EXPECT_NE(read("output").find("found        nothing"), std::string::npos) << read("output");
}

TEST_F(Torture, writers_end_with_a_torture_that_is_killed) {
  Running command = start({"torture", "--kills", "10000"}, "output");
  ASSERT_TRUE(wait_until_it_works());
  command.send(SIGKILL);
  command.wait();
  const Words left = files();
  ASSERT_EQ(left.size(), 2u);
  const std::string store = path(left[0]) + "/store.stet";
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto size = std::filesystem::last_write_time(store);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(std::filesystem::last_write_time(store), size);
}

TEST_F(Torture, on_a_terminal_shows_how_far_it_is_and_then_the_table_in_its_place) {
  int terminal = -1;
  const std::string folder = folder_.path();
  const pid_t process = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (process == 0) {
    if (chdir(folder.c_str()) != 0) _exit(127);
    setenv("TERM", "xterm", 1);
    execl(STET_BINARY_DIR "/stet", "stet", "torture", "--seconds", "2", nullptr);
    _exit(127);
  }
  ASSERT_GT(process, 0);
  Running command(process);
  std::string shown;
  std::array<char, 4096> some;
  for (ssize_t got; (got = ::read(terminal, some.data(), some.size())) > 0;) {
    shown.append(some.data(), static_cast<std::size_t>(got));
  }
  ::close(terminal);
  EXPECT_EQ(command.wait(), 0);
  EXPECT_NE(shown.find("] "), std::string::npos) << shown;
  EXPECT_NE(shown.find("of 2 seconds"), std::string::npos) << shown;
  EXPECT_NE(shown.find("\r\033[Kscratch "), std::string::npos) << shown;
}

TEST_F(Torture, is_wrong_use_where_there_is_no_disk) {
  for (const char* url : {"mem:", "mem:name"}) {
    const Ran ran = stet({"torture", "--store", url});
    EXPECT_EQ(ran.exit, 2) << ran;
    EXPECT_NE(ran.err.find("torture tries a disk"), std::string::npos) << ran;
  }
  EXPECT_EQ(stet({"torture", "--kills", "many"}).exit, 2);
  EXPECT_EQ(stet({"torture", "--store", "file:no/such/folder.stet"}).exit, 3);
}

TEST_F(Torture, its_writers_refuse_to_work_elsewhere_and_nobody_is_told_of_them) {
  stet({"set", "song", "", "1"});
  const std::string store = read("documents.stet");
  std::filesystem::create_directory(path(".documents.stet.torture-01234567"));
  write(".documents.stet.torture-01234567/torture", "");
  write(".documents.stet.torture-01234567/store.stet", store);
  for (const std::string& folder : {folder_.path().string(), std::string("/"), std::string("none"),
                                    path(".documents.stet.torture-01234567")}) {
    const Ran ran = stet({"torture-writer", folder, "0", "1", "1"});
    EXPECT_EQ(ran.exit, 2) << folder << ran;
    EXPECT_NE(ran.err.find("no scratch folder"), std::string::npos) << ran;
  }
  EXPECT_EQ(read("documents.stet"), store);
  EXPECT_EQ(read(".documents.stet.torture-01234567/store.stet"), store);
  EXPECT_EQ(stet({"help", "torture-writer"}).exit, 2);
  EXPECT_EQ(stet({"help"}).out.find("torture-writer"), std::string::npos);
}

}  // namespace
}  // namespace stet::test
