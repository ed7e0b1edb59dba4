// Something that is to be done after a time, on a thread of its own, unless it is cancelled before.
//
// Thread rule: one thread at a time, but for the one that rings.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace stet::file {

class Alarm {
 public:
  Alarm() = default;
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  ~Alarm();

  // Calls `ring` after that time, and again after a millisecond where it answers false. `ring`
  // doesn't throw. Cancels what was set before, and waits for its end. Throws std::system_error or
  // std::bad_alloc where there is no thread or memory.
  void set(std::chrono::milliseconds after, std::function<bool()> ring);
  // Doesn't wait: a call of `ring` that has begun goes on. From `ring` too.
  void cancel() noexcept;

 private:
  void run(std::chrono::milliseconds after) noexcept;

  std::mutex mutex_;
  std::condition_variable cancelled_;
  bool is_cancelled_ = false;   // guarded by mutex_
  std::function<bool()> ring_;  // constant while the thread runs
  std::thread thread_;
};

}  // namespace stet::file
