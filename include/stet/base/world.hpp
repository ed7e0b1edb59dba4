// The world, as far as the library needs it: time, random bytes, other threads. Passed in, so that
// a test can be the world.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "stet/base/bytes.hpp"

namespace stet {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t now_ms() = 0;        // wall clock, Unix epoch, UTC
  virtual std::int64_t monotonic_ns() = 0;  // never goes back
  virtual void sleep_ms(std::int64_t duration_ms) = 0;
};

// Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(MutableBytes out) = 0;
};

// Runs tasks later, in order of arrival, on a thread of its own (or inline in a simulation). An
// exception that leaves a task ends that task, and nobody hears of it.
// Thread-safe. The destructor finishes what was queued.
class Executor {
 public:
  virtual ~Executor() = default;
  // Throws std::system_error or std::bad_alloc where the system has no thread or memory for it;
  // then the task is dropped.
  virtual void run(std::function<void()> task) = 0;
};

std::shared_ptr<Clock> system_clock();
std::shared_ptr<Random> system_random();
std::shared_ptr<Executor> thread_executor();  // a new thread, started at the first task
std::shared_ptr<Executor> inline_executor();  // runs the task before `run` returns

}  // namespace stet
