// Ctrl-C. Most work simply ends: a store survives that at any point. Work that has a temporary file
// is asked to stop instead, cleans up, and the command then ends as the signal meant it.
#pragma once

namespace stet::cli {

// While one lives, SIGINT, SIGTERM and SIGHUP only set a flag. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

// True once a signal came while a guard lived.
bool interrupted() noexcept;

// Ends the process as a signal that came while a guard lived meant it, where one came. Called last,
// when what was done has been said.
void end_if_interrupted();

}  // namespace stet::cli
