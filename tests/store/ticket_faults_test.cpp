// Tickets when something goes wrong, and beside other writers: every one gets an honest answer, and
// none fails with another.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <thread>

#include "store/stores.hpp"
#include "support/hands_on.hpp"
#include "support/held_executor.hpp"

namespace stet {
namespace {

using test::HookedBackend;
using test::values_of;
using Status = Ticket::Status;

const Error kUnknown(ErrorCode::outcome_unknown, "the line went dead");

// Saves of three documents that are taken at once, two versions of each.
class TicketFaults : public testing::Test {
 protected:
  void add_all() {
    for (int version = 1; version <= 2; ++version) {
      for (const char* const name : kNames) {
        tickets_.push_back(store_.save_async(name, Value(version)));
      }
    }
  }
  // One works, and takes them together.
  void run_all() {
    add_all();
    for (const Ticket& ticket : tickets_) (void)ticket.wait();
  }
  void expect_all_done() {
    for (const Ticket& ticket : tickets_) {
      EXPECT_EQ(ticket.status(), Status::done) << ticket.wait().error().to_string();
    }
    for (const char* const name : kNames) {
      EXPECT_EQ(values_of(store_, name), (std::vector{Value(1), Value(2)})) << name;
    }
  }
  void expect_all(ErrorCode code) {
    for (const Ticket& ticket : tickets_) {
      EXPECT_EQ(ticket.status(), Status::failed);
      EXPECT_EQ(ticket.wait().error().code(), code) << ticket.wait().error().to_string();
    }
    EXPECT_TRUE(test::names_in(store_).empty());
  }

  static constexpr std::array kNames = {"a", "b", "c"};
  test::World world_;
  std::shared_ptr<test::HeldExecutor> executor_ = std::make_shared<test::HeldExecutor>();
  std::shared_ptr<HookedBackend> backend_ = std::make_shared<HookedBackend>(memory_backend());
  Store store_ = Store::over(backend_, [&] {
    StoreOptions options = world_.options();
    options.executor = executor_;
    return options;
  }());
  Store other_ = Store::over(backend_, world_.options());
  std::vector<Ticket> tickets_;
};

TEST_F(TicketFaults, OneThatCannotBeSavedFailsAlone) {
  SaveOptions too_long;
  for (int i = 0; i < 10; ++i) {
    too_long.labels[std::to_string(i)] = std::string(kMessageBytesMax - 1, 'x');
  }
  const Ticket before = store_.save_async("song", Value(1));
  const Ticket failing = store_.save_async("song", Value(2), too_long);
  const Ticket after = store_.save_async("song", Value(3));
  const Ticket stale = store_.save_async("song", Value(4), {.expected = ExpectedHead()});
  const Ticket last = store_.save_async("song", Value(5));
  const Ticket nameless = store_.save_async("", Value(1));
  EXPECT_EQ(nameless.status(), Status::failed);
  add_all();
  executor_->run_all();
  expect_all_done();
  EXPECT_EQ(failing.status(), Status::failed);
  EXPECT_EQ(failing.wait().error().code(), ErrorCode::too_large);
  EXPECT_EQ(failing.wait().error().context().document, "song");
  EXPECT_EQ(nameless.wait().error().code(), ErrorCode::invalid);
  EXPECT_EQ(stale.status(), Status::conflict);
  EXPECT_EQ(stale.wait()->id, after.wait()->id) << "the head that was there";
  for (const Ticket& ticket : {before, after, last}) EXPECT_EQ(ticket.status(), Status::done);
  EXPECT_EQ(values_of(store_, "song"), (std::vector{Value(1), Value(3), Value(5)}));
}

TEST_F(TicketFaults, ALostRaceOfOneDocumentLosesNobodysVersion) {
  ASSERT_TRUE(other_.save("b", Value(0)).ok());
  backend_->before_swap([&] { EXPECT_TRUE(other_.save("b", Value(7)).ok()); });
  run_all();
  for (const Ticket& ticket : tickets_) EXPECT_EQ(ticket.status(), Status::done);
  EXPECT_EQ(values_of(store_, "a"), (std::vector{Value(1), Value(2)}));
  EXPECT_EQ(values_of(store_, "b"), (std::vector{Value(0), Value(7), Value(1), Value(2)}));
}

TEST_F(TicketFaults, ACompactionInBetweenIsMetByAnotherAttempt) {
  backend_->before_swap([&] { EXPECT_TRUE(other_.compact().ok()); });
  run_all();
  expect_all_done();
  EXPECT_TRUE(store_.verify()->ok());
}

TEST_F(TicketFaults, ASwapThatHappenedUnknownIsFoundAndNotDoneTwice) {
  backend_->on_swap([](std::span<const RefChange> changes, Backend& below) -> Result<SwapOutcome> {
    EXPECT_TRUE(below.swap(changes)->done);
    return kUnknown;
  });
  run_all();
  expect_all_done();
}

TEST_F(TicketFaults, ASwapThatDidNotHappenAndIsNotKnownIsDoneAgain) {
  backend_->on_swap(
      [](std::span<const RefChange>, Backend&) -> Result<SwapOutcome> { return kUnknown; });
  run_all();
  expect_all_done();
}

// The swap is unknown, the next attempt is lost, and then the first turns out to have happened.
TEST_F(TicketFaults, ASwapThatHappensLateIsNotDoneTwice) {
  std::vector<RefChange> late;
  backend_->on_swap([&](std::span<const RefChange> changes, Backend&) -> Result<SwapOutcome> {
    late.assign(changes.begin(), changes.end());
    backend_->on_swap([&](std::span<const RefChange>, Backend& below) -> Result<SwapOutcome> {
      EXPECT_TRUE(below.swap(late)->done);
      return SwapOutcome{.done = false, .actual = {}};
    });
    return kUnknown;
  });
  run_all();
  expect_all_done();
}

TEST_F(TicketFaults, AStoreThatNeverAnswersGivesOutcomeUnknown) {
  backend_->on_every_swap(
      [](std::span<const RefChange>, Backend&) -> Result<SwapOutcome> { return kUnknown; });
  run_all();
  expect_all(ErrorCode::outcome_unknown);
}

// Fails for all batches of more than one save, for all, or never.
class Fails final : public test::HandsOn {
 public:
  using HandsOn::HandsOn;
  enum class When : std::uint8_t { never, together, always };
  using Act = std::function<Result<void>()>;

  Result<void> put(std::span<const ChunkView> chunks, Epoch epoch) override {
    if (on_put && (when == When::always || chunks.size() > 2)) STET_CHECK(on_put());
    return below().put(chunks, epoch);
  }
  Result<SwapOutcome> swap(std::span<const RefChange> changes) override {
    if (on_swap && (when == When::always || changes.size() > 3)) STET_CHECK(on_swap());
    return below().swap(changes);
  }

  When when = When::always;
  Act on_put, on_swap;
};

class TicketErrors : public TicketFaults {
 protected:
  TicketErrors() {
    StoreOptions options = world_.options();
    options.executor = executor_;
    store_ = Store::over(fails_, options);
  }
  static Fails::Act gives(ErrorCode code) {
    return [code]() -> Result<void> { return Error(code, "as told"); };
  }
  static Fails::Act runs_out_of_memory() {
    return []() -> Result<void> { throw std::bad_alloc(); };
  }
  std::shared_ptr<Fails> fails_ = std::make_shared<Fails>(memory_backend());
};

TEST_F(TicketErrors, OfADiskAreEachTicketsOwn) {
  for (const ErrorCode code : {ErrorCode::io, ErrorCode::no_space, ErrorCode::locked}) {
    tickets_.clear();
    fails_->on_swap = gives(code);
    run_all();
    expect_all(code);
  }
  fails_->on_swap = nullptr;
  tickets_.clear();
  run_all();
  expect_all_done();
}

TEST_F(TicketErrors, OfTooMuchAtOnceLetWhatFitsThrough) {
  fails_->when = Fails::When::together;
  fails_->on_swap = gives(ErrorCode::no_space);
  fails_->on_put = runs_out_of_memory();
  run_all();
  expect_all_done();
}

TEST_F(TicketErrors, OfOneThatIsTriedAgainLeaveItInItsPlace) {
  fails_->on_put = [is_first = true]() mutable -> Result<void> {
    if (!std::exchange(is_first, false)) return {};
    return Error(ErrorCode::no_space, "as told");
  };
  const Value large = test::song(20'000);  // so that it is put while it is written
  for (const Value& value : {large, Value(2), Value(3)}) {
    tickets_.push_back(store_.save_async("song", value));
  }
  executor_->run_all();
  for (const Ticket& ticket : tickets_) EXPECT_EQ(ticket.status(), Status::done);
  EXPECT_EQ(values_of(store_, "song"), (std::vector{large, Value(2), Value(3)}));
}

TEST_F(TicketErrors, OfMemoryBeforeTheSwapSayThatNothingHappened) {
  fails_->on_put = runs_out_of_memory();
  run_all();
  expect_all(ErrorCode::unavailable);
}

TEST_F(TicketErrors, OfMemoryInTheSwapAreUnknown) {
  fails_->on_swap = runs_out_of_memory();
  run_all();
  expect_all(ErrorCode::outcome_unknown);
}

// ---- Many at once

constexpr int kThreads = 3;
constexpr int kSaves = 60;
constexpr int kDocuments = 4;

// Every thread's saves of a document stay in their order, and all are there.
void expect_all_in_order(Store& store, int threads) {
  for (int document = 0; document < kDocuments; ++document) {
    std::map<std::int64_t, std::vector<std::int64_t>> by_thread;
    for (const Value& value : values_of(store, "song " + std::to_string(document))) {
      by_thread[*value.to_int64() / 1000].push_back(*value.to_int64() % 1000);
    }
    for (int thread = 0; thread < threads; ++thread) {
      std::vector<std::int64_t> expected;
      for (int i = document; i < kSaves; i += kDocuments) expected.push_back(i);
      EXPECT_EQ(by_thread[thread], expected) << document << " by " << thread;
    }
  }
  const auto report = store.verify();
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_TRUE(report->ok());
}

bool save_all(Store& store, int thread) {
  std::vector<Ticket> tickets;
  for (int i = 0; i < kSaves; ++i) {
    const std::string name = "song " + std::to_string(i % kDocuments);
    const Value value(thread * 1000 + i);
    if (i % 7 == 6) {
      if (!store.save(name, value).ok()) return false;
    } else {
      tickets.push_back(store.save_async(name, value));
    }
  }
  return std::ranges::all_of(tickets, [](const Ticket& ticket) { return ticket.wait().ok(); });
}

TEST(TicketsAtOnce, OfManyThreadsAndHandlesAllStayBesideCompactions) {
  const test::TemporaryFolder folder;
  const std::string url = "file:" + folder / "a.stet";
  {
    Store first = Store::open(url).value();
    Store second = Store::open(url).value();
    std::atomic<bool> is_over = false;
    std::jthread compactions([&] {
      Store store = Store::open(url).value();
      while (!is_over) (void)store.compact();
    });
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2 * kThreads; ++i) {
      threads.emplace_back([&, i] { EXPECT_TRUE(save_all(i % 2 == 0 ? first : second, i)); });
    }
    threads.clear();
    is_over = true;
  }
  Store store = Store::open(url).value();
  expect_all_in_order(store, 2 * kThreads);
}

TEST(TicketsAtOnce, OfManyProcessesAllStay) {
  const test::TemporaryFolder folder;
  const std::string url = "file:" + folder / "a.stet";
  ASSERT_TRUE(Store::open(url).ok());
  std::vector<pid_t> children;
  for (int i = 0; i < kThreads; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      bool good = false;
      {
        auto store = Store::open(url);
        good = store.ok() && save_all(*store, i);
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
  Store store = Store::open(url).value();
  expect_all_in_order(store, kThreads);
}

}  // namespace
}  // namespace stet
