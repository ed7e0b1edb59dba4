// Where nodes go: chunks are named, and each is passed on to the sink once, in the order in which
// they were put.
//
// Named later: the nodes of a tree's lowest level need no id before the level above is made. So
// put_later() gathers them in segments, and where there are many a thread names them and passes
// them on, while the caller encodes what follows. Whoever needs an id that is still missing makes
// it itself, so nobody waits for more than the segment at hand. What comes out is the same with and
// without the thread.
//
// A segment is open (the caller's), then queued, then claimed by whoever names its chunks, then
// named. The queue's front goes to the sink once it is named, and then leaves the queue. The queue
// is bounded, so memory is.
// Thread rule: one caller. The sink is called by one thread at a time, never after finish() or the
// destructor.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/id_map.hpp"
#include "stet/tree.hpp"
#include "tree/chunk_reader.hpp"

namespace stet::tree {

class Output {
  struct Segment;

 public:
  // A chunk whose id is asked for later.
  class Pending {
   public:
    Pending() = default;

   private:
    friend class Output;
    explicit Pending(const Id& id) : id_(id) {}
    Pending(std::shared_ptr<Segment> segment, std::size_t index)
        : segment_(std::move(segment)), index_(index) {}
    std::shared_ptr<Segment> segment_;  // null: id_ is known
    std::size_t index_ = 0;
    Id id_;
  };

  enum class Passing : std::uint8_t { at_once, later };
  explicit Output(ChunkSink& sink) : sink_(sink) {}
  // Of an edit of what that reader reads: chunks that it has seen aren't passed on, and nodes are
  // left where it looks first.
  Output(ChunkSink& sink, const ChunkReader& reader);
  // Later: some from a thread, and all by finish().
  Output(ChunkSink& sink, Passing passing)
      : sink_(sink), is_deferring_(passing == Passing::later) {}
  ~Output();

  // `base`: null or the node that this one takes the place of. Errors: too_large, and the sink's,
  // of this chunk or of an earlier one.
  Result<Id> put(BytesView chunk, const Node* base = nullptr);
  bool keeps_nodes() const noexcept { return checked_ != nullptr; }
  // The same of a node whose id this makes, and which is left for readers. Precondition:
  // keeps_nodes().
  Result<Id> put_node(std::shared_ptr<Node> node, const Node* base);
  Result<Pending> put_later(BytesView chunk);
  Id id(const Pending& chunk);
  // Waits until the sink has everything. To be called at the end, unless something failed.
  Result<void> finish();

 private:
  using Lock = std::unique_lock<std::mutex>;

  Segment& open_segment(std::size_t bytes);
  Result<void> submit();
  bool wants_thread();
  void end_thread();
  void run_thread();
  std::shared_ptr<Segment> find_unnamed() const;
  void name(const std::shared_ptr<Segment>& segment, Lock& lock);
  void wait_or_name(Lock& lock);
  void pass_on_front(Lock& lock);
  Result<void> pass_on(const Segment& segment);
  Result<void> pass_on(const ChunkView& chunk, const Node* base);
  bool is_new(const Id& id);
  Result<void> failure(const Lock& lock) const;

  ChunkSink& sink_;
  const ChunkReader* const reader_ = nullptr;
  CheckedChunks* const checked_ = nullptr;
  const bool is_deferring_ = false;
  std::shared_ptr<Segment> open_;     // the caller's
  std::uint64_t gathered_bytes_ = 0;  // the caller's
  IdSet written_;                     // the thread's, once there is one

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Segment>> queue_;  // guarded by mutex_
  std::vector<Bytes> spare_;                    // guarded by mutex_: buffers to use again
  std::optional<Error> error_;                  // guarded by mutex_: the sink's first
  std::exception_ptr exception_;                // guarded by mutex_: the sink's first
  bool is_ending_ = false;                      // guarded by mutex_
  std::thread thread_;
};

}  // namespace stet::tree
