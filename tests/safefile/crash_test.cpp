// Replacing a file survives what a disk can do: a crash leaves the old content or the new one, and
// after an answer of "done" the new one; every failing call leaves the old one and no litter.
#include <gtest/gtest.h>

#include <cerrno>

#include "stet/safefile.hpp"
#include "support/crash_states.hpp"
#include "support/simulated_disk.hpp"
#include "support/tampered_files.hpp"

namespace stet::safefile {
namespace {

using test::Call;
using test::Verdict;

const std::string kOld(1500, 'o');
const std::string kNew(2500, 'n');

test::DiskImage with_old_file() {
  test::DiskImage image;
  image.put_file("/f", as_bytes(kOld));
  return image;
}

// Replaces /f through `judge` and returns what is wrong with the states that a crash may leave.
std::vector<std::string> violations(const test::Judge& judge) {
  const auto disk = std::make_shared<test::SimulatedDisk>(with_old_file());
  const auto files = test::tampered_files(disk, judge);
  EXPECT_TRUE(replace_file(*files, "/f", as_bytes(kNew)).ok());
  std::vector<std::string> wrong;
  const std::uint64_t states = test::for_each_crash_state(
      disk->durable_at_start(), disk->log(), {}, [&](const test::CrashState& state) {
        const test::Node* node = state.image.node_at("/f");
        const Bytes bytes = node == nullptr ? Bytes() : node->content.bytes();
        const auto content = node == nullptr ? "none" : as_text(bytes);
        const bool done = state.place == disk->log_size();
        if (content != kNew && (done || content != kOld)) wrong.push_back(state.description);
        return true;
      });
  EXPECT_GE(states, 20u);
  return wrong;
}

TEST(ReplaceUnderCrashes, LeavesTheOldContentOrTheNewOne) {
  const auto wrong = violations([](const Call&) { return Verdict{}; });
  EXPECT_TRUE(wrong.empty()) << wrong.front();
}

TEST(ReplaceUnderCrashes, BrokenRulesAreSeen) {
  for (const Call::Kind broken : {Call::Kind::sync_all, Call::Kind::sync_directory}) {
    const auto wrong = violations([broken](const Call& call) {
      return call.kind == broken ? Verdict{Verdict::Kind::skip} : Verdict{};
    });
    EXPECT_FALSE(wrong.empty()) << "nobody noticed that call " << static_cast<int>(broken)
                                << " was left out";
  }
  const auto wrong = violations([](const Call& call) {
    return call.kind == Call::Kind::write ? Verdict{Verdict::Kind::lie, 0, 600} : Verdict{};
  });
  EXPECT_FALSE(wrong.empty()) << "nobody noticed a short write that was ignored";
}

TEST(ReplaceUnderErrors, EveryFailingCallLeavesOneOfTheTwoAndSaysWhich) {
  for (const int number : {EIO, ENOSPC, EDQUOT, EMFILE, ENOMEM, EROFS}) {
    bool failed = true;
    for (std::uint64_t nth = 1; failed; ++nth) {
      const auto disk = std::make_shared<test::SimulatedDisk>(with_old_file());
      const auto seen = std::make_shared<std::uint64_t>(0);
      const auto files = test::tampered_files(
          disk, test::judge_of({nth, {Verdict::Kind::fail, number, 0}, false, nullptr}, seen));
      const auto result = replace_file(*files, "/f", as_bytes(kNew));
      failed = *seen >= nth;
      const Bytes bytes = disk->cached().node_at("/f")->content.bytes();
      const auto content = as_text(bytes);
      if (result.ok() || result.error().code() == ErrorCode::outcome_unknown) {
        EXPECT_EQ(content, kNew) << nth;
      } else {
        EXPECT_EQ(content, kOld) << nth;
      }
      EXPECT_EQ(result.ok(), !failed) << "call " << nth << ", error " << number;
      EXPECT_EQ(disk->list_directory("/")->size(), 1u) << nth;
    }
  }
}

TEST(ReplaceUnderErrors, ShortWritesAreContinued) {
  const auto disk = std::make_shared<test::SimulatedDisk>(with_old_file());
  const auto files = test::tampered_files(disk, [](const Call& call) {
    return call.kind == Call::Kind::write ? Verdict{Verdict::Kind::shorten, 0, 7} : Verdict{};
  });
  ASSERT_TRUE(replace_file(*files, "/f", as_bytes(kNew)).ok());
  EXPECT_EQ(as_text(disk->cached().node_at("/f")->content.bytes()), kNew);
}

}  // namespace
}  // namespace stet::safefile
