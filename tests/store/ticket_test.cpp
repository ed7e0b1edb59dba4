// Saves that go on by themselves: a ticket says done when its version is durable, and never before;
// each stands for itself, and none is lost.
#include "store/stores.hpp"

namespace stet {
namespace {

using test::HookedBackend;
using test::log_of;

class Tickets : public testing::Test {
 protected:
  std::vector<Value> versions_of(std::string_view name) {
    std::vector<Value> values;
    for (const VersionInfo& version : log_of(store_, name)) {
      values.insert(values.begin(),
                    store_.load(std::string(name) + "@" + version.id.to_string()).value());
    }
    return values;
  }

  test::World world_;
  std::shared_ptr<HookedBackend> backend_ = std::make_shared<HookedBackend>(memory_backend());
  Store store_ = Store::over(backend_, world_.options());
};

TEST_F(Tickets, AnswerAsASaveDoes) {
  const Ticket ticket = store_.save_async("song", Value(1));
  const auto saved = ticket.wait();
  ASSERT_TRUE(saved.ok()) << saved.error().to_string();
  EXPECT_EQ(ticket.status(), Ticket::Status::done);
  EXPECT_EQ(saved->outcome, Saved::Outcome::done);
  EXPECT_EQ(store_.show("song")->id, saved->id);
  EXPECT_EQ(*store_.load("song"), Value(1));
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
  EXPECT_EQ(versions_of("song"), values);
  EXPECT_TRUE(store_.verify()->ok());
}

}  // namespace
}  // namespace stet
