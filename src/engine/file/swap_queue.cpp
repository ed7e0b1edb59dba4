#include "engine/file/swap_queue.hpp"

#include <algorithm>
#include <utility>

namespace stet::file {

Result<SwapOutcome> SwapQueue::run(std::span<const RefChange> changes, const os::LockWait& wait,
                                   const std::string& path, const Lead& lead) {
  PendingSwap mine{.changes = changes, .answer = {}, .exception = {}, .bell = {}};
  const Patience patience(wait, path, "written to");
  os::LockWait left = wait;  // copied while nobody knows of the swap
  Lock lock(mutex_);
  if (is_led_) mine.bell = std::make_shared<Bell>();
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

// Until the swap is answered, or nobody leads: then the lock is held. After an error, or an
// exception, it is out of the queue.
Result<void> SwapQueue::wait_for_turn(const PendingSwap& mine, Lock& lock,
                                      const Patience& patience) {
  while (is_led_ && !mine.is_told) {
    const auto pause = std::min(Patience::kPause, patience.left());
    lock.unlock();  // the callback may take its time, too
    const bool has_rung = mine.bell->wait(pause);
    if (mine.is_told) return {};
    try {
      auto goes_on = has_rung ? Result<void>() : patience.check();
      lock.lock();
      if (goes_on.ok()) continue;
      if (leave(mine)) return goes_on;
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      if (leave(mine)) throw;
    }
    lock.unlock();
    while (!mine.is_told) mine.bell->wait();  // taken, so its answer comes
    return {};
  }
  return {};
}

// False: the swap is taken, and its answer comes.
bool SwapQueue::leave(const PendingSwap& mine) {
  if (std::erase(waiting_, &mine) == 0) return false;
  // It may be who was to lead.
  if (const auto next = is_led_ ? nullptr : next_to_lead()) next->ring();
  return true;
}

std::shared_ptr<Bell> SwapQueue::next_to_lead() const {
  return waiting_.empty() ? nullptr : waiting_.front()->bell;
}

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
  end_lead(mine, lock, led, exception);
}

// Rings without the lock, which those that wake would else wait for at once.
void SwapQueue::end_lead(PendingSwap& mine, Lock& lock, const Result<void>& led,
                         const std::exception_ptr& exception) noexcept {
  if (leave(mine)) tell(mine, led, exception);
  std::shared_ptr<Bell> told;
  for (PendingSwap* const swap : taken_) {
    if (swap != &mine && swap->bell) {
      swap->bell->next = std::move(told);
      told = swap->bell;
    }
    tell(*swap, led, exception);
  }
  taken_.clear();
  is_led_ = false;
  const auto next = next_to_lead();
  lock.unlock();
  if (next) next->ring();
  while (told) {
    const auto bell = std::exchange(told, nullptr);
    told = std::exchange(bell->next, nullptr);
    bell->ring();
  }
}

void SwapQueue::tell(PendingSwap& swap, const Result<void>& led,
                     const std::exception_ptr& exception) noexcept {
  if (!swap.answer) {
    swap.exception = exception;
    if (!exception) swap.answer = led.error();
  }
  swap.is_told = true;
}

void Bell::ring() {
  {
    const std::lock_guard lock(mutex_);
    has_rung_ = true;
  }
  rang_.notify_one();
}

bool Bell::wait(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  rang_.wait_for(lock, pause, [this] { return has_rung_; });
  return std::exchange(has_rung_, false);
}

void Bell::wait() {
  std::unique_lock lock(mutex_);
  rang_.wait(lock, [this] { return has_rung_; });
  has_rung_ = false;
}

}  // namespace stet::file
