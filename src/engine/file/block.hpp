// Blocks of 4096 bytes: what index runs are made of. Each carries a checksum that binds it to its
// place in the file, so that a run is searched on disk without being read whole.
//
// Block: u16 count, u8 level (0: leaf), u8 kind, then entries {u16 key length, u16 value length,
// key, value} in ascending order of keys, zeros, and in the last 8 bytes XXH3-64 over the bytes
// before, seeded with the salt and the block's offset in the file.
//
// Thread rule: a Block is immutable; BlockReader may be used from any thread.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "engine/file/format.hpp"
#include "stet/os.hpp"

namespace stet::file {

inline constexpr std::size_t kBlockBytes = 4096;
inline constexpr std::size_t kBlockHashBytes = 8;
inline constexpr std::size_t kBlockContentBytes = kBlockBytes - kBlockHashBytes;
inline constexpr std::size_t kBlockHeaderBytes = 4;
inline constexpr std::size_t kEntryFixedBytes = 4;

enum class BlockKind : std::uint8_t { tree = 0, filter = 1 };  // stored; never renumber

class Block {
 public:
  struct Entry {
    BytesView key;
    BytesView value;
  };

  // Nothing where entries run over the block's end.
  static std::shared_ptr<const Block> parse(Bytes bytes);

  BlockKind kind() const noexcept { return static_cast<BlockKind>(bytes_[3]); }
  std::uint8_t level() const noexcept { return bytes_[2]; }
  std::size_t size() const noexcept { return entries_.size(); }
  Entry operator[](std::size_t index) const noexcept;
  std::size_t lower_bound(BytesView key) const noexcept;  // first entry whose key is not less
  BytesView content() const noexcept { return BytesView(bytes_).first(kBlockContentBytes); }

 private:
  explicit Block(Bytes bytes) : bytes_(std::move(bytes)) {}

  Bytes bytes_;
  std::vector<std::uint16_t> entries_;  // offsets
};

int compare_keys(BytesView left, BytesView right) noexcept;
// Writes the checksum of the block that will lie at `offset`.
void seal_block(MutableBytes block, const Salt& salt, std::uint64_t offset);

// Reads and checks blocks, and keeps some thousands of those read last.
class BlockReader {
 public:
  BlockReader(std::shared_ptr<os::File> file, const Salt& salt)
      : file_(std::move(file)), salt_(salt) {}

  // Errors: corrupt with the offset.
  Result<std::shared_ptr<const Block>> read(std::uint64_t offset);
  // As read, but leaves what is kept alone: for walks over a whole run.
  Result<std::shared_ptr<const Block>> read_once(std::uint64_t offset);

 private:
  using Kept = std::unordered_map<std::uint64_t, std::shared_ptr<const Block>>;
  static constexpr std::size_t kGenerationBlocks = 1024;  // 4 MB, twice

  const std::shared_ptr<os::File> file_;
  const Salt salt_;
  std::mutex mutex_;
  Kept young_;  // guarded by mutex_
  Kept old_;    // guarded by mutex_; what was young before, dropped when young_ is full again
};

}  // namespace stet::file
