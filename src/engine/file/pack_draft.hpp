// Records of history on their way into a pack.
//
// Thread rule: one thread.
#pragma once

#include <tsl/robin_map.h>

#include <memory>
#include <vector>

#include "engine/file/index.hpp"

namespace stet::file {

class PackDraft {
 public:
  // `packer` null: nothing is taken.
  explicit PackDraft(std::shared_ptr<const RecordPacker> packer) : packer_(std::move(packer)) {}

  bool contains(const Id& id) const {
    const auto found = numbers_.find(start_of(id));
    return found != numbers_.end() && ids_[found->second] == id;
  }
  bool has_start_of(const Id& id) const { return numbers_.contains(start_of(id)); }
  // False: it can't be packed, or not with one whose id begins alike.
  bool take(const ChunkView& record);
  bool empty() const noexcept { return ids_.empty(); }
  bool is_full() const noexcept { return bytes_ >= kPackBytes || ids_.size() >= kPackRecordsMax; }
  std::vector<IdStart> starts() const;
  // From then on the pack may take to open it a chunk outside of it, one that lies there in the
  // file. Does nothing where there are many already.
  void lean_on(std::uint64_t offset, const Id& id, Bytes record);
  bool leans_on(std::uint64_t offset) const { return base_numbers_.contains(offset); }
  bool has_room_for_bases() const noexcept {
    return bases_.size() < kPackBasesMax && base_bytes_ < kPackBasesBytesMax;
  }
  std::span<const std::uint64_t> bases() const noexcept { return bases_; }
  Result<Bytes> pack() const;
  void clear();

  // What a pack aims at, of records: larger ones compress better and take longer to open, some 6
  // ms for this with what it leans on.
  static constexpr std::size_t kPackBytes = 4u << 20;

 private:
  const std::shared_ptr<const RecordPacker> packer_;
  std::vector<Id> ids_;
  std::vector<Bytes> records_;
  tsl::robin_map<IdStart, std::size_t> numbers_;
  std::size_t bytes_ = 0;  // as the packer counts them
  std::vector<std::uint64_t> bases_;
  std::vector<Bytes> base_records_;
  tsl::robin_map<std::uint64_t, std::size_t> base_numbers_;
  std::size_t base_bytes_ = 0;  // as the packer counts them
};

}  // namespace stet::file
