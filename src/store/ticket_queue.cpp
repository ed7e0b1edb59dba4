#include "store/ticket_queue.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace stet {

namespace {

constexpr std::size_t kWorkersMin = 2;  // one prepares while another waits for the device
constexpr std::uint64_t kWaitingBytesMax = 64u << 20;

bool has_ended(const TicketState& state) {
  return state.status != Ticket::Status::queued && state.status != Ticket::Status::writing;
}

Ticket::Status status_after(const Result<Saved>& answer) {
  if (!answer.ok()) return Ticket::Status::failed;
  return answer->outcome == Saved::Outcome::conflict ? Ticket::Status::conflict
                                                     : Ticket::Status::done;
}

const Error& cancelled() {
  static const Error error(ErrorCode::cancelled, "the save was cancelled before it began");
  return error;
}

// What an ended ticket needs no more, though its callback may still have to run; values may be
// large.
void release(TicketState& state) {
  state.call.value = Value();
  state.call.options = {};
  state.call.draft = {};
  state.source_bytes = Bytes();  // {} would keep the memory
}

void call(const TicketState& state) noexcept {
  try {
    state.on_done(*state.call.answer);
  } catch (...) {
    return;  // it is nobody's answer
  }
}

// Far below what a clock's nanoseconds hold.
std::chrono::milliseconds waitable(std::int64_t duration_ms) {
  constexpr std::int64_t kHundredYearsMs = 100LL * 365 * 24 * 60 * 60 * 1000;
  return std::chrono::milliseconds(std::clamp<std::int64_t>(duration_ms, 0, kHundredYearsMs));
}

}  // namespace

TicketQueue::TicketQueue(StoreCore& core)
    : core_(core),
      is_given_executor_(core.options().executor != nullptr),
      waiting_max_(std::max<std::size_t>(core.options().saves_waiting_max, 1)) {
  prepare_answers();
  cancelled();
}

// With the first ticket: to find out how many processors there are takes as long as the rest of
// opening a store.
void TicketQueue::make_workers() {
  const auto executor = [&] {
    return is_given_executor_ ? core_.options().executor : thread_executor();
  };
  const std::size_t count =
      std::clamp<std::size_t>(std::thread::hardware_concurrency(), kWorkersMin, kWorkersMax);
  std::vector<Worker> workers;
  for (std::size_t i = 0; i < count; ++i) workers.push_back({executor()});
  caller_ = executor();
  workers_ = std::move(workers);
}

// ---- Adding

Ticket TicketQueue::add(std::string_view name, const Value& value, const SaveOptions& options,
                        Ticket::Callback on_done) {
  auto state = make_state(name, value, options, std::move(on_done));
  Ticket ticket(state);
  auto draft = [&]() -> Result<Draft> {
    STET_CHECK(check_name(name));
    return draft_version(core_, options);
  }();
  Lock lock(mutex_);
  if (workers_.empty()) make_workers();
  if (!draft.ok()) {
    state->call.answer = located(Result<Saved>(draft.error()), core_, name);
    end_at_once(std::move(state), lock);
    return ticket;
  }
  state->call.draft = *std::move(draft);
  wait_for_room(state->source_bytes.size(), lock);
  enqueue(std::move(state), lock);
  return ticket;
}

std::shared_ptr<TicketState> TicketQueue::make_state(std::string_view name, const Value& value,
                                                     const SaveOptions& options,
                                                     Ticket::Callback on_done) {
  auto state = std::make_shared<TicketState>();
  state->queue = shared_from_this();
  if (on_done) state->place_in_ended.resize(1);
  state->on_done = std::move(on_done);
  state->call.name = name;
  state->call.value = value;
  state->call.options = options;
  if (options.source) {
    state->source_bytes.assign(options.source->bytes.begin(), options.source->bytes.end());
    state->source_format = options.source->format;
    state->call.options.source = KeptSource{state->source_bytes, state->source_format};
  }
  return state;
}

void TicketQueue::wait_for_room(std::size_t bytes, Lock& lock) {
  while (waiting_ >= waiting_max_ ||
         (waiting_bytes_ > 0 && waiting_bytes_ + bytes > kWaitingBytesMax)) {
    if (is_given_executor_ && !ready_.empty()) {
      work_once(ready_.begin(), lock);
    } else {
      changed_.wait(lock);
    }
  }
}

void TicketQueue::enqueue(std::shared_ptr<TicketState> state, Lock& lock) {
  const std::size_t bytes = state->source_bytes.size();
  States node(1, state);
  LineList ready(1);
  const auto line = lines_.try_emplace(state->call.name).first;
  if (line->second.states.empty()) {
    ready.front() = line;
    ready_.splice(ready_.end(), ready);
  }
  line->second.states.splice(line->second.states.end(), node);
  ++waiting_;
  waiting_bytes_ += bytes;
  ++unended_;
  if (!ready_.empty()) call_worker(lock);
}

void TicketQueue::end_at_once(std::shared_ptr<TicketState> state, Lock& lock) {
  States over(1, state);
  ++unended_;
  end(over, lock);
}

// ---- Working

// Where the system has no thread for it, the caller works.
void TicketQueue::call_worker(Lock& lock) noexcept {
  const auto idle = std::ranges::find(workers_, false, &Worker::is_called);
  if (idle == workers_.end()) return;
  Worker& worker = *idle;
  worker.is_called = true;
  if (!hand_over(*worker.executor, [this, &worker] { work(worker); }, lock)) work(worker, lock);
}

// False: it doesn't take the task.
bool TicketQueue::hand_over(Executor& executor, const std::function<void()>& task,
                            Lock& lock) noexcept {
  bool is_taken = true;
  ++handing_over_;
  lock.unlock();
  try {
    executor.run([self = shared_from_this(), task] { task(); });
  } catch (...) {
    is_taken = false;
  }
  lock.lock();
  --handing_over_;
  changed_.notify_all();
  return is_taken;
}

void TicketQueue::work(Worker& worker, Lock& lock) noexcept {
  while (!ready_.empty()) work_once(ready_.begin(), lock);
  worker.is_called = false;
}

void TicketQueue::work(Worker& worker) noexcept {
  Lock lock(mutex_);
  work(worker, lock);
}

// Each of the queue's own threads takes its share, so that all end at about the same time.
void TicketQueue::work_once(LineList::iterator first, Lock& lock) noexcept {
  const std::size_t sharers = is_given_executor_ ? 1 : workers_.size();
  const std::size_t share = (waiting_ + sharers - 1) / sharers;
  const std::size_t count_max = std::clamp<std::size_t>(share, 1, kTogetherMax);
  Taken taken;
  take(first, count_max, taken);
  while (taken.count < count_max && !ready_.empty()) take(ready_.begin(), count_max, taken);
  changed_.notify_all();
  if (!ready_.empty()) call_worker(lock);
  lock.unlock();
  save_together(core_, std::span(taken.calls).first(taken.count));
  lock.lock();
  States over;
  give_back(taken, over);
  end(over, lock);
  if (!ready_.empty()) call_worker(lock);
}

void TicketQueue::take(LineList::iterator place, std::size_t count_max, Taken& taken) noexcept {
  Line& line = (*place)->second;
  taken.lines.splice(taken.lines.end(), ready_, place);
  for (const auto& state : line.states) {
    if (taken.count == count_max) break;
    taken.calls[taken.count++] = &state->call;
    state->status = Ticket::Status::writing;
    ++line.taken;
    --waiting_;
    waiting_bytes_ -= state->source_bytes.size();
  }
}

void TicketQueue::give_back(Taken& taken, States& over) noexcept {
  while (!taken.lines.empty()) {
    const Lines::iterator place = taken.lines.front();
    Line& line = place->second;
    const auto first_left = std::next(line.states.begin(), static_cast<std::ptrdiff_t>(line.taken));
    over.splice(over.end(), line.states, line.states.begin(), first_left);
    line.taken = 0;
    for (const auto& state : line.states) state->changed.notify_all();
    if (line.states.empty()) {
      lines_.erase(place);
      taken.lines.pop_front();
    } else {
      ready_.splice(ready_.end(), taken.lines, taken.lines.begin());
    }
  }
}

// Precondition: each has its answer, and is in no line any more.
void TicketQueue::end(States& over, Lock& lock) noexcept {
  for (const auto& state : over) {
    if (state->status != Ticket::Status::cancelled) {
      state->status = status_after(*state->call.answer);
    }
    state->changed.notify_all();
    --unended_;
    if (state->place_in_ended.empty()) continue;
    state->place_in_ended.front() = state;
    ended_.splice(ended_.end(), state->place_in_ended);
  }
  changed_.notify_all();
  lock.unlock();
  for (const auto& state : over) release(*state);
  over.clear();
  lock.lock();
  call_back(lock);
}

// ---- Waiting

// Where nobody works on the ticket's document: its place, else the end.
TicketQueue::LineList::iterator TicketQueue::ready_line_of(const TicketState& state) {
  if (state.status != Ticket::Status::queued) return ready_.end();
  const auto line = lines_.find(state.call.name);
  return line->second.taken > 0 ? ready_.end() : std::ranges::find(ready_, line);
}

void TicketQueue::wait_until_ended(TicketState& state, Lock& lock) {
  while (!has_ended(state)) {
    const auto ready = is_given_executor_ ? ready_line_of(state) : ready_.end();
    if (ready != ready_.end()) {
      work_once(ready, lock);
    } else {
      state.changed.wait(lock);
    }
  }
}

Ticket::Status TicketQueue::status(const TicketState& state) {
  const Lock lock(mutex_);
  return state.status;
}

Result<Saved> TicketQueue::wait(TicketState& state) {
  Lock lock(mutex_);
  wait_until_ended(state, lock);
  return *state.call.answer;
}

std::optional<Result<Saved>> TicketQueue::wait_for(TicketState& state, std::int64_t duration_ms) {
  Lock lock(mutex_);
  const bool ended =
      state.changed.wait_for(lock, waitable(duration_ms), [&state] { return has_ended(state); });
  return ended ? state.call.answer : std::nullopt;
}

bool TicketQueue::cancel(TicketState& state) {
  Lock lock(mutex_);
  if (state.status != Ticket::Status::queued) return false;
  const auto place = lines_.find(state.call.name);
  Line& line = place->second;
  const auto node = std::ranges::find(line.states, &state, &std::shared_ptr<TicketState>::get);
  States over;
  over.splice(over.end(), line.states, node);
  if (line.states.empty()) {
    ready_.remove(place);
    lines_.erase(place);
  }
  --waiting_;
  waiting_bytes_ -= state.source_bytes.size();
  state.status = Ticket::Status::cancelled;
  state.call.answer = cancelled();
  end(over, lock);
  return true;
}

// The newest may be cancelled while others before it go on.
void TicketQueue::settle(std::shared_ptr<TicketState> newest, Lock& lock) {
  while (true) {
    wait_until_ended(*newest, lock);
    if (newest->status != Ticket::Status::cancelled) return;
    const auto line = lines_.find(newest->call.name);
    if (line == lines_.end()) return;
    newest = line->second.states.back();
  }
}

void TicketQueue::settle(std::string_view name) {
  if (unended_ == 0) return;
  Lock lock(mutex_);
  const auto line = lines_.find(name);
  if (line != lines_.end()) settle(line->second.states.back(), lock);
}

void TicketQueue::settle() {
  if (unended_ == 0) return;
  Lock lock(mutex_);
  States newest;
  for (const auto& [name, line] : lines_) newest.push_back(line.states.back());
  for (auto& state : newest) settle(std::move(state), lock);
}

void TicketQueue::close() noexcept {
  Lock lock(mutex_);
  while (!lines_.empty() || !ended_.empty() || is_calling_ || handing_over_ > 0) {
    if (!ready_.empty()) {
      work_once(ready_.begin(), lock);
    } else if (lines_.empty() && !ended_.empty() && !is_calling_) {
      run_callbacks(lock);
    } else {
      changed_.wait(lock);
    }
  }
  std::array<std::shared_ptr<Executor>, kWorkersMax + 1> executors;
  auto place = executors.begin();
  for (Worker& worker : workers_) *place++ = std::move(worker.executor);
  *place = std::move(caller_);
  lock.unlock();  // they end what they do
}

// ---- Calling back

void TicketQueue::call_back(Lock& lock) noexcept {
  if (ended_.empty() || is_calling_ || is_caller_called_) return;
  is_caller_called_ = true;
  const auto call = [this] {
    Lock own(mutex_);
    is_caller_called_ = false;
    run_callbacks(own);
  };
  if (hand_over(*caller_, call, lock)) return;
  is_caller_called_ = false;
  run_callbacks(lock);
}

void TicketQueue::run_callbacks(Lock& lock) noexcept {
  if (is_calling_) return;
  is_calling_ = true;
  while (!ended_.empty()) {
    States called;
    called.splice(called.end(), ended_, ended_.begin());
    lock.unlock();
    TicketState& state = *called.front();
    call(state);
    state.on_done = nullptr;
    called.clear();
    lock.lock();
  }
  is_calling_ = false;
  changed_.notify_all();
}

// ---- The ticket

Ticket::Status Ticket::status() const { return state_->queue->status(*state_); }
Result<Saved> Ticket::wait() const { return state_->queue->wait(*state_); }
std::optional<Result<Saved>> Ticket::wait_for(std::int64_t duration_ms) const {
  return state_->queue->wait_for(*state_, duration_ms);
}
bool Ticket::cancel() const { return state_->queue->cancel(*state_); }

}  // namespace stet
