// Saves that go on by themselves: a ticket says done when its version is durable, and never before;
// each stands for itself, and none is lost. What goes wrong: ticket_faults_test.cpp.
#include <algorithm>
#include <future>
#include <limits>
#include <numeric>
#include <system_error>
#include <thread>

#include "store/stores.hpp"
#include "support/held_executor.hpp"

namespace stet {
namespace {

using test::HookedBackend;
using Status = Ticket::Status;

const std::vector<Value> kOneTwoThree = {Value(1), Value(2), Value(3)};

class Tickets : public testing::Test {
 protected:
  StoreOptions held() {
    StoreOptions options = world_.options();
    options.executor = executor_;
    return options;
  }

  test::World world_;
  std::shared_ptr<test::HeldExecutor> executor_ = std::make_shared<test::HeldExecutor>();
  std::shared_ptr<HookedBackend> backend_ = std::make_shared<HookedBackend>(memory_backend());
  Store store_ = Store::over(backend_, world_.options());
};

TEST_F(Tickets, AnswerAsASaveDoes) {
  const Ticket ticket = store_.save_async("song", Value(1), {.message = "why"});
  const auto saved = ticket.wait();
  ASSERT_TRUE(saved.ok()) << saved.error().to_string();
  EXPECT_EQ(ticket.status(), Status::done);
  EXPECT_EQ(saved->outcome, Saved::Outcome::done);
  const auto shown = store_.show("song");
  EXPECT_EQ(shown->id, saved->id);
  EXPECT_EQ(shown->version.message, "why");
  EXPECT_EQ(*store_.load("song"), Value(1));
  EXPECT_EQ(store_.save_async("song", Value(1)).wait()->outcome, Saved::Outcome::unchanged);
}

TEST_F(Tickets, OfOneDocumentBecomeVersionsInTheOrderOfTheCalls) {
  std::vector<Value> values;
  std::vector<Ticket> tickets;
  Value song = test::song(300);
  for (int i = 0; i < 200; ++i) {
    song = test::with_pitch(song, static_cast<std::size_t>(i), 1000 + i);
    values.push_back(song);
    tickets.push_back(store_.save_async("song", song));
  }
  for (const Ticket& ticket : tickets) ASSERT_TRUE(ticket.wait().ok());
  EXPECT_EQ(test::values_of(store_, "song"), values);
  EXPECT_TRUE(store_.verify()->ok());
}

TEST_F(Tickets, ThatWaitAtOnceShareAFlush) {
  const test::TemporaryFolder folder;
  Store store = Store::open("file:" + folder / "a.stet", held()).value();
  std::vector<Ticket> tickets;
  const std::uint64_t before = store.counters().flushes;
  for (int version = 1; version <= 3; ++version) {
    for (int i = 0; i < 10; ++i) {
      tickets.push_back(store.save_async("song " + std::to_string(i), Value(version)));
    }
  }
  EXPECT_EQ(store.counters().flushes, before);
  executor_->run_all();
  for (const Ticket& ticket : tickets) EXPECT_EQ(ticket.status(), Status::done);
  EXPECT_EQ(store.counters().flushes, before + 1);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(test::values_of(store, "song " + std::to_string(i)), kOneTwoThree);
  }
}

TEST_F(Tickets, AreNotDoneBeforeTheSwapIs) {
  std::promise<void> begun, go_on;
  backend_->on_swap([&](std::span<const RefChange> changes, Backend& below) {
    begun.set_value();
    go_on.get_future().wait();
    return below.swap(changes);
  });
  std::atomic<bool> called = false;
  Store store = Store::over(backend_, world_.options());
  const Ticket ticket =
      store.save_async("song", Value(1), {}, [&](const Result<Saved>&) { called = true; });
  begun.get_future().wait();
  EXPECT_FALSE(ticket.wait_for(20).has_value());
  EXPECT_EQ(ticket.status(), Status::writing);
  EXPECT_FALSE(ticket.cancel()) << "it has begun";
  EXPECT_FALSE(called);
  EXPECT_EQ(store.load("song").error().code(), ErrorCode::not_found);
  go_on.set_value();
  EXPECT_TRUE(ticket.wait_for(60'000).value().ok());
  EXPECT_EQ(ticket.status(), Status::done);
}

TEST_F(Tickets, AreWaitedForAsLongAsSaid) {
  std::promise<void> go_on;
  backend_->on_swap([&](std::span<const RefChange> changes, Backend& below) {
    go_on.get_future().wait();
    return below.swap(changes);
  });
  Store store = Store::over(backend_, world_.options());
  const Ticket ticket = store.save_async("song", Value(1));
  EXPECT_FALSE(ticket.wait_for(std::numeric_limits<std::int64_t>::min()).has_value());
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    go_on.set_value();
  });
  const auto saved = ticket.wait_for(std::numeric_limits<std::int64_t>::max());
  later.join();
  ASSERT_TRUE(saved.has_value());
  EXPECT_TRUE(saved->ok());
}

TEST_F(Tickets, TakeTheirSnapshotAtTheCall) {
  Store store = Store::over(backend_, held());
  Bytes source = {1, 2, 3};
  SaveOptions options;
  options.source = KeptSource{source, "bytes"};
  Value song = test::song(10);
  const Ticket ticket = store.save_async("song", song, options);
  std::ranges::fill(source, std::uint8_t{9});
  song = test::with_pitch(song, 0, 999);
  ASSERT_TRUE(ticket.wait().ok());
  EXPECT_EQ(*store.load_source("song"), (Bytes{1, 2, 3}));
  EXPECT_EQ(*store.load("song"), test::song(10));
}

TEST_F(Tickets, ThatAreCancelledBeforeTheyBeginLeaveNothing) {
  std::vector<ErrorCode> told;
  Store store = Store::over(backend_, held());
  const Ticket first = store.save_async("song", Value(1));
  const Ticket second = store.save_async("song", Value(2), {}, [&](const Result<Saved>& saved) {
    told.push_back(saved.error().code());
  });
  const Ticket third = store.save_async("song", Value(3));
  const Ticket other = store.save_async("other", Value(1));
  EXPECT_TRUE(second.cancel());
  EXPECT_FALSE(second.cancel());
  EXPECT_TRUE(other.cancel());
  EXPECT_EQ(second.status(), Status::cancelled);
  EXPECT_EQ(second.wait().error().code(), ErrorCode::cancelled);
  executor_->run_all();
  EXPECT_FALSE(third.cancel());
  EXPECT_EQ(third.status(), Status::done);
  EXPECT_EQ(told, std::vector{ErrorCode::cancelled});
  EXPECT_EQ(test::values_of(store, "song"), (std::vector{Value(1), Value(3)}));
  EXPECT_EQ(test::names_in(store), std::vector<std::string>{"song"});
}

TEST_F(Tickets, CallBackOnceInOrderAndMaySaveAndWait) {
  std::vector<int> order;
  std::vector<Ticket> more;
  std::promise<void> end;
  Store store = Store::over(backend_, world_.options());
  for (int i = 0; i < 20; ++i) {
    (void)store.save_async("song", Value(i), {}, [&, i](const Result<Saved>& saved) {
      EXPECT_TRUE(saved.ok());
      order.push_back(i);
      more.push_back(store.save_async("other", Value(i)));
      EXPECT_TRUE(more.back().wait().ok());
      EXPECT_TRUE(store.save("blocking", Value(i)).ok());
      if (i == 19) end.set_value();
      if (i % 2 == 0) throw std::runtime_error("of the caller's");
    });
  }
  end.get_future().wait();
  std::vector<int> expected(20);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order, expected);
  EXPECT_EQ(test::values_of(store, "other").size(), 20u);
}

TEST_F(Tickets, AreAllSavedAndCalledBackWhenTheStoreHasEnded) {
  for (const bool is_held : {false, true}) {
    const auto backend = memory_backend();
    std::vector<Ticket> tickets, later;
    int called = 0;
    {
      Store store = Store::over(backend, is_held ? held() : world_.options());
      for (int i = 0; i < 300; ++i) {
        tickets.push_back(store.save_async("song " + std::to_string(i % 7), Value(i), {},
                                           [&](const Result<Saved>&) { ++called; }));
      }
      tickets.push_back(store.save_async("last", Value(0), {}, [&](const Result<Saved>&) {
        later.push_back(store.save_async("later", Value(1)));
      }));
    }
    EXPECT_EQ(called, 300);
    ASSERT_EQ(later.size(), 1u);
    tickets.push_back(later.front());
    for (const Ticket& ticket : tickets) EXPECT_EQ(ticket.status(), Status::done);
    Store store = Store::over(backend);
    EXPECT_EQ(test::names_in(store).size(), 9u);
    EXPECT_EQ(test::values_of(store, "song 6").size(), 42u);
    executor_->run_all();  // what comes too late does no harm
  }
}

TEST_F(Tickets, HoldBackWhoSavesFasterThanCanBeWritten) {
  StoreOptions options = held();
  options.saves_waiting_max = 4;
  Store store = Store::over(backend_, options);
  std::vector<Ticket> tickets;
  for (int i = 0; i < 4; ++i) tickets.push_back(store.save_async("song", Value(i)));
  for (const Ticket& ticket : tickets) EXPECT_EQ(ticket.status(), Status::queued);
  tickets.push_back(store.save_async("song", Value(4)));
  EXPECT_EQ(tickets.front().status(), Status::done) << "nobody else works";
  EXPECT_TRUE(tickets.back().wait().ok());
}

TEST_F(Tickets, HoldBackUntilThereIsRoom) {
  StoreOptions options = world_.options();
  options.saves_waiting_max = 2;
  Store store = Store::over(backend_, options);
  std::promise<void> begun, go_on;
  backend_->on_swap([&](std::span<const RefChange> changes, Backend& below) {
    begun.set_value();
    go_on.get_future().wait();
    return below.swap(changes);
  });
  (void)store.save_async("song", Value(0));
  begun.get_future().wait();
  for (int i = 1; i <= 2; ++i) (void)store.save_async("song", Value(i));
  std::atomic<bool> is_in = false;
  std::jthread third([&] {
    (void)store.save_async("song", Value(3));
    is_in = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(is_in);
  go_on.set_value();
  third.join();
  EXPECT_TRUE(store.save("song", Value(4)).ok());
  EXPECT_EQ(test::values_of(store, "song").size(), 5u);
}

TEST_F(Tickets, ThatAreQueuedComeBeforeACallThatChangesTheDocument) {
  Store store = Store::over(backend_, held());
  Document document = store.open_document("song").value();
  const auto queued = [&](int value) { (void)store.save_async("song", Value(value)); };
  queued(1);
  EXPECT_TRUE(store.save("song", Value(2)).ok());
  queued(3);
  const auto plus_ten = [](const Value& value) -> Result<Value> {
    return Value(*value.to_int64() + 10);
  };
  EXPECT_TRUE(store.update("song", plus_ten).ok());
  queued(4);
  EXPECT_TRUE(store
                  .transact([&](Transaction& transaction) -> Result<void> {
                    EXPECT_EQ(*transaction.load("song").value(), Value(4));
                    return transaction.save("song", Value(5));
                  })
                  .ok());
  queued(6);
  document.set(Value(7));
  EXPECT_EQ(document.save()->outcome, Saved::Outcome::conflict);
  EXPECT_EQ(test::values_of(store, "song"),
            (std::vector{Value(1), Value(2), Value(3), Value(13), Value(4), Value(5), Value(6)}));
  queued(8);
  EXPECT_TRUE(store.remove("song").ok());
  EXPECT_TRUE(test::names_in(store).empty());
}

TEST_F(Tickets, ThatAreQueuedComeBeforeABackupOfAndIntoTheirStore) {
  Store target = Store::over(backend_, held());
  Store source = Store::over(memory_backend(), held());
  ASSERT_TRUE(target.save("song", Value(1)).ok());
  ASSERT_TRUE(target.backup_to(source).ok());
  ASSERT_TRUE(source.save("song", Value(2)).ok());
  const Ticket there = target.save_async("song", Value(3));
  const Ticket here = source.save_async("other", Value(4));
  const auto report = source.backup_to(target);
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_EQ(there.status(), Status::done);
  EXPECT_EQ(report->diverged, std::vector<std::string>{"song"});
  EXPECT_EQ(test::values_of(target, "song"), (std::vector{Value(1), Value(3)}));
  EXPECT_EQ(here.status(), Status::done);
  EXPECT_EQ(*target.load("other"), Value(4));
}

TEST_F(Tickets, ThatAreQueuedComeBeforeARepair) {
  Store store = Store::over(backend_, held());
  const Ticket ticket = store.save_async("song", Value(1));
  ASSERT_TRUE(store.repair({}).ok());
  EXPECT_EQ(ticket.status(), Status::done);
}

TEST_F(Tickets, OfAStoreThatIsReplacedCallBackIntoThatStore) {
  Store store = Store::over(backend_, held());
  (void)store.save_async("song", Value(1), {}, [&](const Result<Saved>&) {
    EXPECT_TRUE(store.save("called", Value(2)).ok());
  });
  store = Store::over(memory_backend(), held());
  EXPECT_TRUE(test::names_in(store).empty());
  EXPECT_EQ(test::names_in(store_), (std::vector<std::string>{"called", "song"}));
  EXPECT_TRUE(store.save_async("song", Value(3)).wait().ok());
}

TEST_F(Tickets, NeedNoThread) {
  StoreOptions options = world_.options();
  options.executor = inline_executor();
  Store store = Store::over(backend_, options);
  EXPECT_EQ(store.save_async("song", Value(1)).status(), Status::done);

  class NoThread final : public Executor {
    void run(std::function<void()>) override {
      throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
    }
  };
  options.executor = std::make_shared<NoThread>();
  Store other = Store::over(backend_, options);
  bool called = false;
  const Ticket ticket =
      other.save_async("song", Value(2), {}, [&](const Result<Saved>&) { called = true; });
  EXPECT_EQ(ticket.status(), Status::done);
  EXPECT_TRUE(called);
}

}  // namespace
}  // namespace stet
