// Watch: tells when documents change, by polling on a thread of its own. A hint that may come late
// and merges what happened between two polls, but is never lost for good.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace stet {

class Watch {
 public:
  // Names whose head moved, appeared or went, ascending; never empty. Runs on the watch's thread;
  // must not end its own Watch.
  using Callback = std::function<void(const std::vector<std::string>& names)>;

  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) noexcept;
  ~Watch();  // no callback runs after it

 private:
  friend class Store;
  class Poller;
  explicit Watch(std::unique_ptr<Poller> poller);
  std::unique_ptr<Poller> poller_;
};

}  // namespace stet
