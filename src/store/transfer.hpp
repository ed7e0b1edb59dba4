// Transfer: histories of another place (a store, an archive) brought into an attempt at a change of
// this one. Ids stay; what is here already isn't sent.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "store/attempt.hpp"
#include "store/chunk_walk.hpp"

namespace stet {

struct IncomingHistory {
  std::string name;  // here
  Id head;
  Boundary boundary;
};

class Transfer {
 public:
  enum class Outcome : std::uint8_t {
    added,     // the document is new here, or was behind
    same,      // both have one head
    ahead,     // the document here has the incoming history, and more
    diverged,  // each has versions of its own, as far as can be told; nothing is changed
  };

  // `versions` and `chunks` read the other place.
  Transfer(StoreCore& core, Attempt& attempt, VersionSource versions, tree::ChunkSource& chunks,
           const ProgressCallback& progress = {});

  // Precondition: the attempt observes `incoming.name`. Errors: as the sources', corrupt where the
  // other place isn't whole; those of this store name it. After an error of the other place the
  // transfer can go on, and sends what it had not sent.
  Result<Outcome> add(const IncomingHistory& incoming);
  // One version with its content, without its history.
  Result<void> add_version(const Id& id);
  // The versions of a history that no document here is to have: of one that was removed.
  // Precondition: the attempt observes `incoming.name`.
  Result<void> add_removed(const IncomingHistory& incoming);

  std::uint64_t versions() const noexcept { return records_sent_.size(); }
  std::uint64_t chunks() const noexcept { return chunks_sent_; }
  std::uint64_t bytes() const noexcept { return bytes_sent_; }

 private:
  Result<Outcome> relation(const IncomingHistory& incoming, const History& theirs) const;
  // Without what `ours`, a version that the document here keeps, leads to.
  Result<void> send_history(const IncomingHistory& incoming, const History& theirs,
                            const std::optional<Id>& ours);
  Result<void> pass_over_known(const History& theirs, const Id& head, const Id& ours);
  Result<void> send_version(const Id& id, const Version& version, bool thin);
  Result<void> set_boundary(const IncomingHistory& incoming);
  Result<void> send(const Id& id, BytesView bytes);

  StoreCore& core_;
  Attempt& attempt_;
  const VersionSource theirs_;
  const ProgressCallback& progress_;
  ChunkWalk walk_;
  // Apart, since a version that is thin in one history may have its content by a pin.
  std::unordered_set<Id> records_sent_;
  std::unordered_set<Id> contents_sent_;
  std::uint64_t chunks_sent_ = 0;
  std::uint64_t bytes_sent_ = 0;
};

}  // namespace stet
