// Real processes: a child saves and says so through a pipe, and is killed. Whatever it said is
// there.
//
// A kill leaves what was written, synced or not, so most of it is done in memory, where many more
// kills fit into a second; some are on a disk.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>

#include "stet/engine/file.hpp"
#include "support/backend_work.hpp"
#include "support/tampered_files.hpp"
#include "support/temporary_folder.hpp"

namespace stet::test {
namespace {

// What a child tells, and what a document's root chunk holds behind the ids of its leaves.
struct Told {
  std::uint32_t child = 0;
  std::uint32_t count = 0;  // of the document's saves, or of the increments this child has made
  bool operator==(const Told&) const = default;
};

Result<std::shared_ptr<Backend>> open_real(const std::string& path,
                                           std::shared_ptr<os::FileSystem> files) {
  FileEngineOptions options;
  options.files = std::move(files);
  options.write_ahead.part_bytes = 20'000;  // so that large saves are written ahead
  return open_file(path, std::move(options));
}

std::string document_of(std::uint32_t child) { return "doc/" + std::to_string(child); }
constexpr const char* kCounter = "counter";

Result<std::optional<RefValue>> read_one(Backend& backend, const std::string& name) {
  STET_TRY(auto values, backend.read({&name, 1}));
  return std::move(values[0]);
}

std::uint32_t number_from(BytesView bytes) {
  return std::uint32_t{bytes[0]} | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16;
}
Bytes bytes_of(std::uint32_t number) {
  return {static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(number >> 8),
          static_cast<std::uint8_t>(number >> 16)};
}

// The root chunk is the ids of the leaves and a number of three bytes.
std::vector<Id> leaves_of(const Bytes& root) {
  std::vector<Id> ids(root.size() / kIdBytes);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::copy_n(&root[i * kIdBytes], kIdBytes, ids[i].bytes.begin());
  }
  return ids;
}

// The number that a document was last saved with; 0 where there is none. Verifies its chunks.
Result<std::uint32_t> saved_number(Backend& backend, std::uint32_t child) {
  STET_TRY(const auto ref, read_one(backend, document_of(child)));
  if (!ref) return 0u;
  Id id;
  std::ranges::copy(*ref, id.bytes.begin());
  STET_TRY(const auto root, backend.get({&id, 1}));
  if (!root[0] || id_of(*root[0]) != id) return Error(ErrorCode::corrupt, "a root is lost");
  const std::vector<Id> ids = leaves_of(*root[0]);
  STET_TRY(const auto leaves, backend.get(ids));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!leaves[i] || id_of(*leaves[i]) != ids[i]) {
      return Error(ErrorCode::corrupt, "a leaf is lost");
    }
  }
  return number_from(BytesView(*root[0]).subspan(ids.size() * kIdBytes));
}

// Every few saves are large.
std::vector<Bytes> leaves_for(std::uint32_t child, std::uint32_t number) {
  const bool is_large = number % 5 == 3;
  std::vector<Bytes> leaves;
  for (std::uint8_t i = 0; i < (is_large ? 12 : 1); ++i) {
    leaves.emplace_back(is_large ? 9000 : 300 + number % 900, static_cast<std::uint8_t>(number));
    leaves.back()[0] = static_cast<std::uint8_t>(child);
    leaves.back()[1] = i;
  }
  return leaves;
}

// Saves the child's document with `number` and adds one to the counter of all, in one swap.
Result<void> save_and_count(Backend& backend, std::uint32_t child, std::uint32_t number) {
  const std::vector<Bytes> leaves = leaves_for(child, number);
  std::vector<ChunkView> chunks;
  Bytes root;
  for (const Bytes& leaf : leaves) {
    chunks.push_back({id_of(leaf), leaf});
    root.insert(root.end(), chunks.back().id.bytes.begin(), chunks.back().id.bytes.end());
  }
  const Bytes tail = bytes_of(number);
  root.insert(root.end(), tail.begin(), tail.end());
  const Id root_id = id_of(root);
  const RefValue next(root_id.bytes.begin(), root_id.bytes.end());
  chunks.push_back({root_id, root});
  const std::vector<std::string> names = {document_of(child), kCounter, std::string(kEpochRef)};
  while (true) {
    STET_TRY(const auto now, backend.read(names));
    STET_TRY(const Epoch epoch, decode_epoch(now[2]));
    STET_CHECK(backend.put(chunks, epoch));
    const std::uint32_t count = now[1] ? number_from(*now[1]) : 0;
    const std::vector<RefChange> changes = {{names[0], now[0], next},
                                            {names[1], now[1], bytes_of(count + 1)},
                                            {names[2], now[2], std::nullopt, true}};
    STET_TRY(const auto outcome, backend.swap(changes));
    if (outcome.done) return {};
  }
}

// Drops nothing that a document reaches, as a store's compaction does.
Result<void> compact(Backend& backend, std::uint32_t children) {
  class Live final : public LiveSet {
   public:
    bool contains(const Id& id) const override { return ids.contains(id); }
    std::uint64_t size() const override { return ids.size(); }
    std::map<Id, bool> ids;
  };
  STET_TRY(const auto before, read_one(backend, std::string(kEpochRef)));
  STET_TRY(const Epoch last, decode_epoch(before));
  const Epoch epoch = last + 1;
  const RefChange bump = {std::string(kEpochRef), before, encode_epoch(epoch)};
  STET_TRY(const auto bumped, backend.swap({&bump, 1}));
  if (!bumped.done) return {};
  Live live;
  for (std::uint32_t child = 0; child < children; ++child) {
    STET_TRY(const auto ref, read_one(backend, document_of(child)));
    if (!ref) continue;
    Id id;
    std::ranges::copy(*ref, id.bytes.begin());
    live.ids[id] = true;
    STET_TRY(const auto root, backend.get({&id, 1}));
    if (!root[0]) return Error(ErrorCode::corrupt, "a root is lost before compaction");
    for (const Id& leaf : leaves_of(*root[0])) live.ids[leaf] = true;
  }
  const auto swept = backend.sweep(live, epoch, {});
  if (!swept.ok() && swept.error().code() != ErrorCode::conflict) return swept.error();
  return {};
}

struct ChildPlan {
  std::string path;
  std::uint32_t child = 0;
  std::uint32_t children = 1;
  std::uint32_t saves_max = 1'000'000;
  std::uint32_t compact_every = 0;  // 0: never
  std::uint64_t die_at_call = 0;    // 0: only when it is killed
};

int run_child(const ChildPlan& plan, int pipe) {
  auto files = os::posix_file_system();
  std::uint64_t calls = 0;
  if (plan.die_at_call > 0) {
    files = tampered_files(files, [&](const Call&) {
      if (++calls == plan.die_at_call) ::kill(::getpid(), SIGKILL);
      return Verdict{};
    });
  }
  const auto backend = open_real(plan.path, files);
  if (!backend.ok()) return 2;
  const auto before = saved_number(**backend, plan.child);
  if (!before.ok()) return 3;
  for (std::uint32_t i = 1; i <= plan.saves_max; ++i) {
    if (const auto saved = save_and_count(**backend, plan.child, *before + i); !saved.ok()) {
      std::cerr << saved.error().to_string() << std::endl;
      return 4;
    }
    const Told told = {plan.child, *before + i};
    if (::write(pipe, &told, sizeof told) != sizeof told) return 5;
    if (plan.compact_every > 0 && i % plan.compact_every == 0 &&
        !compact(**backend, plan.children).ok()) {
      return 6;
    }
  }
  return 0;
}

class Child {
 public:
  explicit Child(const ChildPlan& plan) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    ::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);  // nobody reads all before the child has ended
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[0]);
      ::_exit(run_child(plan, ends[1]));
    }
    ::close(ends[1]);
    read_end_ = ends[0];
  }
  ~Child() { ::close(read_end_); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void kill() const { ::kill(pid_, SIGKILL); }
  int wait() const {  // the exit code, or -1 after a signal
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  // Reads until the child has told so many saves, or has ended.
  void wait_for(std::size_t saves) {
    Told one;
    while (told_.size() < saves && ::read(read_end_, &one, sizeof one) == sizeof one) {
      told_.push_back(one);
    }
  }
  // All that an ended child has told.
  const std::vector<Told>& told() {
    wait_for(static_cast<std::size_t>(-1));
    return told_;
  }

 private:
  pid_t pid_ = -1;
  int read_end_ = -1;
  std::vector<Told> told_;
};

const bool deep = std::getenv("STET_DEEP") != nullptr;

// Memory where the system has such a folder, else where other files are.
std::string fast_place() {
  const std::string memory = "/dev/shm";
  const bool is_there = ::access(memory.c_str(), W_OK) == 0;
  return is_there ? memory : std::filesystem::temp_directory_path().string();
}

class Killed : public testing::Test {
 protected:
  explicit Killed(const std::string& where = fast_place()) : folder(where) {}

  Result<std::uint32_t> number(std::uint32_t child) {
    STET_TRY(const auto backend, open_real(path, os::posix_file_system()));
    return saved_number(*backend, child);
  }
  std::uint32_t counter() {
    const auto backend = open_real(path, os::posix_file_system());
    EXPECT_TRUE(backend.ok()) << backend.error().to_string();
    const auto value = read_one(**backend, kCounter);
    EXPECT_TRUE(value.ok()) << value.error().to_string();
    return *value ? number_from(**value) : 0;
  }

  // What `child` has told is there, and at most the save that it was in.
  void expect_kept(std::uint32_t child, const std::vector<Told>& told, bool was_killed) {
    std::uint32_t& last = newest[child];
    if (!told.empty()) last = told.back().count;
    saves += told.size();
    const auto found = number(child);
    ASSERT_TRUE(found.ok()) << found.error().to_string();
    ASSERT_GE(*found, last) << "of child " << child;
    ASSERT_LE(*found, last + (was_killed ? 1 : 0)) << "of child " << child;
    last = *found;
    remove_torn_ends();
  }

  // Each is kept for a person to look at; thousands would only be in the way of the next name.
  void remove_torn_ends() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      if (entry.path().string().find(".torn-") != std::string::npos) {
        std::filesystem::remove(entry.path());
      }
    }
  }

  void kill_at_random(std::uint64_t kills) {
    for (std::uint64_t i = 0; i < kills && !HasFailure(); ++i) {
      SCOPED_TRACE("kill " + std::to_string(i));
      Child child({.path = path, .compact_every = 13});
      child.wait_for(random() % 8);
      ::usleep(static_cast<useconds_t>(random() % 1500));
      child.kill();
      ASSERT_EQ(child.wait(), -1) << "the child failed on its own";
      expect_kept(0, child.told(), true);
    }
    EXPECT_EQ(counter(), newest[0]);
    std::cout << kills << " kills, " << saves << " acknowledged saves\n";
    EXPECT_GE(saves, kills);
  }

  TemporaryFolder folder;
  const std::string path = folder / "store.stet";
  std::mt19937_64 random{20261120};
  std::map<std::uint32_t, std::uint32_t> newest;  // of each child
  std::uint64_t saves = 0;                        // acknowledged
};

class KilledOnDisk : public Killed {
 protected:
  KilledOnDisk() : Killed(std::filesystem::temp_directory_path()) {}
};

TEST_F(Killed, AtRandomTimesEveryAcknowledgedSaveIsThere) { kill_at_random(deep ? 70'000 : 2000); }

TEST_F(KilledOnDisk, AtRandomTimesEveryAcknowledgedSaveIsThere) {
  kill_at_random(deep ? 2000 : 100);
}

// Each child begins with the same store, of which each round's holds more.
TEST_F(Killed, AtEveryCallOfAnOpenASaveAndACompactionNothingIsLost) {
  const std::uint64_t kills_min = deep ? 10'000 : 500;
  const std::string begun = folder / "begun.stet";
  std::uint64_t kills = 0;
  while (kills < kills_min && !HasFailure()) {
    Child first({.path = begun, .saves_max = 3});
    ASSERT_EQ(first.wait(), 0);
    const std::uint32_t count = first.told().back().count;
    std::uint64_t nth = 1;
    for (int ended = -1; ended == -1 && !HasFailure(); ++nth) {
      SCOPED_TRACE("killed at call " + std::to_string(nth) + " after " + std::to_string(count));
      std::filesystem::copy_file(begun, path, std::filesystem::copy_options::overwrite_existing);
      newest[0] = count;
      Child child({.path = path, .saves_max = 4, .compact_every = 2, .die_at_call = nth});
      ended = child.wait();
      ASSERT_TRUE(ended == -1 || ended == 0) << "the child failed on its own: " << ended;
      expect_kept(0, child.told(), true);
      EXPECT_EQ(counter(), newest[0]);
    }
    EXPECT_GE(nth, 30u);
    kills += nth - 2;
  }
  std::cout << kills << " kills at exact calls\n";
}

// Two of four are killed at random, of the others one compacts.
TEST_F(Killed, SomeOfSeveralThatSaveAtOnceTheOthersLoseNothing) {
  constexpr std::uint32_t kChildren = 4, kKilled = 2;
  const std::uint64_t kills_min = deep ? 20'000 : 500;
  for (std::uint64_t kills = 0; kills < kills_min && !HasFailure(); kills += kKilled) {
    SCOPED_TRACE("after " + std::to_string(kills) + " kills");
    std::vector<std::unique_ptr<Child>> children;
    for (std::uint32_t child = 0; child < kChildren; ++child) {
      children.push_back(
          std::make_unique<Child>(ChildPlan{.path = path,
                                            .child = child,
                                            .children = kChildren,
                                            .saves_max = child < kKilled ? 1'000'000u : 20u,
                                            .compact_every = child % 2 == 1 ? 7u : 0u}));
    }
    for (std::uint32_t child = 0; child < kKilled; ++child) {
      children[child]->wait_for(random() % 15);
      ::usleep(static_cast<useconds_t>(random() % 1500));
      children[child]->kill();
    }
    std::uint32_t total = 0;
    for (std::uint32_t child = 0; child < kChildren; ++child) {
      const int ended = children[child]->wait();
      ASSERT_EQ(ended, child < kKilled ? -1 : 0) << "child " << child << " failed on its own";
      expect_kept(child, children[child]->told(), child < kKilled);
      total += newest[child];
    }
    // Each save added one to the counter in the same swap: none twice, none lost.
    ASSERT_EQ(counter(), total);
  }
  std::cout << kills_min << " kills among several, " << saves << " acknowledged saves\n";
}

}  // namespace
}  // namespace stet::test
