// How torture judges a store: each thing that must not be is found.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/torture/ledger.hpp"

namespace stet::test {
namespace {

using namespace stet::cli::torture;

TEST(ADeed, IsNamedByWhatItIsAbout) {
  std::vector<std::string> pruned;
  for (std::size_t which = 0; which < kLists.size() + kOwns; ++which) {
    pruned.push_back(deed_text({Act::prune, static_cast<std::uint8_t>(which), 2, 1, 0}));
  }
  EXPECT_EQ(pruned, (std::vector<std::string>{
                        "to prune lists/first", "to prune lists/second", "to prune pair/left",
                        "to prune pair/right", "to prune writer-2/turned",
                        "to prune writer-2/removed", "to prune writer-2/large"}));
  EXPECT_EQ(deed_text({Act::append, 1, 2, 1, 0}), "to append to lists/second");
  EXPECT_EQ(deed_text({Act::remove, 1, 3, 1, 0}), "to remove writer-3/removed");
}

class TheLedger : public ::testing::Test {
 protected:
  TheLedger() {
    for (const char* name : kLists) store.save(name, Value::empty_list()).value();
  }

  static Deed append(std::size_t list, std::uint64_t token) {
    return {Act::append, static_cast<std::uint8_t>(list), 0, token, 0};
  }
  static Deed save(Own own, std::uint64_t number) {
    return {Act::save, static_cast<std::uint8_t>(own), 0, number, number};
  }
  void begin(const Deed& deed) { ledger.hear({false, deed}); }
  void finish(const Deed& deed) { ledger.hear({true, deed}); }
  void both(const Deed& deed) {
    begin(deed);
    finish(deed);
  }
  void show(std::size_t list, std::initializer_list<Value> tokens) {
    store.save(kLists[list], Value::list(tokens)).value();
  }
  void show(Own own, std::uint64_t number) {
    store.save(own_name(0, own), own_content(own, number)).value();
  }
  std::string settle() {
    std::string all;
    const Problems problems = ledger.settle(store).value();
    for (const std::string& problem : problems) all += problem + "\n";
    return all;
  }
  bool finds(std::string_view what) {
    const std::string found = settle();
    EXPECT_NE(found.find(what), std::string::npos) << "found: " << found;
    return found.find(what) != std::string::npos;
  }

  Store store = Store::open("mem:").value();
  Ledger ledger;
  const std::uint64_t one = first_token(1, 0);
};

TEST_F(TheLedger, is_content_with_what_was_acknowledged_and_with_what_was_cut_short) {
  both(append(0, one));
  begin(append(0, one + 1));
  show(0, {Value(one)});
  EXPECT_EQ(settle(), "");
  both(append(0, one + 2));
  begin(append(0, one + 3));
  show(0, {Value(one), Value(one + 2), Value(one + 3)});
  EXPECT_EQ(settle(), "");
  EXPECT_EQ(ledger.acknowledged()[static_cast<std::size_t>(Act::append)], 2u);
}

TEST_F(TheLedger, finds_a_token_that_was_acknowledged_and_is_lost) {
  both(append(0, one));
  EXPECT_TRUE(finds("was acknowledged, or shown, and is lost"));
}

TEST_F(TheLedger, finds_a_token_that_goes_after_it_was_shown) {
  begin(append(0, one));
  show(0, {Value(one)});
  EXPECT_EQ(settle(), "");
  show(0, {});
  EXPECT_TRUE(finds("was there before and isn't now"));
}

TEST_F(TheLedger, finds_a_token_that_comes_after_it_was_not_there) {
  begin(append(0, one));
  EXPECT_EQ(settle(), "");
  show(0, {Value(one)});
  EXPECT_TRUE(finds("was never begun, and is there"));
}

TEST_F(TheLedger, finds_a_token_twice_and_out_of_order) {
  both(append(0, one));
  both(append(0, one + 1));
  show(0, {Value(one), Value(one + 1), Value(one)});
  EXPECT_TRUE(finds("is there twice"));
  both(append(1, one));
  both(append(1, one + 1));
  show(1, {Value(one + 1), Value(one)});
  EXPECT_TRUE(finds("came after one"));
}

TEST_F(TheLedger, finds_a_transaction_that_was_done_by_half) {
  begin({Act::transact, kLeft, 0, one, 0});
  show(kLeft, {Value(one)});
  EXPECT_TRUE(finds("done by half"));
}

TEST_F(TheLedger, finds_a_document_that_is_not_where_its_last_save_left_it) {
  both(save(Own::turned, one));
  begin(save(Own::turned, one + 1));
  show(Own::turned, one + 1);
  EXPECT_EQ(settle(), "");
  both(save(Own::turned, one + 2));
  EXPECT_TRUE(finds("the last that was acknowledged left it"));
  both({Act::remove, static_cast<std::uint8_t>(Own::turned), 0, one + 3, 0});
  EXPECT_TRUE(finds("the last that was acknowledged left it absent"));
}

TEST_F(TheLedger, finds_content_that_nobody_saved) {
  both(save(Own::large, one));
  store.save(own_name(0, Own::large), own_content(Own::large, one).with_member("more", Value(1)))
      .value();
  EXPECT_TRUE(finds("holds what nobody saved"));
}

TEST_F(TheLedger, beside_writers_asks_only_for_what_was_acknowledged_before_it_looked) {
  both(append(0, one));
  show(0, {Value(one), Value(one + 1)});
  const auto late = [this] {
    begin(append(0, one + 1));
    both(append(0, one + 2));
  };
  EXPECT_TRUE(ledger.glance(store, late).value().empty());
  EXPECT_EQ(ledger.glance(store, [] {}).value().size(), 1u);
}

TEST_F(TheLedger, finds_a_token_that_goes_after_a_reader_saw_it) {
  begin(append(0, one));
  show(0, {Value(one)});
  EXPECT_TRUE(ledger.glance(store, [] {}).value().empty());
  show(0, {});
  EXPECT_TRUE(finds("was acknowledged, or shown, and is lost"));
}

}  // namespace
}  // namespace stet::test
