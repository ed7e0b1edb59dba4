#include <algorithm>
#include <set>

#include "contract/contract.hpp"

namespace stet::contract {
namespace {

TEST_P(Contract, AnAbsentRefReadsAsNothing) {
  EXPECT_EQ(read(*backend_, "doc/none"), std::nullopt);
  const auto none = backend_->read({});
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE(none->empty());
}

TEST_P(Contract, SwapMakesChangesAndDeletes) {
  EXPECT_TRUE(swap(*backend_, {{"doc/a", std::nullopt, bytes_of("1"), false}}));
  EXPECT_EQ(read(*backend_, "doc/a"), bytes_of("1"));
  EXPECT_TRUE(swap(*backend_, {{"doc/a", bytes_of("1"), bytes_of("2"), false}}));
  EXPECT_EQ(read(*another(), "doc/a"), bytes_of("2"));
  EXPECT_TRUE(swap(*backend_, {{"doc/a", bytes_of("2"), std::nullopt, false}}));
  EXPECT_EQ(read(*another(), "doc/a"), std::nullopt);
  EXPECT_TRUE(swap(*backend_, {{"doc/a", std::nullopt, bytes_of("3"), false}}));
  EXPECT_EQ(read(*backend_, "doc/a"), bytes_of("3"));
}

TEST_P(Contract, AnEmptyValueIsAValue) {
  EXPECT_TRUE(swap(*backend_, {{"doc/a", std::nullopt, Bytes{}, false}}));
  EXPECT_EQ(read(*another(), "doc/a"), Bytes{});
  EXPECT_FALSE(swap(*backend_, {{"doc/a", std::nullopt, bytes_of("1"), false}}));
}

TEST_P(Contract, SwapIsAllOrNothingAndSaysWhatIsThereInTheOrderOfTheChanges) {
  set_ref(*backend_, "doc/a", "1");
  set_ref(*backend_, "doc/c", "3");
  const std::vector<RefChange> changes = {{"doc/c", bytes_of("3"), bytes_of("4"), false},
                                          {"doc/a", bytes_of("wrong"), bytes_of("2"), false},
                                          {"doc/b", std::nullopt, bytes_of("new"), false}};
  const auto outcome = backend_->swap(changes);
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->done);
  const std::vector<std::optional<RefValue>> actual = {bytes_of("3"), bytes_of("1"), std::nullopt};
  EXPECT_EQ(outcome->actual, actual);
  EXPECT_EQ(read(*backend_, "doc/a"), bytes_of("1"));
  EXPECT_EQ(read(*backend_, "doc/b"), std::nullopt);
  EXPECT_EQ(read(*backend_, "doc/c"), bytes_of("3"));
}

TEST_P(Contract, AnAssertionHoldsOrLosesAndChangesNothing) {
  set_ref(*backend_, "doc/a", "1");
  EXPECT_TRUE(swap(*backend_, {{"doc/a", bytes_of("1"), std::nullopt, true},
                               {"doc/none", std::nullopt, std::nullopt, true},
                               {"doc/b", std::nullopt, bytes_of("2"), false}}));
  EXPECT_EQ(read(*backend_, "doc/a"), bytes_of("1"));
  EXPECT_EQ(read(*backend_, "doc/b"), bytes_of("2"));
  EXPECT_FALSE(swap(*backend_, {{"doc/a", bytes_of("0"), std::nullopt, true},
                                {"doc/b", bytes_of("2"), bytes_of("3"), false}}));
  EXPECT_FALSE(swap(*backend_, {{"doc/a", std::nullopt, std::nullopt, true}}));
  EXPECT_EQ(read(*backend_, "doc/b"), bytes_of("2"));
}

TEST_P(Contract, ExpectedAbsentLosesAgainstWhatIsThere) {
  set_ref(*backend_, "doc/a", "1");
  const std::vector<RefChange> change = {{"doc/a", std::nullopt, bytes_of("2"), false}};
  const auto outcome = backend_->swap(change);
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->done);
  ASSERT_EQ(outcome->actual.size(), 1u);
  EXPECT_EQ(outcome->actual[0], bytes_of("1"));
}

TEST_P(Contract, RefusesANameTwiceAndAnEmptyOne) {
  const std::vector<RefChange> twice = {{"doc/a", std::nullopt, bytes_of("1"), false},
                                        {"doc/a", std::nullopt, std::nullopt, true}};
  EXPECT_EQ(backend_->swap(twice).error().code(), ErrorCode::invalid);
  const std::vector<RefChange> empty = {{"", std::nullopt, bytes_of("1"), false}};
  EXPECT_EQ(backend_->swap(empty).error().code(), ErrorCode::invalid);
  EXPECT_EQ(backend_->list("", "", 0).error().code(), ErrorCode::invalid);
}

TEST_P(Contract, NamesAndValuesGoUpToTheirLimitAndNotBeyond) {
  for (const std::size_t size : {kRefNameBytesMax - 1, kRefNameBytesMax}) {
    const std::string name(size, 'n');
    EXPECT_TRUE(swap(*backend_, {{name, std::nullopt, Bytes(kRefValueBytesMax, 7), false}}));
    EXPECT_EQ(read(*another(), name), Bytes(kRefValueBytesMax, 7));
  }
  const std::vector<RefChange> name = {
      {std::string(kRefNameBytesMax + 1, 'n'), std::nullopt, Bytes{}, false}};
  EXPECT_EQ(backend_->swap(name).error().code(), ErrorCode::too_large);
  const std::vector<RefChange> value = {
      {"doc/a", std::nullopt, Bytes(kRefValueBytesMax + 1), false}};
  EXPECT_EQ(backend_->swap(value).error().code(), ErrorCode::too_large);
  EXPECT_EQ(read(*backend_, "doc/a"), std::nullopt);
}

TEST_P(Contract, NamesAreBytesAndNothingMore) {
  const std::vector<std::string> names = {"..",
                                          "../../etc/passwd",
                                          "/",
                                          "a b",
                                          std::string("nul\0inside", 10),
                                          "\xff\xfe not UTF-8",
                                          "d\u00f6c/\U0001F3B5",
                                          "%2e%2e",
                                          "new\nline",
                                          "*",
                                          "'; drop table refs; --"};
  for (const std::string& name : names) set_ref(*backend_, name, "of " + name);
  const auto other = another();
  for (const std::string& name : names) EXPECT_EQ(read(*other, name), bytes_of("of " + name));
  const auto page = other->list("", "", 100);
  ASSERT_TRUE(page.ok());
  std::set<std::string> listed;
  for (const Ref& ref : page->refs) listed.insert(ref.name);
  EXPECT_EQ(listed, std::set<std::string>(names.begin(), names.end()));
}

TEST_P(Contract, ListPagesInOrderWithinThePrefix) {
  std::vector<std::string> expected;
  for (int i = 0; i < 25; ++i) {
    expected.push_back("doc/" + std::string(1, static_cast<char>('a' + i)));
    set_ref(*backend_, expected.back(), std::to_string(i));
  }
  set_ref(*backend_, "dob", "before");
  set_ref(*backend_, "doc0", "after");
  set_ref(*backend_, "sys/x", "elsewhere");
  ASSERT_TRUE(swap(*backend_, {{"doc/c", bytes_of("2"), std::nullopt, false}}));
  expected.erase(expected.begin() + 2);
  for (const std::size_t limit : {1u, 2u, 7u, 24u, 25u, 1000u}) {
    std::vector<std::string> names;
    std::string cursor;
    for (int pages = 0; pages < 100; ++pages) {
      const auto page = another()->list("doc/", cursor, limit);
      ASSERT_TRUE(page.ok());
      EXPECT_LE(page->refs.size(), limit);
      for (const Ref& ref : page->refs) names.push_back(ref.name);
      if (!page->next) break;
      cursor = *page->next;
    }
    EXPECT_EQ(names, expected) << limit;
  }
  const auto nothing = backend_->list("doc/zz", "", 5);
  ASSERT_TRUE(nothing.ok());
  EXPECT_TRUE(nothing->refs.empty());
  EXPECT_FALSE(nothing->next.has_value());
}

TEST_P(Contract, AManyRefStoreListsAndReadsThemAll) {
  std::vector<RefChange> changes;
  for (int i = 0; i < 2000; ++i) {
    changes.push_back(
        {"doc/" + std::to_string(i), std::nullopt, bytes_of(std::to_string(i)), false});
  }
  ASSERT_TRUE(swap(*backend_, changes));
  const auto page = another()->list("", "", 5000);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->refs.size(), changes.size());
  EXPECT_TRUE(std::is_sorted(page->refs.begin(), page->refs.end(),
                             [](const Ref& a, const Ref& b) { return a.name < b.name; }));
  EXPECT_EQ(read(*backend_, "doc/1234"), bytes_of("1234"));
}

TEST_P(Contract, WhatWasSwappedIsThereAfterAllHandlesAreGone) {
  if (!GetParam().reopens) GTEST_SKIP() << "ends with its handle";
  const Chunk swapped("swapped");
  put(*backend_, swapped);
  set_ref(*backend_, "doc/a", "1");
  backend_.reset();
  backend_ = place_->open();
  EXPECT_EQ(read(*backend_, "doc/a"), bytes_of("1"));
  EXPECT_EQ(get(*backend_, swapped.id), swapped.bytes);
}

TEST_P(Contract, TwoHandlesSeeEachOther) {
  if (!GetParam().handles) GTEST_SKIP() << "has one handle only";
  const auto other = place_->open();
  const Chunk mine("mine"), theirs("theirs");
  put(*backend_, mine);
  set_ref(*backend_, "doc/a", "1");
  EXPECT_EQ(read(*other, "doc/a"), bytes_of("1"));
  EXPECT_EQ(get(*other, mine.id), mine.bytes);
  put(*other, theirs);
  EXPECT_FALSE(swap(*other, {{"doc/a", std::nullopt, bytes_of("2"), false}}));
  EXPECT_TRUE(swap(*other, {{"doc/a", bytes_of("1"), bytes_of("2"), false}}));
  EXPECT_FALSE(swap(*backend_, {{"doc/a", bytes_of("1"), bytes_of("3"), false}}));
  EXPECT_EQ(read(*backend_, "doc/a"), bytes_of("2"));
  EXPECT_EQ(get(*backend_, theirs.id), theirs.bytes);
}

}  // namespace
}  // namespace stet::contract
