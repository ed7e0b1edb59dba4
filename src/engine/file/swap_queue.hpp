// Group commit: swaps of many threads of one handle that share a flush.
//
// Who comes first leads: it takes all that wait by the time that it may write, and answers for
// them. Who comes meanwhile waits, and one of them leads next, or whoever comes before that one is
// awake. Each waits for a bell of its own, so that nobody is woken for the sake of others.
//
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/file/lock.hpp"
#include "stet/seam.hpp"

namespace stet::file {

// Wakes a thread. Shared: who rings may do so a moment after the other has seen by itself that
// there is no more to wait for.
class Bell {
 public:
  std::shared_ptr<Bell> next;  // of those that are to ring; who has told their threads has them

  void ring();
  // False: it didn't ring for so long.
  bool wait(std::chrono::milliseconds pause);
  void wait();

 private:
  std::mutex mutex_;
  std::condition_variable rang_;
  bool has_rung_ = false;  // guarded by mutex_; since the last wait
};

struct PendingSwap {
  std::span<const RefChange> changes;
  // The leader's, until it has told.
  std::optional<Result<SwapOutcome>> answer;
  std::exception_ptr exception;  // in place of an answer
  // Set under the queue's mutex; then nobody else looks at this any more.
  std::atomic<bool> is_told = false;
  std::shared_ptr<Bell> bell;  // constant in the queue; null for who never waits
};

class SwapQueue {
 public:
  // Begins to write and calls take() once, then answers. Told how long it may wait.
  using Lead = std::function<Result<void>(const os::LockWait& wait)>;

  // `lead` is run by one thread at a time. What it has taken and not answered is answered with its
  // error or its exception; where it has taken nothing, only the swap of its thread is. Errors:
  // locked and cancelled, by `wait`, as long as nobody has taken the swap; and the answer's.
  Result<SwapOutcome> run(std::span<const RefChange> changes, const os::LockWait& wait,
                          const std::string& path, const Lead& lead);
  // The swaps that wait, in the order in which they came; the leader's is among them.
  std::span<PendingSwap* const> take();

 private:
  using Lock = std::unique_lock<std::mutex>;
  Result<void> wait_for_turn(const PendingSwap& mine, Lock& lock, const Patience& patience);
  bool leave(const PendingSwap& mine);
  void end_lead(PendingSwap& mine, Lock& lock, const Result<void>& led,
                const std::exception_ptr& exception) noexcept;
  std::shared_ptr<Bell> next_to_lead() const;
  void lead_on(PendingSwap& mine, Lock& lock, const os::LockWait& wait, const Lead& lead);
  static void tell(PendingSwap& swap, const Result<void>& led,
                   const std::exception_ptr& exception) noexcept;

  std::mutex mutex_;
  std::vector<PendingSwap*> waiting_;  // guarded by mutex_
  std::vector<PendingSwap*> taken_;    // the leader's
  bool is_led_ = false;                // guarded by mutex_
};

}  // namespace stet::file
