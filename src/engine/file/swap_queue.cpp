#include "engine/file/swap_queue.hpp"

#include <algorithm>

namespace stet::file {

Result<SwapOutcome> SwapQueue::run(std::span<const RefChange> changes, const os::LockWait& wait,
                                   const std::string& path, const Lead& lead) {
  PendingSwap mine{.changes = changes, .answer = {}, .exception = {}};
  const Patience patience(wait, path, "written to");
  os::LockWait left = wait;  // copied while nobody knows of the swap
  Lock lock(mutex_);
  waiting_.push_back(&mine);
  STET_CHECK(wait_for_turn(mine, lock, patience));
  if (!mine.is_told) {
    left.limit_ms = patience.left().count();
    lead_on(mine, lock, left, lead);
  }
  if (mine.exception) std::rethrow_exception(mine.exception);
  return *std::move(mine.answer);
}

std::span<PendingSwap* const> SwapQueue::take() {
  const Lock lock(mutex_);
  taken_.swap(waiting_);
  return taken_;
}

// Until the swap is answered, or nobody leads. After an error, or an exception, it is out of the
// queue.
Result<void> SwapQueue::wait_for_turn(const PendingSwap& mine, Lock& lock,
                                      const Patience& patience) {
  while (is_led_ && !mine.is_told) {
    const auto pause = std::min(Patience::kPause, patience.left());
    if (changed_.wait_for(lock, pause) == std::cv_status::no_timeout) continue;
    lock.unlock();  // the callback may take its time
    try {
      auto goes_on = patience.check();
      lock.lock();
      if (goes_on.ok()) continue;
      if (leave(mine)) return goes_on;
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      if (leave(mine)) throw;
    }
    changed_.wait(lock, [&mine] { return mine.is_told; });  // taken, so its answer comes
  }
  return {};
}

// False: the swap is taken, and its answer comes.
bool SwapQueue::leave(const PendingSwap& mine) { return std::erase(waiting_, &mine) != 0; }

void SwapQueue::lead_on(PendingSwap& mine, Lock& lock, const os::LockWait& wait, const Lead& lead) {
  is_led_ = true;
  lock.unlock();
  Result<void> led;
  std::exception_ptr exception;
  try {
    led = lead(wait);
  } catch (...) {
    exception = std::current_exception();
  }
  lock.lock();
  if (leave(mine)) tell(mine, led, exception);
  for (PendingSwap* const swap : taken_) tell(*swap, led, exception);
  taken_.clear();
  is_led_ = false;
  changed_.notify_all();
}

void SwapQueue::tell(PendingSwap& swap, const Result<void>& led,
                     const std::exception_ptr& exception) noexcept {
  swap.is_told = true;
  if (swap.answer) return;
  swap.exception = exception;
  if (!exception) swap.answer = led.error();
}

}  // namespace stet::file
