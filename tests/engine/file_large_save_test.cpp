// Saves that go out in several writes: hints on the way, and what counts once the commit is there.
#include <cerrno>

#include "engine/file_rig.hpp"
#include "support/tampered_files.hpp"

namespace stet::test {
namespace {

Bytes large_chunk(const std::string& text) { return chunk_of(text, 2'400'000); }

TEST(LargeSave, AHintThatFailsIsNoReasonToFailTheSave) {
  FileRig rig;
  std::uint64_t hints = 0;
  const auto files = tampered_files(rig.disk, [&hints](const Call& call) -> Verdict {
    if (call.kind != Call::Kind::start_sync) return {};
    ++hints;
    return {Verdict::Kind::fail, EIO, 0};
  });
  const auto backend = *open_file(kStorePath, options_on(files));
  const auto saved = FileRig::save(*backend, "doc/a", large_chunk("one"));
  ASSERT_TRUE(saved.ok()) << saved.error().to_string();
  EXPECT_TRUE(saved->done);
  EXPECT_GE(hints, 1u);
  FileRig after(durable_now(rig));
  EXPECT_TRUE(FileRig::load(*after.open(), "doc/a") == large_chunk("one"));
}

// The system tells of a lost write only once: who was told must not count on the sync to tell
// again.
TEST(LargeSave, WhatAFailedHintMayHaveLostIsWrittenAgain) {
  FileRig rig;
  const auto backend = rig.open();
  ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk_of("one"))->done);
  rig.disk->fail_next_hint();
  const auto saved = FileRig::save(*backend, "doc/a", large_chunk("two"));
  ASSERT_TRUE(saved.ok()) << saved.error().to_string();
  FileRig after(durable_now(rig));
  EXPECT_TRUE(FileRig::load(*after.open(), "doc/a") == large_chunk("two"));
}

// A reader takes a batch for saved as soon as its commit is there.
TEST(LargeSave, NoHintIsGivenOnceTheCommitIsInTheFile) {
  FileRig rig;
  const auto reader = rig.open();
  const auto files = tampered_files(rig.disk, [&](const Call& call) -> Verdict {
    const bool hint = call.kind == Call::Kind::start_sync;
    EXPECT_FALSE(hint && FileRig::read(*reader, "doc/a").has_value());
    return {};
  });
  const auto backend = *open_file(kStorePath, options_on(files));
  ASSERT_TRUE(FileRig::save(*backend, "doc/a", large_chunk("one"))->done);
  EXPECT_GE(rig.disk->counters().hints, 1u);
}

// Every write of a save says that it failed, though it was done.
TEST(LargeSave, NothingIsTakenBackOnceTheCommitMayBeInTheFile) {
  bool unknown = false;
  for (std::uint64_t nth = 1; !unknown; ++nth) {
    SCOPED_TRACE("write " + std::to_string(nth));
    FileRig rig;
    ASSERT_TRUE(FileRig::save(*rig.open(), "doc/a", chunk_of("one"))->done);
    bool armed = false;
    const auto seen = std::make_shared<std::uint64_t>(0);
    const auto files = tampered_files(
        rig.disk, judge_of({nth,
                            {Verdict::Kind::fail_late, EIO, 0},
                            false,
                            [&](const Call& c) { return armed && c.kind == Call::Kind::write; }},
                           seen));
    const auto backend = *open_file(kStorePath, options_on(files));
    ASSERT_TRUE(FileRig::save(*backend, "doc/b", chunk_of("b"))->done);
    const auto other = rig.open();
    armed = true;
    const auto failed = FileRig::save(*backend, "doc/a", large_chunk("two"));
    ASSERT_FALSE(failed.ok());
    unknown = failed.error().code() == ErrorCode::outcome_unknown;
    const Bytes expected = unknown ? large_chunk("two") : chunk_of("one");
    EXPECT_TRUE(FileRig::load(*other, "doc/a") == expected);
    EXPECT_TRUE(FileRig::load(*backend, "doc/a") == expected);
    ASSERT_TRUE(FileRig::save(*other, "doc/b", chunk_of("c"))->done);
    ASSERT_TRUE(FileRig::save(*backend, "doc/c", chunk_of("d"))->done);
    const auto reopened = rig.open();
    ASSERT_TRUE(reopened);
    EXPECT_TRUE(FileRig::load(*reopened, "doc/a") == expected);
    EXPECT_EQ(FileRig::load(*reopened, "doc/b"), chunk_of("c"));
    EXPECT_EQ(FileRig::load(*reopened, "doc/c"), chunk_of("d"));
  }
}

}  // namespace
}  // namespace stet::test
