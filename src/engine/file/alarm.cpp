#include "engine/file/alarm.hpp"

namespace stet::file {

Alarm::~Alarm() {
  cancel();
  if (thread_.joinable()) thread_.join();
}

void Alarm::set(std::chrono::milliseconds after, std::function<bool()> ring) {
  cancel();
  if (thread_.joinable()) thread_.join();
  is_cancelled_ = false;
  ring_ = std::move(ring);
  thread_ = std::thread([this, after] { run(after); });
}

void Alarm::cancel() noexcept {
  const std::lock_guard lock(mutex_);
  is_cancelled_ = true;
  cancelled_.notify_all();
}

void Alarm::run(std::chrono::milliseconds after) noexcept {
  constexpr std::chrono::milliseconds kAgain{1};
  std::unique_lock lock(mutex_);
  while (!cancelled_.wait_for(lock, after, [this] { return is_cancelled_; })) {
    lock.unlock();
    if (ring_()) return;
    lock.lock();
    after = kAgain;
  }
}

}  // namespace stet::file
