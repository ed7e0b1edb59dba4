// Several processes on one store, and processes that are killed.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "command/transcript.hpp"
#include "stet/os.hpp"

namespace stet::test {
namespace {

bool deep() { return std::getenv("STET_DEEP") != nullptr; }

class Processes : public Transcript {
 protected:
  // A shell that appends `first` … `last` to a list, a save each, and writes down what was
  // acknowledged.
  Running start_appending(int first, int last, const std::string& acknowledged) {
    const std::string program = STET_BINARY_DIR "/stet";
    const std::string script = "for n in $(seq " + std::to_string(first) + " " +
                               std::to_string(last) + "); do " + program +
                               " set numbers /- $n --quiet && echo $n >>" + acknowledged + "; done";
    return start_shell(script);
  }

  Running start_shell(const std::string& script) {
    const pid_t process = fork();
    if (process == 0) {
      setpgid(0, 0);
      if (chdir(folder_.path().c_str()) != 0) _exit(127);
      execl("/bin/bash", "bash", "-c", script.c_str(), nullptr);
      _exit(127);
    }
    setpgid(process, process);
    return Running(process, true);
  }

  std::set<int> numbers_of(std::istream& stream) {
    std::set<int> numbers;
    for (int number = 0; stream >> number;) numbers.insert(number);
    return numbers;
  }
  std::set<int> acknowledged(const std::string& name) {
    std::ifstream file(path(name));
    return numbers_of(file);
  }
  std::vector<int> stored() {
    std::vector<int> numbers;
    const Value list = stet({"load", "numbers"}).json();
    for (const auto& item : list.items()) numbers.push_back(static_cast<int>(*item.to_int64()));
    return numbers;
  }
};

TEST_F(Processes, two_that_append_at_once_lose_nothing) {
  stet({"set", "numbers", "", "[]"});
  const int count = deep() ? 500 : 40;
  {
    Running left = start_appending(1000, 999 + count, "left");
    Running right = start_appending(5000, 4999 + count, "right");
    EXPECT_EQ(left.wait(), 0);
    EXPECT_EQ(right.wait(), 0);
  }
  std::vector<int> numbers = stored();
  EXPECT_EQ(numbers.size(), static_cast<std::size_t>(2 * count));
  EXPECT_EQ(std::set<int>(numbers.begin(), numbers.end()).size(), numbers.size());
  EXPECT_EQ(acknowledged("left").size() + acknowledged("right").size(), numbers.size());
  EXPECT_EQ(stet({"log", "numbers", "--json"}).json_lines().size(), numbers.size() + 1);
}

TEST_F(Processes, a_reader_sees_whole_versions_while_a_writer_writes) {
  stet({"set", "numbers", "", "[]"});
  Running writer = start_appending(0, deep() ? 400 : 40, "written");
  std::size_t seen = 0;
  for (int round = 0; round < 20; ++round) {
    const std::vector<int> numbers = stored();
    EXPECT_GE(numbers.size(), seen);
    for (std::size_t at = 0; at < numbers.size(); ++at)
      EXPECT_EQ(numbers[at], static_cast<int>(at));
    seen = numbers.size();
  }
  EXPECT_EQ(writer.wait(), 0);
  EXPECT_EQ(stet({"verify"}).exit, 0);
}

TEST_F(Processes, writers_go_on_while_the_store_is_compacted) {
  stet({"set", "numbers", "", "[]"});
  Running writer = start_appending(0, deep() ? 400 : 40, "written");
  for (int round = 0; round < 5; ++round) EXPECT_EQ(stet({"compact"}).exit, 0);
  EXPECT_EQ(writer.wait(), 0);
  EXPECT_EQ(stored().size(), acknowledged("written").size());
  EXPECT_EQ(stet({"verify"}).exit, 0);
}

TEST_F(Processes, killed_at_any_moment_nothing_acknowledged_is_lost) {
  stet({"set", "numbers", "", "[]"});
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < (deep() ? 200 : 12); ++round) {
    Running writer = start_appending(round * 10'000, round * 10'000 + 9'999, "written");
    std::this_thread::sleep_for(std::chrono::microseconds(20'000 + random() % 80'000));
    writer.send(SIGKILL);
    writer.wait();
  }
  const std::vector<int> numbers = stored();
  const std::set<int> all(numbers.begin(), numbers.end());
  EXPECT_EQ(all.size(), numbers.size());
  const std::set<int> promised = acknowledged("written");
  EXPECT_GT(promised.size(), 0u);
  EXPECT_TRUE(std::includes(all.begin(), all.end(), promised.begin(), promised.end()));
  EXPECT_EQ(stet({"verify"}).exit, 0);
}

TEST_F(Processes, ctrl_c_while_a_file_is_replaced_leaves_no_temporary) {
  std::string large = "[0";
  for (int item = 1; item < 300'000; ++item) large += "," + std::to_string(item);
  write("large.json", large + "]");
  stet({"save", "large", "large.json"});
  write("output", "");
  const Words before = files();
  std::size_t caught = 0;  // with a temporary in the folder
  for (int round = 0; round < 5; ++round) {
    for (const Words& words : {Words{"load", "large", "-o", "large.json"}, Words{"compact"}}) {
      Running command = start(words, "output");
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
      while (files() == before && std::chrono::steady_clock::now() < end) {
      }
      if (files() != before) ++caught;
      command.send(SIGINT);
      command.wait();
      EXPECT_EQ(files(), before) << words.front();
    }
  }
  EXPECT_GT(caught, 0u);
  EXPECT_EQ(stet({"verify"}).exit, 0);
}

TEST_F(Processes, ctrl_c_ends_a_wait_for_another_process) {
  stet({"set", "numbers", "", "[]"});
  const auto store =
      os::posix_file_system()->open(path("documents.stet"), os::OpenMode::read_write);
  ASSERT_TRUE(store.ok());
  constexpr std::uint64_t kWriterLock = std::uint64_t{1} << 62;  // docs/format.md
  for (const std::uint64_t lock : {kWriterLock, kWriterLock + 2}) {
    ASSERT_TRUE(*(*store)->try_lock(os::LockKind::exclusive, lock, 1));
    write("input.json", "[1]");
    for (const Words& words : {Words{"compact"}, Words{"save", "numbers", "input.json"}}) {
      if (lock != kWriterLock && words.front() == "save") continue;  // which doesn't wait for it
      Running command = start(words, "output");
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      const auto begun = std::chrono::steady_clock::now();
      command.send(SIGINT);
      EXPECT_EQ(command.wait(), 128 + SIGINT) << words.front();
      EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
    }
    ASSERT_TRUE((*store)->unlock(lock, 1).ok());
  }
  EXPECT_EQ(stet({"verify"}).exit, 0);
}

TEST_F(Processes, a_reader_that_goes_away_ends_the_command_quietly) {
  std::string large = "[0";
  for (int item = 1; item < 100'000; ++item) large += "," + std::to_string(item);
  write("large.json", large + "]");
  Running shell = start_shell(
      STET_BINARY_DIR
      "/stet convert large.json 2>complaints | head -n 1 >first; exit ${PIPESTATUS[1]}");
  EXPECT_EQ(shell.wait(), 0);
  EXPECT_EQ(read("first"), "[\n");
  EXPECT_EQ(read("complaints"), "");
}

TEST_F(Processes, results_that_cannot_be_written_are_5) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "SKIPPED: no /dev/full here";
  write("a.json", "[1]");
  Running shell = start_shell(STET_BINARY_DIR "/stet convert a.json >/dev/full 2>complaints");
  EXPECT_EQ(shell.wait(), 5);
  EXPECT_NE(read("complaints").find("standard output"), std::string::npos);
}

}  // namespace
}  // namespace stet::test
