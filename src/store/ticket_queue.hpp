// The saves that go on by themselves. Who works takes some of those that wait, each document by one
// at a time, so that its saves keep their order. Swaps of several that work share a flush, as swaps
// of any threads do.
//
// Work is done by threads of the queue's own. Where the store was given an executor, it is done
// there, and by who waits for room or, without a limit of time, for a ticket, since nothing is
// known of that executor's threads. Callbacks run one at a time, on another thread of the queue's
// own or on that executor.
//
// What is allocated for a save is allocated when it is added: later nothing is in short supply.
//
// Thread rule: any thread, but close() is of who ends the store.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "stet/store/ticket.hpp"
#include "store/save_together.hpp"

namespace stet {

struct TicketState {
  // Constant while the ticket is queued; then of who works, and of who ends it. After that only the
  // name and the answer are left.
  SaveCall call;
  Bytes source_bytes;  // what the options' source is a view of
  std::string source_format;
  Ticket::Callback on_done;  // of who calls it
  // One node, for the queue's list, where it has to be called; until it is there.
  std::list<std::shared_ptr<TicketState>> place_in_ended;

  std::shared_ptr<TicketQueue> queue;  // constant
  // Guarded by the queue's mutex.
  Ticket::Status status = Ticket::Status::queued;
  std::condition_variable changed;  // it has ended, or nobody works on its document any more
};

class TicketQueue : public std::enable_shared_from_this<TicketQueue> {
 public:
  explicit TicketQueue(StoreCore& core);

  // Errors are the ticket's. Waits while the queue is full.
  Ticket add(std::string_view name, const Value& value, const SaveOptions& options,
             Ticket::Callback on_done);
  // Until the saves of the document (of all documents) that are queued by now have ended.
  void settle(std::string_view name);
  void settle();
  // Until everything has ended and every callback has run. Nothing is added afterwards.
  void close() noexcept;

  // Of a Ticket.
  Ticket::Status status(const TicketState& state);
  Result<Saved> wait(TicketState& state);
  std::optional<Result<Saved>> wait_for(TicketState& state, std::int64_t duration_ms);
  bool cancel(TicketState& state);

 private:
  using Lock = std::unique_lock<std::mutex>;
  using States = std::list<std::shared_ptr<TicketState>>;
  // The saves of one document that have not ended, oldest first. Those that are written come first.
  struct Line {
    States states;
    std::size_t taken = 0;
  };
  using Lines = std::map<std::string, Line, std::less<>>;
  using LineList = std::list<Lines::iterator>;
  struct Worker {
    std::shared_ptr<Executor> executor;
    bool is_called = false;
  };
  static constexpr std::size_t kWorkersMax = 4;
  static constexpr std::size_t kTogetherMax = 32;
  struct Taken {
    std::array<SaveCall*, kTogetherMax> calls;
    std::size_t count = 0;
    LineList lines;
  };

  std::shared_ptr<TicketState> make_state(std::string_view name, const Value& value,
                                          const SaveOptions& options, Ticket::Callback on_done);
  void make_workers();  // mutex_ is held
  void wait_for_room(std::size_t bytes, Lock& lock);
  void enqueue(std::shared_ptr<TicketState> state, Lock& lock);
  void end_at_once(std::shared_ptr<TicketState> state, Lock& lock);
  void call_worker(Lock& lock) noexcept;
  bool hand_over(Executor& executor, const std::function<void()>& task, Lock& lock) noexcept;
  void work(Worker& worker) noexcept;
  void work(Worker& worker, Lock& lock) noexcept;
  void work_once(LineList::iterator first, Lock& lock) noexcept;
  void take(LineList::iterator line, std::size_t count_max, Taken& taken) noexcept;
  void give_back(Taken& taken, States& over) noexcept;
  void end(States& over, Lock& lock) noexcept;
  LineList::iterator ready_line_of(const TicketState& state);
  void wait_until_ended(TicketState& state, Lock& lock);
  void settle(std::shared_ptr<TicketState> newest, Lock& lock);
  void call_back(Lock& lock) noexcept;
  void run_callbacks(Lock& lock) noexcept;

  StoreCore& core_;  // until it is closed
  const bool is_given_executor_;
  const std::size_t waiting_max_;
  std::atomic<std::size_t> unended_ = 0;

  std::mutex mutex_;
  // Guarded by mutex_.
  Lines lines_;                      // none is empty
  LineList ready_;                   // those that nobody works on; who waits longest comes first
  std::size_t waiting_ = 0;          // saves that are queued
  std::uint64_t waiting_bytes_ = 0;  // of their sources
  std::condition_variable changed_;  // there may be room, or somebody stopped working or calling
  std::vector<Worker> workers_;      // none before the first ticket; then constant, but for fields
  States ended_;                     // whose callbacks have to run
  std::shared_ptr<Executor> caller_;
  std::size_t handing_over_ = 0;  // calls of executors
  bool is_caller_called_ = false;
  bool is_calling_ = false;
};

}  // namespace stet
