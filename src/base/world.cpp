#include "stet/base/world.hpp"

#include <sys/random.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>

namespace stet {

namespace {

class SystemClock final : public Clock {
 public:
  std::int64_t now_ms() override {
    using std::chrono::duration_cast;
    return duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  std::int64_t monotonic_ns() override {
    return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  }
  void sleep_ms(std::int64_t duration_ms) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(duration_ms));
  }
};

class SystemRandom final : public Random {
 public:
  void fill(MutableBytes out) override {
    while (!out.empty()) {
      const ssize_t count = ::getrandom(out.data(), out.size(), 0);
      if (count < 0 && errno == EINTR) continue;
      // Without random bytes nonces could repeat; there is nothing safe to go on with.
      if (count <= 0) std::abort();
      out = out.subspan(static_cast<std::size_t>(count));
    }
  }
};

void run_alone(const std::function<void()>& task) noexcept {
  try {
    task();
  } catch (...) {
    return;  // nobody waits for it
  }
}

class InlineExecutor final : public Executor {
 public:
  void run(std::function<void()> task) override { run_alone(task); }
};

class ThreadExecutor final : public Executor {
 public:
  ~ThreadExecutor() override {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  void run(std::function<void()> task) override {
    {
      const std::lock_guard lock(mutex_);
      // It waits for the mutex, and finds the task then.
      if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
      tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return closing_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      const std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      run_alone(task);
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;  // guarded by mutex_
  bool closing_ = false;                     // guarded by mutex_
  std::thread thread_;                       // started under mutex_
};

}  // namespace

std::shared_ptr<Clock> system_clock() { return std::make_shared<SystemClock>(); }
std::shared_ptr<Random> system_random() { return std::make_shared<SystemRandom>(); }
std::shared_ptr<Executor> thread_executor() { return std::make_shared<ThreadExecutor>(); }
std::shared_ptr<Executor> inline_executor() { return std::make_shared<InlineExecutor>(); }

}  // namespace stet
