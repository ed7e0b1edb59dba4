// Real processes on a real disk: a child saves and says so through a pipe, and is killed. Whatever
// it said is there.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <random>

#include "stet/engine/file.hpp"
#include "support/backend_work.hpp"
#include "support/tampered_files.hpp"
#include "support/temporary_folder.hpp"

namespace stet::test {
namespace {

// What a child tells, and what a document's root chunk holds behind the id of its leaf.
struct Told {
  std::uint32_t child = 0;
  std::uint32_t count = 0;  // of the document's saves, or of the increments this child has made
  bool operator==(const Told&) const = default;
};

Result<std::shared_ptr<Backend>> open_real(const std::string& path,
                                           std::shared_ptr<os::FileSystem> files) {
  FileEngineOptions options;
  options.files = std::move(files);
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

// The number that a document was last saved with; 0 where there is none. Verifies its chunks.
Result<std::uint32_t> saved_number(Backend& backend, std::uint32_t child) {
  STET_TRY(const auto ref, read_one(backend, document_of(child)));
  if (!ref) return 0u;
  Id id;
  std::ranges::copy(*ref, id.bytes.begin());
  STET_TRY(const auto root, backend.get({&id, 1}));
  if (!root[0] || id_of(*root[0]) != id) return Error(ErrorCode::corrupt, "a root is lost");
  std::copy_n(root[0]->begin(), kIdBytes, id.bytes.begin());
  STET_TRY(const auto leaf, backend.get({&id, 1}));
  if (!leaf[0] || id_of(*leaf[0]) != id) return Error(ErrorCode::corrupt, "a leaf is lost");
  return number_from(BytesView(*root[0]).subspan(kIdBytes));
}

// Saves the child's document with `number` and adds one to the counter of all, in one swap.
Result<void> save_and_count(Backend& backend, std::uint32_t child, std::uint32_t number) {
  Bytes leaf(300 + number % 900, static_cast<std::uint8_t>(number));
  leaf[0] = static_cast<std::uint8_t>(child);
  const Id leaf_id = id_of(leaf);
  Bytes root(leaf_id.bytes.begin(), leaf_id.bytes.end());
  const Bytes tail = bytes_of(number);
  root.insert(root.end(), tail.begin(), tail.end());
  const Id root_id = id_of(root);
  const RefValue next(root_id.bytes.begin(), root_id.bytes.end());
  const std::vector<ChunkView> chunks = {{leaf_id, leaf}, {root_id, root}};
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
    std::copy_n(root[0]->begin(), kIdBytes, id.bytes.begin());
    live.ids[id] = true;
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
    if (!save_and_count(**backend, plan.child, *before + i).ok()) return 4;
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

class Killed : public testing::Test {
 protected:
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

  TemporaryFolder folder;
  const std::string path = folder / "store.stet";
  const bool deep = std::getenv("STET_DEEP") != nullptr;
};

TEST_F(Killed, AtRandomTimesEveryAcknowledgedSaveIsThere) {
  const std::uint64_t kills = deep ? 20'000 : 200;
  std::mt19937_64 random(20261120);
  std::uint32_t newest = 0;
  std::uint64_t saves = 0;
  for (std::uint64_t i = 0; i < kills; ++i) {
    Child child({.path = path, .compact_every = 13});
    child.wait_for(random() % 8);
    ::usleep(static_cast<useconds_t>(random() % 1500));
    child.kill();
    ASSERT_EQ(child.wait(), -1) << "the child failed on its own";
    const auto& told = child.told();
    saves += told.size();
    if (!told.empty()) newest = told.back().count;
    const auto found = number(0);
    ASSERT_TRUE(found.ok()) << found.error().to_string();
    ASSERT_GE(*found, newest) << "kill " << i;
    ASSERT_LE(*found, newest + 1) << "kill " << i;
    newest = *found;
  }
  EXPECT_EQ(counter(), newest);
  std::cout << kills << " kills, " << saves << " acknowledged saves\n";
  EXPECT_GE(saves, kills);
}

TEST_F(Killed, AtEveryCallOfAnOpenASaveAndACompactionNothingIsLost) {
  std::uint32_t newest = 0;
  std::uint64_t nth = 1;
  for (int ended = -1; ended == -1; ++nth) {
    Child child({.path = path, .saves_max = 3, .compact_every = 2, .die_at_call = nth});
    ended = child.wait();
    ASSERT_TRUE(ended == -1 || ended == 0) << "the child failed on its own: " << ended;
    const auto& told = child.told();
    if (!told.empty()) newest = told.back().count;
    const auto found = number(0);
    ASSERT_TRUE(found.ok()) << found.error().to_string();
    ASSERT_GE(*found, newest) << "killed at call " << nth;
    ASSERT_LE(*found, newest + 1) << "killed at call " << nth;
    newest = *found;
  }
  EXPECT_EQ(counter(), newest);
  std::cout << "killed at each of " << nth - 2 << " calls\n";
  EXPECT_GE(nth, 30u);
}

TEST_F(Killed, OneOfSeveralThatSaveAtOnceTheOthersLoseNothing) {
  constexpr std::uint32_t kChildren = 4;
  const int rounds = deep ? 500 : 12;
  std::mt19937_64 random(7);
  std::map<std::uint32_t, std::uint32_t> newest;
  for (int round = 0; round < rounds; ++round) {
    const std::uint32_t before = counter();
    std::uint32_t total_before = 0;
    for (const auto& [child, count] : newest) total_before += count;
    ASSERT_EQ(before, total_before);
    std::vector<std::unique_ptr<Child>> children;
    for (std::uint32_t child = 0; child < kChildren; ++child) {
      children.push_back(
          std::make_unique<Child>(ChildPlan{.path = path,
                                            .child = child,
                                            .children = kChildren,
                                            .saves_max = 40,
                                            .compact_every = child == 1 ? 15u : 0u}));
    }
    children[0]->wait_for(random() % 30);
    ::usleep(static_cast<useconds_t>(random() % 1500));
    children[0]->kill();
    std::uint32_t total = 0;
    for (std::uint32_t child = 0; child < kChildren; ++child) {
      const int ended = children[child]->wait();
      ASSERT_TRUE(ended == 0 || child == 0) << "child " << child << " failed: " << ended;
      const auto& told = children[child]->told();
      if (!told.empty()) newest[child] = told.back().count;
      const auto found = number(child);
      ASSERT_TRUE(found.ok()) << found.error().to_string();
      ASSERT_GE(*found, newest[child]) << "round " << round << ", child " << child;
      ASSERT_LE(*found, newest[child] + (child == 0 ? 1 : 0)) << "round " << round;
      newest[child] = *found;
      total += *found;
    }
    // Each save added one to the counter in the same swap: none twice, none lost.
    ASSERT_EQ(counter(), total) << "round " << round;
  }
}

}  // namespace
}  // namespace stet::test
