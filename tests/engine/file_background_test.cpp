// Work in the background that can't be begun, or goes wrong, is nobody's error.
#include <atomic>
#include <stdexcept>
#include <system_error>

#include "engine/file_rig.hpp"

namespace stet::test {
namespace {

// Has no thread to give, as a system that has reached its limit.
class ExhaustedExecutor final : public Executor {
 public:
  void run(std::function<void()>) override {
    ++asked;
    throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
  }
  int asked = 0;
};

// The zeros ahead are used up, then an index is wanted too.
TEST(Background, ASaveIsDoneThoughNoThreadCanBeStarted) {
  FileRig rig;
  const auto executor = std::make_shared<ExhaustedExecutor>();
  auto options = options_on(rig.disk);
  options.executor = executor;
  const auto backend = *open_file(kStorePath, std::move(options));
  for (int i = 0; i < 60; ++i) {
    const Bytes chunk = chunk_of(std::to_string(i), 50'000);
    ASSERT_TRUE(FileRig::save(*backend, "doc/a", chunk)->done);
    ASSERT_EQ(FileRig::load(*backend, "doc/a"), chunk);
  }
  EXPECT_GT(executor->asked, 10) << "asked for again by each";
}

TEST(Background, ATaskThatThrowsEndsNeitherTheProcessNorTheExecutor) {
  std::atomic<int> done = 0;
  for (const auto& executor : {thread_executor(), inline_executor()}) {
    executor->run([] { throw std::runtime_error("went wrong"); });
    executor->run([&done] { ++done; });
  }
  EXPECT_EQ(done, 2);
}

}  // namespace
}  // namespace stet::test
