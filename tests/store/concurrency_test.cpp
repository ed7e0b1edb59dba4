// Many at once: threads, handles and processes. Nothing acknowledged is lost, and nothing is done
// twice.
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "store/stores.hpp"

namespace stet {
namespace {

using test::path;

Result<Value> plus_one(const Value& value) { return Value(*value.to_int64() + 1); }

void run_threads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
  for (std::thread& thread : threads) thread.join();
}

void expect_whole(Store& store) {
  const auto report = store.verify();
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  for (const auto& entry : report->damage) ADD_FAILURE() << entry.damage.message;
}

constexpr int kThreads = 6;
constexpr int kUpdates = 40;

TEST(ManyAtOnce, UpdatesThroughOneHandleAllCount) {
  Store store = Store::over(memory_backend());
  ASSERT_TRUE(store.save("n", Value(0)).ok());
  run_threads(kThreads, [&](int) {
    for (int i = 0; i < kUpdates; ++i) {
      const auto saved = store.update("n", plus_one);
      ASSERT_TRUE(saved.ok()) << saved.error().to_string();
    }
  });
  EXPECT_EQ(*store.load("n"), Value(kThreads * kUpdates));
  EXPECT_EQ(store.show("n")->version.generation, static_cast<std::uint64_t>(kThreads * kUpdates));
}

TEST(ManyAtOnce, ChangesOfOneListThroughManyHandlesAllStay) {
  const auto backend = memory_backend();
  ASSERT_TRUE(Store::over(backend).save("list", Value::map({{"items", Value::empty_list()}})).ok());
  run_threads(kThreads, [&](int thread) {
    Store store = Store::over(backend);
    for (int i = 0; i < kUpdates; ++i) {
      const Value item(thread * 1000 + i);
      const auto saved = i % 2 == 0 ? store.set("list", path("/items/-"), item)
                                    : store.update("list", [&](const Value& list) {
                                        return list.with(path("/items/-"), item);
                                      });
      ASSERT_TRUE(saved.ok()) << saved.error().to_string();
    }
  });
  Store store = Store::over(backend);
  std::set<std::int64_t> seen;
  const Value items = *store.load("list")->member("items");
  for (const ValueRef item : items.items()) EXPECT_TRUE(seen.insert(*item.to_int64()).second);
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kThreads * kUpdates));
  expect_whole(store);
}

TEST(ManyAtOnce, ConditionalSavesOfOneHeadHaveOneWinner) {
  Store store = Store::over(memory_backend());
  const auto first = store.save("song", Value(-1));
  std::atomic<int> won = 0, lost = 0;
  run_threads(kThreads, [&](int thread) {
    const auto saved = store.save("song", Value(thread), {.expected = ExpectedHead(first->id)});
    ASSERT_TRUE(saved.ok());
    ++(saved->outcome == Saved::Outcome::done ? won : lost);
  });
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, kThreads - 1);
}

// Money moves between accounts: the sum is the same in every snapshot.
TEST(ManyAtOnce, TransactionsAreAtomicUnderContention) {
  const auto backend = memory_backend();
  constexpr int kAccounts = 4;
  const auto account = [](std::uint64_t i) { return "account/" + std::to_string(i % kAccounts); };
  Store bank = Store::over(backend);
  for (std::uint64_t i = 0; i < kAccounts; ++i) ASSERT_TRUE(bank.save(account(i), Value(100)).ok());
  const auto sum = [&](Transaction& transaction) -> Result<std::int64_t> {
    std::int64_t total = 0;
    for (std::uint64_t i = 0; i < kAccounts; ++i) {
      const auto value = transaction.load(account(i));
      if (!value.ok()) return value.error();
      total += (*value)->to_int64().value();
    }
    return total;
  };
  run_threads(kThreads, [&](int thread) {
    Store store = Store::over(backend);
    std::mt19937_64 random(static_cast<std::uint64_t>(thread));
    for (int i = 0; i < kUpdates / 2; ++i) {
      const std::string from = account(random());
      const std::string to = account(random());
      const auto moved = store.transact([&](Transaction& transaction) -> Result<void> {
        STET_TRY(const std::int64_t total, sum(transaction));
        EXPECT_EQ(total, 100 * kAccounts);
        if (from == to) return {};
        STET_TRY(const auto before, transaction.load(from));
        STET_CHECK(transaction.save(from, Value(*before->to_int64() - 1)));
        STET_TRY(const auto after, transaction.load(to));
        return transaction.save(to, Value(*after->to_int64() + 1));
      });
      ASSERT_TRUE(moved.ok()) << moved.error().to_string();
    }
  });
  std::int64_t total = 0;
  for (std::uint64_t i = 0; i < kAccounts; ++i) total += *bank.load(account(i))->to_int64();
  EXPECT_EQ(total, 100 * kAccounts);
}

void save_while_compacting(const std::function<Store()>& open, int rounds) {
  std::atomic<bool> done = false;
  std::thread compactor([&] {
    Store store = open();
    while (!done) {
      const auto swept = store.compact();
      if (!swept.ok()) {
        ASSERT_EQ(swept.error().code(), ErrorCode::conflict) << swept.error().to_string();
      }
      for (int i = 0; i < 3; ++i) (void)store.prune("song" + std::to_string(i), {.keep_last = 3});
    }
  });
  run_threads(3, [&](int thread) {
    Store store = open();
    const std::string name = "song" + std::to_string(thread);
    const std::string other = "other" + std::to_string(thread);
    Value value = test::song(400, static_cast<std::uint64_t>(thread));
    for (int i = 0; i < rounds; ++i) {
      value = test::with_pitch(value, static_cast<std::size_t>(i * 7 % 400), i);
      ASSERT_TRUE(store.save(name, value).ok());
      if (i % 5 == 0) {
        const auto copied = store.copy(name + "~1", other);
        ASSERT_TRUE(copied.ok() || copied.error().code() == ErrorCode::not_found)
            << copied.error().to_string();
      }
      if (i % 11 == 10) {
        const auto removed = store.remove(other);
        ASSERT_TRUE(removed.ok() || removed.error().code() == ErrorCode::not_found);
      }
      const auto loaded = store.load(name);
      ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
      ASSERT_EQ(*loaded, value);
    }
  });
  done = true;
  compactor.join();
  Store store = open();
  expect_whole(store);
  ASSERT_TRUE(store.compact().ok());
  expect_whole(store);
}

TEST(ManyAtOnce, CompactionBesideSaversLosesNothing) {
  const auto backend = memory_backend();
  save_while_compacting([&] { return Store::over(backend); }, 60);
}

TEST(ManyAtOnce, CompactionOfAFileBesideSaversLosesNothing) {
  const test::TemporaryFolder folder;
  save_while_compacting([&] { return Store::open("file:" + (folder / "a.stet")).value(); }, 20);
}

TEST(ManyAtOnce, ProcessesOverOneFileLoseNothing) {
  const test::TemporaryFolder folder;
  const std::string url = "file:" + (folder / "a.stet");
  ASSERT_TRUE(Store::open(url)->save("n", Value(0)).ok());
  constexpr int kProcesses = 3;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      bool good = false;
      {
        auto store = Store::open(url);
        good = store.ok();
        for (int n = 0; good && n < kUpdates; ++n) good = store->update("n", plus_one).ok();
      }
      _exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  auto store = Store::open(url);
  ASSERT_TRUE(store.ok());
  EXPECT_EQ(*store->load("n"), Value(kProcesses * kUpdates));
  expect_whole(*store);
}

TEST(Watching, TellsWhichDocumentsChanged) {
  const auto backend = memory_backend();
  Store store = Store::over(backend);
  Store other = Store::over(backend);
  ASSERT_TRUE(store.save("a/1", Value(1)).ok());
  std::mutex mutex;
  std::set<std::string> told;
  auto watch = store.watch("a/", 1, [&](const std::vector<std::string>& names) {
    const std::lock_guard lock(mutex);
    told.insert(names.begin(), names.end());
  });
  ASSERT_TRUE(watch.ok());
  ASSERT_TRUE(other.save("a/2", Value(1)).ok());
  ASSERT_TRUE(other.save("b/1", Value(1)).ok());
  ASSERT_TRUE(other.remove("a/1").ok());
  const std::set<std::string> expected = {"a/1", "a/2"};
  for (int i = 0; i < 5000; ++i) {
    {
      const std::lock_guard lock(mutex);
      if (told == expected) break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const std::lock_guard lock(mutex);
  EXPECT_EQ(told, expected);
}

TEST(Watching, EndsWithoutWaitingForItsInterval) {
  Store store = Store::over(memory_backend());
  const auto begin = std::chrono::steady_clock::now();
  {
    auto watch = store.watch("", 3'600'000, [](const std::vector<std::string>&) {});
    ASSERT_TRUE(watch.ok());
    Watch moved = *std::move(watch);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace stet
