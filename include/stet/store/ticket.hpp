// Ticket: stands for a save that goes on by itself, from Store::save_async.
//
// Durability: `done` exactly when the version is durable in the class of the store's `info()`;
// never before. The snapshot is the value as it was at the call.
// Thread rule: any thread; copies stand for the same save. May outlive its Store, whose end ends
// every ticket.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "stet/store/report.hpp"

namespace stet {

struct TicketState;

class Ticket {
 public:
  enum class Status : std::uint8_t {
    queued,     // not begun
    writing,    // begun
    done,       // durable: a new version, or the head has this content already
    conflict,   // the head wasn't the one that was expected; nothing was saved
    failed,     // by the error that wait() gives
    cancelled,  // before it began
  };
  // Called once, with what wait() gives, when the ticket has ended.
  using Callback = std::function<void(const Result<Saved>&)>;

  Status status() const;
  // Until the ticket has ended; where the store was given an executor, this thread may do the work.
  // Errors: those of a save; cancelled.
  Result<Saved> wait() const;
  // Nothing where it hasn't ended by then. In real time, whatever the store's clock says. Only
  // waits, since work could take longer: an executor that the store was given has to do it.
  std::optional<Result<Saved>> wait_for(std::int64_t duration_ms) const;
  // Whether the save has not begun, and so never will.
  bool cancel() const;

 private:
  friend class TicketQueue;
  explicit Ticket(std::shared_ptr<TicketState> state) : state_(std::move(state)) {}
  std::shared_ptr<TicketState> state_;
};

}  // namespace stet
