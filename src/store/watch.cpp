#include "stet/store/watch.hpp"

#include <algorithm>

#include "store/ref_names.hpp"
#include "store/watch_poller.hpp"

namespace stet {

namespace {
constexpr std::size_t kPage = 1000;
constexpr std::int64_t kIntervalMsMin = 1;
}  // namespace

Watch::Poller::Poller(std::shared_ptr<Backend> backend, std::string_view prefix,
                      std::int64_t interval_ms, Callback changed)
    : backend_(std::move(backend)),
      prefix_(refs::document(prefix)),
      interval_(std::max(interval_ms, kIntervalMsMin)),
      changed_(std::move(changed)) {}

Watch::Poller::~Poller() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Result<void> Watch::Poller::start() {
  STET_TRY(seen_, read_heads());
  thread_ = std::thread([this] { work(); });
  return {};
}

Result<Watch::Poller::Heads> Watch::Poller::read_heads() const {
  Heads heads;
  std::string cursor;
  while (true) {
    STET_TRY(RefPage page, backend_->list(prefix_, cursor, kPage));
    for (Ref& ref : page.refs) {
      heads.emplace(ref.name.substr(refs::kDocuments.size()), std::move(ref.value));
    }
    if (!page.next) return heads;
    cursor = *std::move(page.next);
  }
}

// A store that can't be read now is asked again at the next turn: what changed is found then.
void Watch::Poller::poll() {
  auto heads = read_heads();
  if (!heads.ok()) return;
  std::vector<std::string> names;
  for (const auto& [name, head] : *heads) {
    const auto before = seen_.find(name);
    if (before == seen_.end() || before->second != head) names.push_back(name);
  }
  for (const auto& [name, head] : seen_) {
    if (!heads->contains(name)) names.push_back(name);
  }
  seen_ = *std::move(heads);
  if (names.empty()) return;
  std::sort(names.begin(), names.end());
  changed_(names);
}

void Watch::Poller::work() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, interval_, [this] { return stopping_; })) {
    lock.unlock();
    poll();
    lock.lock();
  }
}

Watch::Watch(std::unique_ptr<Poller> poller) : poller_(std::move(poller)) {}
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
Watch::~Watch() = default;

}  // namespace stet
