// The packs of one file, opened: reading one chunk of a pack means reading all of it, so those used
// last are kept.
//
// Thread rule: any thread.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/id_map.hpp"
#include "engine/file/scan.hpp"
#include "stet/os.hpp"

namespace stet::file {

struct OpenPack {
  std::uint64_t offset = 0;  // of its frame
  Epoch mark = 0;
  std::vector<Id> bases;  // outside of it
  std::uint64_t packed_offset = 0;
  std::uint32_t packed_bytes = 0;
  std::shared_ptr<const RecordPack> records;
  IdMap<std::uint32_t> numbers;

  bool contains(const Id& id) const { return numbers.contains(id); }
  Bytes record(const Id& id) const { return records->record(numbers.at(id)); }
};

// For those who need a packer and have none.
Error no_packer(const std::string& path, std::uint64_t offset);

class Packs {
 public:
  // `packer` null: packs are refused.
  Packs(std::shared_ptr<os::File> file, std::shared_ptr<const RecordPacker> packer)
      : file_(std::move(file)), packer_(std::move(packer)) {}

  const std::shared_ptr<const RecordPacker>& packer() const noexcept { return packer_; }
  // The pack whose frame begins there. Errors: corrupt with the offset; newer_format without a
  // packer.
  Result<std::shared_ptr<const OpenPack>> open(std::uint64_t offset) const;
  // The same, where a base may be damaged: `mended` gives the record of one, or nothing where it is
  // to be read from the file. Keeps nothing.
  using Mended = std::function<Result<std::optional<Bytes>>(const Id&)>;
  Result<std::shared_ptr<const OpenPack>> open_with(std::uint64_t offset,
                                                    const Mended& mended) const;
  // What can be told of it without opening it, where a base of it isn't what its id names; nothing
  // where each is. Errors: as open.
  Result<std::optional<OpenPack>> without_its_bases(std::uint64_t offset) const;
  // The packed bytes, without the frame.
  Result<Bytes> read_packed(const OpenPack& pack) const;

 private:
  static constexpr std::size_t kKept = 4;

  // Reads the head of its frame. How many bases it has.
  Result<std::uint32_t> read_head(OpenPack& pack) const;
  // Their records; their ids are left with the pack.
  Result<std::vector<Bytes>> read_bases(OpenPack& pack, std::uint32_t count,
                                        const Mended& mended) const;
  Result<Bytes> read_base(OpenPack& pack, std::uint64_t offset, const Mended& mended) const;
  Error base_is_missing(const OpenPack& pack, std::uint64_t offset) const;
  std::shared_ptr<const OpenPack> find_kept(std::uint64_t offset) const;

  const std::shared_ptr<os::File> file_;
  const std::shared_ptr<const RecordPacker> packer_;
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<const OpenPack>> kept_;  // guarded by mutex_; newest use last
};

}  // namespace stet::file
