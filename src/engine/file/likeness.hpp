// What stays by itself and resembles what goes into a pack, so that the pack may lean on it: what
// took a chunk's place, and what names the same chunks, as an older node of a tree and the newest
// one in its place do.
//
// Thread rule: one thread.
#pragma once

#include <tsl/robin_map.h>

#include <memory>
#include <vector>

#include "engine/file/index.hpp"

namespace stet::file {

class Likeness {
 public:
  Likeness(std::shared_ptr<const RecordPacker> packer, const LiveSet& live)
      : packer_(std::move(packer)), live_(live) {}

  // `record` was stored as what differs from another.
  void add_delta(const ChunkView& record);
  // One that needs no other, and stays by itself.
  void add_single(const ChunkView& record);

  // What the record resembles, each once.
  std::vector<Id> of(const ChunkView& record) const;
  // What has taken the chunk's place and stays by itself.
  std::optional<Id> find_successor(const Id& id) const;

 private:
  const std::shared_ptr<const RecordPacker> packer_;  // null: nothing resembles anything
  const LiveSet& live_;
  IdMap<Id> successors_;  // of chunks: the last that was stored as what differs from them
  std::vector<Id> singles_;
  tsl::robin_map<IdStart, std::uint32_t> namers_;  // of a chunk: the last in singles_ to name it
};

}  // namespace stet::file
