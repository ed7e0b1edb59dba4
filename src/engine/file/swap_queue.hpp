// Group commit: swaps of many threads of one handle that share a flush.
//
// Who comes first leads: it takes all that wait by the time that it may write, and answers for
// them. Who comes meanwhile waits, and one of them leads next.
//
// Thread rule: any thread.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/file/lock.hpp"
#include "stet/seam.hpp"

namespace stet::file {

struct PendingSwap {
  std::span<const RefChange> changes;
  // The leader's, until it has told.
  std::optional<Result<SwapOutcome>> answer;
  std::exception_ptr exception;  // in place of an answer
  bool is_told = false;          // guarded by the queue's mutex
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
  void lead_on(PendingSwap& mine, Lock& lock, const os::LockWait& wait, const Lead& lead);
  static void tell(PendingSwap& swap, const Result<void>& led,
                   const std::exception_ptr& exception) noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<PendingSwap*> waiting_;  // guarded by mutex_
  std::vector<PendingSwap*> taken_;    // the leader's
  bool is_led_ = false;                // guarded by mutex_
};

}  // namespace stet::file
