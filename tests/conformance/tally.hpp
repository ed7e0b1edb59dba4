// How a public suite went: every case passes, fails, or is said not to apply and why.
#pragma once

#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <string>
#include <string_view>

namespace stet::test {

// Prints its sums when it goes, and fails the test where nothing applied.
class Tally {
 public:
  explicit Tally(std::string suite) : suite_(std::move(suite)) {}
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;
  ~Tally() {
    std::cout << suite_ << ": " << passed_ << " of " << applied_ << " cases that apply passed\n";
    for (const auto& [why, count] : not_applied_) {
      std::cout << "  " << count << " don't apply: " << why << "\n";
    }
    EXPECT_GT(applied_, 0) << suite_ << ": no case applied";
  }

  // Counts a case and fails the test where it is not `good`.
  void check(bool good, std::string_view name, std::string_view why = {}) {
    ++applied_;
    passed_ += good ? 1 : 0;
    EXPECT_TRUE(good) << suite_ << ", " << name << ": " << why;
  }
  void does_not_apply(const std::string& why) { ++not_applied_[why]; }

 private:
  std::string suite_;
  int applied_ = 0;
  int passed_ = 0;
  std::map<std::string, int> not_applied_;
};

}  // namespace stet::test
