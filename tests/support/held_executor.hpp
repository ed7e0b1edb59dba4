// Keeps tasks until it is told to run them: what is given to it later waits until then.
//
// Thread rule: any thread.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "stet/base/world.hpp"

namespace stet::test {

class HeldExecutor final : public Executor {
 public:
  ~HeldExecutor() override { run_all(); }
  void run(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  // Also those that come meanwhile.
  void run_all() {
    while (const auto task = next()) task();
  }

 private:
  std::function<void()> next() {
    const std::lock_guard lock(mutex_);
    if (tasks_.empty()) return nullptr;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }

  std::mutex mutex_;
  std::deque<std::function<void()>> tasks_;  // guarded by mutex_
};

}  // namespace stet::test
