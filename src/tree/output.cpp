#include "tree/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <system_error>

#include "tree/format.hpp"
#include "tree/node.hpp"

namespace stet::tree {

namespace {

constexpr std::size_t kSegmentBytes = 128u << 10;
constexpr std::size_t kQueueMax = 16;  // segments
// Of a small edit, so that tables grow once.
constexpr std::size_t kSmallEditNodes = 16;
// A thread pays from here on.
constexpr std::uint64_t kThreadBytesMin = 1u << 20;

Error too_large(std::size_t bytes) {
  return {ErrorCode::too_large,
          fmt::format("a key or link of about {} bytes is too long to be stored; a chunk holds at "
                      "most {}",
                      bytes, kChunkBytesMax)};
}

}  // namespace

struct Output::Segment {
  enum class State : std::uint8_t { open, queued, claimed, named };
  struct Chunk {
    std::size_t end = 0;  // in bytes
    Id id;
    bool has_id = false;
  };

  BytesView chunk(std::size_t index) const {
    const std::size_t begin = index == 0 ? 0 : chunks[index - 1].end;
    return BytesView(bytes).subspan(begin, chunks[index].end - begin);
  }
  void name(std::size_t index) {
    if (chunks[index].has_id) return;
    chunks[index].id = id_of(chunk(index));
    chunks[index].has_id = true;
  }
  void name_all() {
    std::vector<BytesView> views;
    std::vector<std::size_t> unnamed;
    for (std::size_t index = 0; index < chunks.size(); ++index) {
      if (chunks[index].has_id) continue;
      views.push_back(chunk(index));
      unnamed.push_back(index);
    }
    std::vector<Id> ids(views.size());
    ids_of(views, ids);
    for (std::size_t i = 0; i < unnamed.size(); ++i) {
      chunks[unnamed[i]].id = ids[i];
      chunks[unnamed[i]].has_id = true;
    }
  }

  std::atomic<State> state = State::open;
  Bytes bytes;
  std::vector<Chunk> chunks;  // whoever claimed the segment writes it; constant once named
};

Output::Output(ChunkSink& sink, const ChunkReader& reader)
    : sink_(sink), reader_(&reader), checked_(reader.checked()) {
  written_.reserve(kSmallEditNodes);
}

Output::~Output() { end_thread(); }

Result<Id> Output::put(BytesView chunk, const Node* base) {
  if (chunk.size() > kChunkBytesMax) return too_large(chunk.size());
  const Id id = id_of(chunk);
  if (!is_deferring_) {
    if (is_new(id)) STET_CHECK(pass_on({id, chunk}, base));
    return id;
  }
  Segment& segment = open_segment(chunk.size());
  segment.bytes.insert(segment.bytes.end(), chunk.begin(), chunk.end());
  segment.chunks.push_back({segment.bytes.size(), id, true});
  if (segment.bytes.size() >= kSegmentBytes) STET_CHECK(submit());
  return id;
}

// A node that is left for readers may never be stored, since the save can still fail. It is what
// its id says all the same, and who asks for it has the id from a node that is stored. What it
// takes the place of goes, since the next edit will not ask for it, and its memory is at hand for
// what that makes.
Result<Id> Output::put_node(std::shared_ptr<Node> node, const Node* base) {
  if (node->bytes.size() > kChunkBytesMax) return too_large(node->bytes.size());
  node->id = id_of(node->bytes);
  const Id id = node->id;
  if (!is_new(id)) return id;
  const NodePtr kept = std::move(node);
  checked_->insert(kept);
  if (base != nullptr) checked_->drop(base->id);
  STET_CHECK(pass_on({id, kept->bytes}, base));
  return id;
}

Result<void> Output::pass_on(const ChunkView& chunk, const Node* base) {
  if (base == nullptr) return sink_.put({&chunk, 1});
  const ChunkView old{base->id, base->bytes};
  const ChunkView view{chunk.id, chunk.bytes, &old};
  return sink_.put({&view, 1});
}

Result<Output::Pending> Output::put_later(BytesView chunk) {
  if (!is_deferring_) {
    STET_TRY(const Id id, put(chunk));
    return Pending(id);
  }
  if (chunk.size() > kChunkBytesMax) return too_large(chunk.size());
  Segment& segment = open_segment(chunk.size());
  segment.bytes.insert(segment.bytes.end(), chunk.begin(), chunk.end());
  segment.chunks.push_back({segment.bytes.size(), {}, false});
  Pending pending(open_, segment.chunks.size() - 1);
  if (segment.bytes.size() >= kSegmentBytes) STET_CHECK(submit());
  return pending;
}

Id Output::id(const Pending& chunk) {
  if (chunk.segment_ == nullptr) return chunk.id_;
  Segment& segment = *chunk.segment_;
  if (segment.state == Segment::State::open) {
    segment.name(chunk.index_);
  } else if (segment.state != Segment::State::named) {
    Lock lock(mutex_);
    if (segment.state == Segment::State::queued) name(chunk.segment_, lock);
    changed_.wait(lock, [&] { return segment.state == Segment::State::named; });
  }
  return segment.chunks[chunk.index_].id;
}

Result<void> Output::finish() {
  if (open_) STET_CHECK(submit());
  {
    Lock lock(mutex_);
    while (!queue_.empty()) {
      STET_CHECK(failure(lock));
      wait_or_name(lock);
    }
    STET_CHECK(failure(lock));
  }
  end_thread();
  return {};
}

Output::Segment& Output::open_segment(std::size_t bytes) {
  if (open_) return *open_;
  open_ = std::make_shared<Segment>();
  const Lock lock(mutex_);
  if (!spare_.empty()) {
    open_->bytes = std::move(spare_.back());
    spare_.pop_back();
  }
  open_->bytes.clear();
  open_->bytes.reserve(kSegmentBytes + bytes);
  return *open_;
}

// The open segment goes the way of all chunks.
Result<void> Output::submit() {
  const std::shared_ptr<Segment> segment = std::exchange(open_, nullptr);
  gathered_bytes_ += segment->bytes.size();
  if (!wants_thread()) {
    segment->name_all();
    segment->state = Segment::State::named;
    STET_CHECK(pass_on(*segment));
    const Lock lock(mutex_);
    spare_.push_back(std::move(segment->bytes));
    return {};
  }
  Lock lock(mutex_);
  while (queue_.size() >= kQueueMax && !error_ && !exception_) wait_or_name(lock);
  STET_CHECK(failure(lock));
  segment->state = Segment::State::queued;
  queue_.push_back(segment);
  changed_.notify_all();
  return {};
}

bool Output::wants_thread() {
  if (thread_.joinable()) return true;
  if (gathered_bytes_ < kThreadBytesMin) return false;
  try {
    thread_ = std::thread([this] { run_thread(); });
  } catch (const std::system_error&) {
    return false;  // then the caller does it all
  }
  return true;
}

void Output::end_thread() {
  if (!thread_.joinable()) return;
  {
    const Lock lock(mutex_);
    is_ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void Output::run_thread() {
  Lock lock(mutex_);
  while (!is_ending_) {
    if (!queue_.empty() && queue_.front()->state == Segment::State::named) {
      pass_on_front(lock);
    } else {
      wait_or_name(lock);
    }
  }
}

std::shared_ptr<Output::Segment> Output::find_unnamed() const {
  const auto found = std::ranges::find_if(
      queue_, [](const auto& segment) { return segment->state == Segment::State::queued; });
  return found == queue_.end() ? nullptr : *found;
}

// Names what waits for it, or waits for a change where nothing does.
void Output::wait_or_name(Lock& lock) {
  if (const auto segment = find_unnamed()) {
    name(segment, lock);
  } else {
    changed_.wait(lock);
  }
}

// Precondition: it is queued.
void Output::name(const std::shared_ptr<Segment>& segment, Lock& lock) {
  segment->state = Segment::State::claimed;
  lock.unlock();
  segment->name_all();
  lock.lock();
  segment->state = Segment::State::named;
  changed_.notify_all();
}

void Output::pass_on_front(Lock& lock) {
  const std::shared_ptr<Segment> segment = queue_.front();
  lock.unlock();
  std::optional<Error> error;
  std::exception_ptr exception;
  try {
    if (auto passed = pass_on(*segment); !passed.ok()) error = passed.error();
  } catch (...) {
    exception = std::current_exception();
  }
  lock.lock();
  queue_.pop_front();
  spare_.push_back(std::move(segment->bytes));
  error_ = std::move(error);
  exception_ = exception;
  is_ending_ = is_ending_ || error_ || exception_;
  changed_.notify_all();
}

Result<void> Output::pass_on(const Segment& segment) {
  std::vector<ChunkView> chunks;
  chunks.reserve(segment.chunks.size());
  for (std::size_t index = 0; index < segment.chunks.size(); ++index) {
    const Id& id = segment.chunks[index].id;
    if (is_new(id)) chunks.push_back({id, segment.chunk(index)});
  }
  return chunks.empty() ? Result<void>() : sink_.put(chunks);
}

bool Output::is_new(const Id& id) {
  if (reader_ != nullptr && reader_->has_seen(id)) return false;
  return written_.insert(id).second;
}

Result<void> Output::failure(const Lock&) const {
  if (exception_) std::rethrow_exception(exception_);
  if (error_) return *error_;
  return {};
}

}  // namespace stet::tree
