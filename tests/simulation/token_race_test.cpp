// Four processes of four threads append tokens to one list by compare-and-swap, while compactions
// run and a process is killed: each acknowledged token is there exactly once, and what a reader has
// seen is the beginning of what it sees later.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "stet/engine.hpp"
#include "support/temporary_folder.hpp"

namespace stet::test {
namespace {

constexpr std::size_t kProcesses = 4, kThreads = 4;
const std::string kList = "doc/list";

// One token: who appended it, and which of theirs it is.
struct Token {
  std::uint32_t process = 0, thread = 0, number = 0;
  auto operator<=>(const Token&) const = default;
};

// What processes share, so that it outlives one that is killed.
struct Shared {
  std::atomic<bool> stop = false;
  std::array<std::array<std::atomic<std::uint32_t>, kThreads>, kProcesses> acknowledged{};
  std::atomic<std::uint32_t> reads = 0;
  std::atomic<std::uint32_t> sweeps = 0;
};

// A link of the list is the id of the one before it (zeros: none) and a token.
struct Link {
  Id before;
  Token token;
};

Bytes bytes_of(const Link& link) {
  Bytes bytes(link.before.bytes.begin(), link.before.bytes.end());
  for (const std::uint32_t number : {link.token.process, link.token.thread, link.token.number}) {
    for (int shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<std::uint8_t>(number >> shift));
    }
  }
  return bytes;
}

Id id_in(BytesView bytes) {
  Id id;
  std::copy_n(bytes.begin(), kIdBytes, id.bytes.begin());
  return id;
}

Result<Link> link_at(Backend& backend, const Id& id) {
  STET_TRY(const auto found, backend.get({&id, 1}));
  if (!found[0] || id_of(*found[0]) != id) return Error(ErrorCode::corrupt, "a link is lost");
  const auto number = [&](std::size_t at) {
    std::uint32_t sum = 0;
    for (std::size_t i = 4; i-- > 0;) sum = sum << 8 | (*found[0])[kIdBytes + at + i];
    return sum;
  };
  return Link{id_in(*found[0]), {number(0), number(4), number(8)}};
}

// Calls `each` from the newest link on until it returns false.
template <class Each>
Result<void> walk(Backend& backend, const std::optional<RefValue>& head, const Each& each) {
  for (Id at = head ? id_in(*head) : Id{}; at != Id{};) {
    STET_TRY(const Link link, link_at(backend, at));
    if (!each(at, link)) return {};
    at = link.before;
  }
  return {};
}

struct Seen {
  std::optional<RefValue> head, epoch;
};

Result<Seen> look(Backend& backend) {
  const std::vector<std::string> names = {kList, std::string(kEpochRef)};
  STET_TRY(const auto values, backend.read(names));
  return Seen{values[0], values[1]};
}

Result<void> append(Backend& backend, const Token& token) {
  while (true) {
    STET_TRY(const Seen seen, look(backend));
    const Bytes bytes = bytes_of({seen.head ? id_in(*seen.head) : Id{}, token});
    const ChunkView chunk = {id_of(bytes), bytes};
    STET_TRY(const Epoch epoch, decode_epoch(seen.epoch));
    STET_CHECK(backend.put({&chunk, 1}, epoch));
    const std::vector<RefChange> changes = {
        {kList, seen.head, RefValue(chunk.id.bytes.begin(), chunk.id.bytes.end())},
        {std::string(kEpochRef), seen.epoch, std::nullopt, true}};
    STET_TRY(const auto swapped, backend.swap(changes));
    if (swapped.done) return {};
  }
}

class Links final : public LiveSet {
 public:
  bool contains(const Id& id) const override { return ids.contains(id); }
  std::uint64_t size() const override { return ids.size(); }
  std::set<Id> ids;
};

// What another sweep, or a link that it dropped, has overtaken isn't wrong.
Result<void> sweep(Backend& backend) {
  STET_TRY(const Seen seen, look(backend));
  STET_TRY(const Epoch before, decode_epoch(seen.epoch));
  const RefChange bump = {std::string(kEpochRef), seen.epoch, encode_epoch(before + 1)};
  STET_TRY(const auto bumped, backend.swap({&bump, 1}));
  if (!bumped.done) return {};
  STET_TRY(const Seen now, look(backend));
  Links live;
  STET_CHECK(walk(backend, now.head, [&](const Id& id, const Link&) {
    live.ids.insert(id);
    return true;
  }));
  const auto swept = backend.sweep(live, before + 1, {});
  if (!swept.ok() && swept.error().code() != ErrorCode::conflict) return swept.error();
  return {};
}

// The head that was seen before is on the way from the one of now.
Result<void> read_again(Backend& backend, std::optional<RefValue>& last) {
  STET_TRY(const Seen seen, look(backend));
  bool found = !last;
  if (last) {
    STET_CHECK(walk(backend, seen.head, [&](const Id& id, const Link&) {
      found = id == id_in(*last);
      return !found;
    }));
  }
  if (!found) return Error(ErrorCode::internal, "what was seen before is not in the list any more");
  last = seen.head;
  return {};
}

Result<void> run_thread(Backend& backend, std::uint32_t process, std::uint32_t thread,
                        Shared& shared) {
  std::optional<RefValue> last;
  for (std::uint32_t number = 0; !shared.stop; ++number) {
    STET_CHECK(append(backend, {process, thread, number}));
    shared.acknowledged[process][thread] = number + 1;
    if (number % 4 == thread) {
      STET_CHECK(read_again(backend, last));
      ++shared.reads;
    }
    if (process == 1 && thread == 0 && number % 16 == 15) {
      STET_CHECK(sweep(backend));
      ++shared.sweeps;
    }
  }
  return {};
}

// The last thread has a handle of its own.
int run_process(const std::string& path, std::uint32_t process, Shared& shared) {
  std::array<std::shared_ptr<Backend>, 2> handles;
  for (auto& handle : handles) {
    auto opened = open_file(path);
    if (!opened.ok()) {
      std::cerr << opened.error().to_string() << std::endl;
      return 2;
    }
    handle = *opened;
  }
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      const auto done =
          run_thread(*handles[thread + 1 == kThreads ? 1 : 0], process, thread, shared);
      if (done.ok()) return;
      std::cerr << "process " << process << ": " << done.error().to_string() << std::endl;
      failed = 3;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return failed;
}

struct Race {
  std::uint64_t tokens = 0, reads = 0, sweeps = 0;
};

// Everything that was acknowledged once, and of each thread of the killed process at most the one
// that it was about to hear of.
void check_list(Backend& backend, const Shared& shared, std::size_t killed, Race& race) {
  std::map<Token, int> counts;
  const auto seen = look(backend);
  ASSERT_TRUE(seen.ok()) << seen.error().to_string();
  const auto walked = walk(backend, seen->head, [&](const Id&, const Link& link) {
    ++counts[link.token];
    return true;
  });
  ASSERT_TRUE(walked.ok()) << walked.error().to_string();
  std::uint64_t known = 0;
  for (std::uint32_t process = 0; process < kProcesses; ++process) {
    for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
      const std::uint32_t count = shared.acknowledged[process][thread];
      for (std::uint32_t number = 0; number < count; ++number) {
        ASSERT_EQ((counts[{process, thread, number}]), 1)
            << "token " << number << " of thread " << thread << " of process " << process;
      }
      const bool more = counts.contains({process, thread, count});
      ASSERT_TRUE(!more || process == killed) << "a token that nobody was told of";
      ASSERT_TRUE(!more || (counts[{process, thread, count}]) == 1);
      known += count + (more ? 1 : 0);
      race.tokens += count;
    }
  }
  ASSERT_EQ(counts.size(), known) << "tokens that were never begun";
}

void race(const std::string& where, std::uint64_t seed, Race& race) {
  SCOPED_TRACE("seed " + std::to_string(seed) + " in " + where);
  std::mt19937_64 random(seed);
  const TemporaryFolder folder(where);
  const std::string path = folder / "store.stet";
  void* const memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  Shared& shared = *new (memory) Shared;
  std::array<pid_t, kProcesses> children{};
  for (std::uint32_t process = 0; process < kProcesses; ++process) {
    children[process] = ::fork();
    if (children[process] == 0) ::_exit(run_process(path, process, shared));
  }
  const std::size_t killed = random() % kProcesses;
  std::this_thread::sleep_for(std::chrono::milliseconds(200 + random() % 1500));
  ::kill(children[killed], SIGKILL);
  std::this_thread::sleep_for(std::chrono::milliseconds(300 + random() % 700));
  shared.stop = true;
  for (std::size_t process = 0; process < kProcesses; ++process) {
    int status = 0;
    ::waitpid(children[process], &status, 0);
    EXPECT_TRUE(process == killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
        << "process " << process << " failed on its own";
  }
  const auto backend = open_file(path);
  ASSERT_TRUE(backend.ok()) << backend.error().to_string();
  check_list(**backend, shared, killed, race);
  race.reads += shared.reads;
  race.sweeps += shared.sweeps;
  ::munmap(memory, sizeof(Shared));
}

TEST(TokenRace, EachAcknowledgedTokenIsThereOnceAndReadsArePrefixes) {
  using std::chrono::steady_clock;
  const auto end =
      steady_clock::now() + std::chrono::seconds(std::getenv("STET_DEEP") != nullptr ? 600 : 60);
  const std::string memory = "/dev/shm";
  const std::string disk = std::filesystem::temp_directory_path();
  const bool has_memory = ::access(memory.c_str(), W_OK) == 0;
  Race all;
  std::uint64_t rounds = 0;
  for (; steady_clock::now() < end && !HasFailure(); ++rounds) {
    race(has_memory && rounds % 2 == 0 ? memory : disk, rounds + 1, all);
  }
  std::cout << rounds << " rounds of " << kProcesses << " processes, one killed in each; "
            << all.tokens << " tokens acknowledged, " << all.reads << " reads, " << all.sweeps
            << " compactions\n";
  EXPECT_GE(all.tokens, rounds * 100);
  EXPECT_GE(all.sweeps, 5u);
}

}  // namespace
}  // namespace stet::test
