// The thread behind a Watch.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "stet/seam.hpp"
#include "stet/store/watch.hpp"

namespace stet {

class Watch::Poller {
 public:
  Poller(std::shared_ptr<Backend> backend, std::string_view prefix, std::int64_t interval_ms,
         Callback changed);
  ~Poller();
  // Reads what is there now, and begins to poll. Errors: as the backend's list.
  Result<void> start();

 private:
  using Heads = std::map<std::string, RefValue>;
  Result<Heads> read_heads() const;
  void poll();
  void work();

  // Constant after construction.
  const std::shared_ptr<Backend> backend_;
  const std::string prefix_;
  const std::chrono::milliseconds interval_;
  const Callback changed_;
  // Of the thread, once it runs.
  Heads seen_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace stet
