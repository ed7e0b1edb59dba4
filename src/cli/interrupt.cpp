#include "cli/interrupt.hpp"

#include <csignal>

namespace stet::cli {

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

// A signal handler can reach nothing else.
volatile std::sig_atomic_t received = 0;

void remember(int signal) { received = signal; }

}  // namespace

InterruptGuard::InterruptGuard() {
  struct sigaction action{};
  action.sa_handler = remember;
  action.sa_flags = SA_RESTART;
  for (int signal : kSignals) {
    struct sigaction before{};
    // A signal that our parent has us ignore (nohup) stays ignored.
    if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) {
      sigaction(signal, &action, nullptr);
    }
  }
}

InterruptGuard::~InterruptGuard() {
  struct sigaction usual{};
  usual.sa_handler = SIG_DFL;
  for (int signal : kSignals) {
    struct sigaction before{};
    if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler == remember) {
      sigaction(signal, &usual, nullptr);
    }
  }
}

bool interrupted() noexcept { return received != 0; }

void end_if_interrupted() {
  if (received != 0) raise(received);
}

}  // namespace stet::cli
